"""What a tuning may try: another way to run the same function, the likeliest to win first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.networks import registry
from bench.networks.registry import ModelSpec, builtin_models
from bench.plan.case import Case
from bench.plan.tuning import Search, choose_train_size, is_way_to_run, list_candidates, tuning_key


@pytest.fixture
def twin(monkeypatch):
    """A faster twin of lstm, which takes its units and cannot be unrolled."""
    spec = ModelSpec(
        "lstm-twin", "recurrent", "sequence", "", 3, lambda: None, frozenset({"units"}), twin_of="lstm"
    )  # fmt: skip
    known = {**builtin_models(), spec.name: spec}
    for module in ("bench.networks.registry", "bench.networks.plugin"):
        monkeypatch.setattr(f"{module}.builtin_models", lambda: known)
    return spec


def ids_of(candidates):
    return [candidate.case_id.removeprefix("lstm-mnist-b32-float32-cpu-") for candidate in candidates]


def own(candidates):
    return [candidate for candidate in candidates if candidate.model == "lstm"]


def test_the_fewest_changes_come_first(make_case):
    ids = ids_of(own(list_candidates(make_case("lstm"), 2)))
    singles = ["intra1-inter2", "intra2-inter1", "intra1-inter1", "spe8", "spe32", "jit_on", "unroll"]
    assert ids[:7] == singles
    assert all(sum(single in one for single in singles) > 1 for one in ids[7:])
    assert len(ids) == 4 * 2 * 2 * 3 - 1


def test_a_twin_stands_before_its_network_at_every_number_of_changes(make_case, twin):
    candidates = [one for one in list_candidates(make_case("lstm"), 2) if one.model in ("lstm", twin.name)]
    assert candidates[0] == make_case("lstm-twin", steps_per_execution=8)
    assert [one.model for one in candidates[1:14]] == ["lstm-twin"] * 6 + ["lstm"] * 7


def test_a_twin_that_runs_parts_is_first_tried_with_one_thread_for_each(make_case):
    first = list_candidates(make_case("lstm"), 2)[0]
    settings = {"steps_per_execution": 8, "intra_op_threads": 1, "inter_op_threads": 2}
    assert first == make_case("lstm-fast", **settings)


def test_a_twin_is_given_no_option_that_it_does_not_take(make_case, twin):
    candidates = list_candidates(make_case("lstm", units=8), 2)
    assert {one.units for one in candidates} == {8}
    assert not any(one.unroll for one in candidates if one.model == twin.name)


@pytest.mark.parametrize(
    ("backend", "num_threads", "varies"),
    [
        ("tensorflow", 1, {"jit", "steps_per_execution"}),
        ("tensorflow", 2, {"jit", "steps_per_execution", "intra_op_threads", "inter_op_threads"}),
        ("tensorflow", None, {"jit", "steps_per_execution"}),
        ("jax", 2, {"steps_per_execution"}),
        ("torch", 2, {"jit"}),
    ],
)
def test_only_what_a_backend_and_a_device_have_is_varied(make_case, backend, num_threads, varies):
    stock = make_case("cnn-deep", backend=backend)
    changed = {
        name for one in list_candidates(stock, num_threads) for name, value in one if value != getattr(stock, name)
    }
    assert changed == varies


def test_off_is_a_choice_where_keras_would_compile_by_itself(make_case):
    stock = make_case("cnn-deep", device="gpu")
    assert {one.jit for one in list_candidates(stock, None)} == {"auto", "on", "off"}
    assert {one.jit for one in list_candidates(make_case("cnn-deep"), 2)} == {"auto", "on"}


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_what_must_run_cudnn_is_not_compiled_for_a_try(make_case, backend):
    candidates = list_candidates(make_case("lstm-cudnn", backend=backend, device="gpu"), None)
    assert {one.jit for one in candidates} <= {"auto"}


def test_halves_of_the_threads_are_tried_from_four_up(make_case):
    pairs = {(one.intra_op_threads, one.inter_op_threads) for one in list_candidates(make_case("cnn-deep"), 8)}
    assert pairs == {(None, None), (1, 8), (8, 1), (1, 1), (4, 2)}


def test_every_candidate_is_a_way_to_run_its_case(make_case):
    stock = make_case("lstm", units=8)
    assert all(is_way_to_run(stock, one) for one in list_candidates(stock, 4))


@pytest.mark.parametrize("change", [{"model": "cnn"}, {"units": 9}, {"batch_size": 64}, {"precision": "float64"}])
def test_another_function_is_no_way_to_run_a_case(make_case, change):
    stock = make_case("lstm", units=8)
    assert not is_way_to_run(stock, stock.model_copy(update=change))


def test_a_tuning_holds_for_any_number_of_examples_and_epochs(make_case):
    full, short = make_case("lstm"), make_case("lstm", epochs=1, train_size=4096, test_size=100)
    assert tuning_key(full) == tuning_key(short) == "lstm-mnist-b32-float32-cpu"
    assert tuning_key(make_case("lstm", batch_size=64)) != tuning_key(full)


@given(st.integers(1, 5000), st.integers(1, 100_000))
def test_a_trial_is_short_and_made_of_whole_calls(batch_size, num_available):
    size = choose_train_size(batch_size, num_available)
    if size is not None:
        assert 4096 <= size < num_available
        assert size % (32 * batch_size) == 0
        assert size // batch_size >= 64


def test_a_way_of_which_no_second_call_could_be_timed_is_not_tried(make_case):
    """Of 270 examples 32 make eight whole steps: one call of eight, and none of 32."""
    candidates = list_candidates(make_case("cnn-deep"), 2, 270)
    assert {one.steps_per_execution for one in candidates} == {1}
    assert {one.steps_per_execution for one in list_candidates(make_case("cnn-deep"), 2, 512)} == {1, 8}


def test_a_search_survives_its_file():
    stock = Case(model="lstm", epochs=1)
    search = Search(stock=stock, candidates=list_candidates(stock, 2), budget_s=600.0)
    assert Search.model_validate_json(search.model_dump_json()) == search


def test_every_twin_of_the_registry_is_of_a_network_that_is_there_and_alike():
    specs = registry.builtin_models()
    for spec in specs.values():
        if spec.twin_of:
            of = specs[spec.twin_of]
            assert (spec.layout, spec.family, spec.options <= of.options) == (of.layout, of.family, True)
