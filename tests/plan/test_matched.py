"""`--matched`: all models under equal execution settings, or a sentence that says which setting differs."""

import pytest

from bench.errors import ConfigError
from bench.plan.matched import match_settings


@pytest.mark.parametrize(("backend", "jit"), [("tensorflow", "off"), ("jax", "on"), ("torch", "off")])
def test_no_model_is_left_to_the_backends_choice_of_compiler(make_case, backend, jit):
    cases = [make_case("lstm", backend=backend), make_case("cnn", backend=backend)]
    assert [case.jit for case in match_settings(cases)] == [jit, jit]


def test_a_choice_that_was_made_stays(make_case):
    cases = [make_case("lstm", jit="on"), make_case("cnn", jit="on")]
    assert match_settings(cases) == cases


def test_what_belongs_to_a_model_may_differ(make_case):
    cases = [make_case("lstm", epochs=3, units=64, unroll=True), make_case("cnn", epochs=10, filters=8)]
    assert [case.jit for case in match_settings(cases)] == ["off", "off"]


def test_every_model_may_run_under_several_settings_as_long_as_they_are_the_same(make_case):
    cases = [make_case(model, batch_size=size) for model, sizes in (("lstm", (32, 128)), ("cnn", (128, 32)))
             for size in sizes]  # fmt: skip
    assert len(match_settings(cases)) == 4


def test_a_setting_that_differs_between_models_is_named_with_its_values(make_case):
    cases = [make_case("lstm"), make_case("cnn", steps_per_execution=8)]
    with pytest.raises(ConfigError, match=r"received 1 for lstm and 8 for cnn; give --steps-per-execution"):
        match_settings(cases)


def test_threads_of_operations_are_settings_to_match(make_case):
    cases = [make_case("lstm", intra_op_threads=1), make_case("cnn", intra_op_threads=2)]
    with pytest.raises(ConfigError, match="received 1 for lstm and 2 for cnn; give --intra-op-threads"):
        match_settings(cases)
