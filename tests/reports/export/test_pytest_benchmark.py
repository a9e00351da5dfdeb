"""A run in pytest-benchmark's form: its own statistics are the known answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_benchmark.stats import Stats

from bench.reports.export.pytest_benchmark import benchmark_stats, pytest_benchmark_json, write_pytest_benchmark

# Not the quartiles, which have many definitions: numpy interpolates, pytest-benchmark takes another for odd rounds.
EXACT = ("min", "max", "mean", "rounds", "median", "total", "ops", "stddev")


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=12))
def test_every_field_is_there_and_every_figure_that_has_one_definition_is_theirs(values):
    theirs = Stats()
    for value in values:
        theirs.update(value)
    ours = benchmark_stats(values)
    assert set(ours) == {*Stats.fields, "data", "iterations"}
    for field in EXACT:
        assert ours[field] == pytest.approx(getattr(theirs, field), rel=1e-9, abs=1e-12), field
    assert ours["min"] <= ours["ld15iqr"] <= ours["hd15iqr"] <= ours["max"]


def test_a_round_is_a_trial_and_ops_are_examples_per_second(make_summary, make_case_summary):
    value = pytest_benchmark_json(make_summary([make_case_summary("lstm", seeds=(0, 1, 2), epoch_s=62.0)]))
    training, fit, first = value["benchmarks"]
    assert fit["group"] == "training as fit costs, seconds per example"
    assert fit["stats"]["ops"] == pytest.approx(1000 * 60 / 62, rel=0.01)
    assert (training["name"], training["group"]) == ("lstm-mnist-b32-float32-cpu", "training, seconds per example")
    assert training["stats"]["rounds"] == 3
    assert training["stats"]["ops"] == pytest.approx(1000, rel=0.01)
    assert first["stats"]["mean"] == pytest.approx(2.0)
    assert value["commit_info"]["id"].startswith("0123456789abcdef")


def test_a_case_without_a_figure_has_no_entry_and_hostile_text_is_visible(make_summary, make_case_summary, environment):
    hostile = environment.model_copy(update={"hostname": "a\x1b[31m\u202eb", "cpu_model": None})
    value = pytest_benchmark_json(make_summary([make_case_summary("lstm", curve=())], environment=hostile))
    assert value["benchmarks"] == []
    assert not {"\x1b", "\u202e"} & set(value["machine_info"]["node"])


def test_the_file_holds_json_alone(make_summary, tmp_path):
    path = write_pytest_benchmark(tmp_path, make_summary())
    assert len(json.loads(path.read_text())["benchmarks"]) == 6


def test_parameters_are_the_settings_in_force(make_summary, make_case_summary):
    plain = make_case_summary("lstm")
    own = plain.case.model_copy(update={"training": "own"})
    resolved = plain.resolved.model_copy(update={"optimizer": "RMSprop", "learning_rate": 0.5, "jit_compile": True})
    summary = make_summary([plain, make_case_summary("lstm", label="own", case=own, resolved=resolved)])
    usual, kept, *_ = (entry["params"] for entry in pytest_benchmark_json(summary)["benchmarks"])
    shown = ("optimizer", "learning_rate", "jit")
    assert [usual[name] for name in shown] == ["adam", 0.001, "off"]
    assert [kept[name] for name in shown] == ["RMSprop", 0.5, "on"]
