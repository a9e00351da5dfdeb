"""Every fact that qualifies a figure is found, and none where there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.cautions import find_canary_drift
from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import Caution, CautionCode
from bench.host.sensors.cgroup import Throttling
from bench.networks.proof.execution import LayerPath
from bench.plan.case import Case
from bench.store.records import Journal, RunRecord

MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]
MakeRun = Callable[..., RunRecord]


@pytest.fixture
def cautions(make_run: MakeRun) -> Callable[..., list[Caution]]:
    """Return a function that finds the cautions of journals, without the one that is always there."""

    def find(*journals: Journal) -> list[Caution]:
        cases = list(dict.fromkeys(journal.start.case for journal in journals))
        found = summarize_run(make_run(cases), journals).cautions
        return [caution for caution in found if caution.code != CautionCode.VALIDATION_IS_TEST]

    return find


def test_the_validation_data_are_the_test_images_in_every_run(make_run: MakeRun, make_journal: MakeJournal) -> None:
    journals = [make_journal(model, seed) for model in ("lstm", "cnn") for seed in (0, 1)]
    (caution,) = summarize_run(make_run(seeds=(0, 1)), journals).cautions
    assert caution == Caution(CautionCode.VALIDATION_IS_TEST, ("lstm", "cnn"), {"num_test": 10_000})


def test_a_part_that_was_split_off_is_no_test_half(
    make_run: MakeRun, make_case: MakeCase, make_journal: MakeJournal
) -> None:
    case = make_case("lstm", validation_split=0.2)
    (caution,) = summarize_run(make_run([case], seeds=(0, 1)), [make_journal(case, seed) for seed in (0, 1)]).cautions
    assert caution == Caution(CautionCode.VALIDATION_IS_SPLIT, ("lstm",), {"num_test": 10_000})


def test_one_seed_is_said_of_the_cases_that_have_one(
    cautions: Callable[..., list[Caution]], make_journal: MakeJournal
) -> None:
    dead = make_journal("cnn", 1, val_accuracy=(), status="oom")
    found = cautions(make_journal("lstm", 0), make_journal("lstm", 1), make_journal("cnn", 0), dead)
    assert found == [Caution(CautionCode.ONE_SEED, ("cnn",), {"num_seeds": 1})]


def test_settings_that_change_what_is_measured_are_named(
    cautions: Callable[..., list[Caution]], make_case: MakeCase, make_journal: MakeJournal
) -> None:
    small = make_case(train_size=500, scaling="none", deterministic=True)
    found = cautions(make_journal(small, 0), make_journal(small, 1))
    sizes = {"num_train": 500, "num_train_available": 60_000, "num_test": 10_000, "num_test_available": 10_000}
    assert found == [
        Caution(CautionCode.SUBSET, ("lstm",), sizes),
        Caution(CautionCode.UNSCALED, ("lstm",), {}),
        Caution(CautionCode.DETERMINISTIC, ("lstm",), {}),
    ]


def test_xla_on_one_side_alone_is_named(cautions: Callable[..., list[Caution]], make_journal: MakeJournal) -> None:
    found = cautions(
        *(make_journal("lstm", seed) for seed in (0, 1)),
        *(make_journal("cnn", seed, resolved={"jit_compile": True}) for seed in (0, 1)),
    )
    assert found == [Caution(CautionCode.JIT_DIFFERS, ("lstm", "cnn"), {"lstm": False, "cnn": True})]


def test_xla_on_one_network_that_was_to_run_with_it_and_without_is_no_news(
    cautions: Callable[..., list[Caution]], make_case: MakeCase, make_journal: MakeJournal
) -> None:
    cases = {jit: make_case("lstm", jit=jit) for jit in ("auto", "on")}
    journals = [
        make_journal(case, seed, resolved={"jit_compile": jit == "on"})
        for jit, case in cases.items()
        for seed in (0, 1)
    ]
    assert CautionCode.JIT_DIFFERS not in {caution.code for caution in cautions(*journals)}


def test_a_precision_that_the_processor_imitates_is_named(
    cautions: Callable[..., list[Caution]], make_case: MakeCase, make_journal: MakeJournal
) -> None:
    """The tests' own machine multiplies in float32 alone."""
    half = make_case("lstm", precision="mixed_bfloat16")
    journals = [make_journal(case, seed) for case in (make_case("lstm"), half) for seed in (0, 1)]
    (found,) = [caution for caution in cautions(*journals) if caution.code is CautionCode.IMITATED]
    assert (found.labels, dict(found.data)) == (("lstm · mixed_bfloat16",), {"precision": "mixed_bfloat16"})


def test_a_compiler_that_was_asked_for_and_not_used_is_named(
    cautions: Callable[..., list[Caution]], make_case: MakeCase, make_journal: MakeJournal
) -> None:
    case = make_case("lstm", jit="on")
    found = cautions(*(make_journal(case, seed, resolved={"jit_compile": False}) for seed in (0, 1)))
    assert Caution(CautionCode.JIT_NOT_USED, ("lstm",), {}) in found


def test_what_the_machine_brought_along_is_named(
    cautions: Callable[..., list[Caution]], make_journal: MakeJournal
) -> None:
    clean = make_journal("lstm", 0)
    environment = clean.start.environment.model_copy(
        update={
            "git_dirty": True,
            "git_commit": "abc",
            "fingerprint": "another",
            "variables": {"KERAS_MAX_EPOCHS": "1", "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"},
            "keras_config": {"floatx": '"float16"', "backend": '"jax"'},
        }
    )
    found = cautions(clean, make_journal("lstm", 1, environment=environment, concurrent=True))
    assert found == [
        Caution(CautionCode.CONCURRENT, (), {"num_trials": 1}),
        Caution(CautionCode.MIXED_FINGERPRINTS, (), {"num_fingerprints": 2}),
        Caution(CautionCode.DIRTY_GIT, (), {"git_commit": "abc"}),
        Caution(CautionCode.VARIABLES, (), {"KERAS_MAX_EPOCHS": "1"}),
        Caution(CautionCode.KERAS_CONFIG, (), {"floatx": '"float16"'}),
    ]


def test_one_name_for_two_data_sets_is_named(cautions: Callable[..., list[Caution]], make_journal: MakeJournal) -> None:
    other = make_journal("cnn").start.data.model_copy(update={"sha256": "0" * 64})
    found = cautions(
        make_journal("lstm", 0), make_journal("lstm", 1), *(make_journal("cnn", s, data=other) for s in (0, 1))
    )
    assert found == [Caution(CautionCode.DATA_DIFFERS, ("lstm", "cnn"), {"dataset": "mnist", "num_checksums": 2})]


def test_a_kernel_that_cannot_be_proved_is_named(
    cautions: Callable[..., list[Caution]], make_journal: MakeJournal
) -> None:
    path = LayerPath(layer="lstm", path="not provable", evidence="no graph")
    found = cautions(*(make_journal("lstm", seed, resolved={"layer_paths": (path,)}) for seed in (0, 1)))
    assert found == [Caution(CautionCode.KERNEL_NOT_PROVABLE, ("lstm",), {"layer": "lstm", "evidence": "no graph"})]


def test_fewer_epochs_and_a_damaged_journal_are_named(
    cautions: Callable[..., list[Caution]], make_journal: MakeJournal
) -> None:
    short = make_journal("lstm", 1, val_accuracy=(0.9,), status="interrupted", warnings=["the last line was torn"])
    trial_id = "lstm-mnist-b32-float32-cpu-s1"
    assert cautions(make_journal("lstm", 0), short) == [
        Caution(CautionCode.FEWER_EPOCHS, ("lstm",), {"trial_id": trial_id, "num_epochs": 1, "epoch_budget": 3}),
        Caution(CautionCode.JOURNAL, ("lstm",), {"trial_id": trial_id, "message": "the last line was torn"}),
    ]


def test_a_trial_whose_canary_sang_slower_is_named_with_how_much(make_journal: MakeJournal) -> None:
    journals = [make_journal(seed=s, canary_s=c) for s, c in enumerate((0.020, 0.020, 0.0245, 0.030))]
    labels = {journals[0].start.case.case_id: "lstm"}
    gemm, copy = find_canary_drift(journals, labels)
    assert (gemm.code, gemm.labels) == (CautionCode.CANARY_DRIFT, ("lstm",))
    assert gemm.data == {
        "run_id": journals[3].start.run_id,
        "trial_id": "lstm-mnist-b32-float32-cpu-s3",
        "canary": "gemm",
        "slowdown": pytest.approx(1.5),
        "limit": 1.25,
    }
    assert copy.data["canary"] == "copy"


def test_a_canary_on_two_cores_is_not_held_against_one_on_a_single_core(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    one, two = make_case(device="cpu:1"), make_case(device="cpu:2")
    journals = [make_journal(case, seed, canary_s=s) for case, s in ((one, 0.02), (two, 0.03)) for seed in (0, 1)]
    labels = {case.case_id: case.device for case in (one, two)}
    assert list(find_canary_drift(journals, labels)) == []
    slow = make_journal(two, 2, canary_s=0.05)
    assert {caution.data["trial_id"] for caution in find_canary_drift([*journals, slow], labels)} == {slow.trial_id}


@pytest.mark.parametrize("canary_s", [None, 0.0, 0.02])
def test_a_quiet_machine_and_one_without_canaries_raise_no_caution(
    make_journal: MakeJournal, canary_s: float | None
) -> None:
    journals = [make_journal(seed=seed, canary_s=canary_s) for seed in (0, 1)]
    assert list(find_canary_drift(journals, {journals[0].start.case.case_id: "lstm"})) == []


def test_other_processes_on_a_trials_gpu_are_told_with_their_largest_number(
    cautions: Callable[..., list[Caution]], make_journal: MakeJournal
) -> None:
    journal = make_journal("lstm", 0)
    epochs = tuple(
        epoch.model_copy(update={"noise": epoch.noise.model_copy(update={"num_foreign_gpu_processes": count})})
        for epoch, count in zip(journal.epochs, (0, 3, None), strict=True)
    )
    found = cautions(journal.model_copy(update={"epochs": epochs}), make_journal("lstm", 1))
    data = {"trial_id": journal.trial_id, "num_processes": 3}
    assert found == [Caution(CautionCode.FOREIGN_GPU, ("lstm",), data)]


def test_a_quota_that_is_below_the_threads_or_stopped_a_training_is_named(
    cautions: Callable[..., list[Caution]], make_case: MakeCase, make_journal: MakeJournal
) -> None:
    environment = make_journal("lstm", 0).start.environment
    limited = environment.model_copy(update={"cgroup_cpu_limit": 1.5, "num_cpus_allowed": 2})

    def throttled(journal: Journal) -> Journal:
        assert journal.built
        readings = [Throttling(num_periods=100 * n, num_throttled=70 * n, throttled_s=2.0 * n) for n in (1, 2)]
        first, last = journal.built.noise, journal.epochs[-1].noise
        built = journal.built.model_copy(update={"noise": first.model_copy(update={"quota": readings[0]})})
        end = journal.epochs[-1].model_copy(update={"noise": last.model_copy(update={"quota": readings[1]})})
        return journal.model_copy(update={"built": built, "epochs": (*journal.epochs[:-1], end)})

    found = cautions(*(throttled(make_journal("lstm", seed, environment=limited)) for seed in (0, 1)))
    assert found == [
        Caution(CautionCode.QUOTA_BELOW_THREADS, ("lstm",), {"quota": 1.5, "num_threads": 2, "device": "cpu:1"}),
        Caution(CautionCode.THROTTLED, ("lstm",), {"num_periods": 200, "num_throttled": 140, "throttled_s": 4.0}),
    ]
    bound = make_case("lstm", device="cpu:1")
    assert cautions(*(make_journal(bound, seed, environment=limited) for seed in (0, 1))) == []
