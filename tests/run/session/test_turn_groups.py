"""Which trials are put together to take turns, and what is said of it."""

import pytest

from bench.host.sensors.gpu_room import GpuRoom
from bench.plan.case import Case
from bench.plan.trial_order import interleave
from bench.run.session.turn_groups import MAX_TOGETHER, WORKER_BYTES, group_trials
from tests.conftest import data_info

# A worker with all of MNIST: 70,000 × 28 × 28 values of four bytes, three times.
WITH_MNIST = WORKER_BYTES + 3 * 4 * 70_000 * 784


@pytest.fixture
def group():
    """Return what groups the trials of some cases: `group([case, …], seeds=2, free_bytes=…)`."""

    def make(cases, *, seeds=1, free_bytes=None, limit_bytes=None, gpu_room=lambda _: GpuRoom()):
        data = {case: data_info(case) for case in cases}
        return group_trials(interleave(cases, range(seeds)), data, free_bytes, limit_bytes, gpu_room)

    return make


def shape(found):
    return [[(trial.case.model, trial.seed) for trial in group] for group in found.groups]


def test_the_cases_of_one_seed_train_together_and_another_leads_each_seed(group):
    found = group([Case(model="lstm", epochs=3), Case(model="cnn", epochs=10)], seeds=2)
    assert shape(found) == [[("lstm", 0), ("cnn", 0)], [("cnn", 1), ("lstm", 1)]]
    assert found.sentence == "in turns: 4 trials, 2 of one seed at a time"


def test_all_numbers_of_threads_are_one_device_and_each_gpu_another(group):
    devices = ("cpu:1", "gpu", "cpu:2", "gpu:1", "gpu:0")
    found = group([Case(model="cnn", epochs=1, device=device) for device in devices])
    assert [[trial.case.device for trial in one] for one in found.groups] == [
        ["cpu:1", "cpu:2"],
        ["gpu", "gpu:0"],
        ["gpu:1"],
    ]
    assert found.sentence == (
        "in turns: 4 trials, 2 of one seed at a time; 1 trial alone: no other of the same seed, device, data set and "
        "batch size is left to train"
    )


def test_cases_of_another_batch_size_are_not_compared_and_train_apart(group):
    found = group([Case(model=model, epochs=1, batch_size=size) for size in (32, 128) for model in ("lstm", "cnn")])
    assert [{trial.case.batch_size for trial in one} for one in found.groups] == [{32}, {128}]


@pytest.mark.parametrize(
    ("free_bytes", "sizes", "sentence"),
    [
        (3 * WITH_MNIST, [3], "in turns: 3 trials, 3 of one seed at a time"),
        (
            3 * WITH_MNIST - 1,
            [2, 1],
            "in turns: 2 trials, 2 of one seed at a time; 1 trial alone: 6.34 GiB of memory are free, and a worker may "
            "need 2.11 GiB",
        ),
        (2 * WITH_MNIST - 1, [1, 1, 1], "not in turns: 4.23 GiB of memory are free, and a worker may need 2.11 GiB"),
    ],
)
def test_as_many_train_together_as_memory_holds_and_the_sentence_says_so(group, free_bytes, sizes, sentence):
    found = group([Case(model=model, epochs=1) for model in ("lstm", "cnn", "cnn-deep")], free_bytes=free_bytes)
    assert [len(one) for one in found.groups] == sizes
    assert found.sentence == sentence


def test_as_many_share_a_gpu_as_its_memory_holds_and_a_cpus_workers_do_not_count(group):
    cases = [Case(model=model, epochs=1, device="gpu") for model in ("lstm", "cnn", "cnn-deep")]
    on_cpu = Case(model="cnn", epochs=1, device="cpu")
    found = group([*cases, on_cpu], gpu_room=lambda _: GpuRoom(5 << 30))
    assert [[trial.case.device for trial in one] for one in found.groups] == [["gpu", "gpu"], ["gpu"], ["cpu"]]
    assert found.sentence.endswith("5.00 GiB of the GPU's memory are free, and a worker may need 2.20 GiB")


def test_another_gpu_that_is_full_costs_nobody_their_turns(group):
    cases = [Case(model=model, epochs=1, device=f"gpu:{index}") for index in (0, 1) for model in ("lstm", "cnn")]
    free, asked = {0: 0, 1: 80 << 30}, []
    found = group(cases, seeds=2, gpu_room=lambda index: asked.append(index) or GpuRoom(free[index]))
    assert sorted({(one[0].case.device, len(one)) for one in found.groups}) == [("gpu:0", 1), ("gpu:1", 2)]
    assert found.sentence == (
        "in turns: 4 trials, 2 of one seed at a time; 4 trials alone: 0 B of the GPU's memory are free, and a worker "
        "may need 2.20 GiB"
    )
    assert sorted(asked) == [0, 1]


def test_a_gpu_that_admits_one_process_has_one_and_the_sentence_says_why(group):
    cases = [Case(model=model, epochs=1, device=device) for device in ("gpu", "cpu") for model in ("lstm", "cnn")]
    found = group(cases, gpu_room=lambda _: GpuRoom(80 << 30, is_shared=False))
    assert [[trial.case.device for trial in one] for one in found.groups] == [["gpu"], ["gpu"], ["cpu", "cpu"]]
    assert found.sentence.endswith("2 trials alone: the GPU's compute mode admits one process at a time")


def test_no_worker_needs_more_than_it_may_take(group):
    cases = [Case(model=model, epochs=1) for model in ("lstm", "cnn")]
    assert [len(one) for one in group(cases, free_bytes=WITH_MNIST, limit_bytes=WITH_MNIST // 2).groups] == [2]


def test_no_more_train_together_than_come_round_within_three_seconds(group):
    found = group([Case(model="cnn", epochs=1, filters=number) for number in range(1, MAX_TOGETHER + 2)])
    assert [len(one) for one in found.groups] == [MAX_TOGETHER - 1, 2]  # none is left alone


def test_a_trial_whose_partners_have_ended_before_trains_alone(group):
    found = group([Case(model="lstm", epochs=1)])
    assert (shape(found), found.sentence[:13]) == ([[("lstm", 0)]], "not in turns:")
