"""A run as benchmark-action's customBiggerIsBetter."""

from bench.analysis.statistics.interval import Interval
from bench.reports.export.bigger_is_better import custom_entries


def test_value_unit_and_range_stand_apart_and_the_tooltip_names_run_and_machine(make_summary, make_case_summary):
    rate, _, accuracy = custom_entries(make_summary([make_case_summary("lstm", seeds=(0, 1, 2))]))
    assert rate["name"] == "lstm-mnist-b32-float32-cpu throughput"
    assert (round(rate["value"]), rate["unit"], rate["range"]) == (1034, "examples/s", "± 40.0")
    assert (accuracy["unit"], accuracy["range"]) == ("share", "± 0.0010")
    assert rate["extra"].splitlines() == [
        "range: smallest to largest of 3 trials",
        "run: 20261122T081500Z-tutorial-3f2a",
        "machine: Example CPU, fingerprint a1b2c3d4e5f6",
    ]


def test_the_larger_reach_is_the_range_and_one_trial_has_none(make_summary, make_case_summary):
    lopsided = Interval(100.0, 99.0, 110.0, 12, "sign-flip")
    case = make_case_summary("lstm", throughput=lopsided, final_val_accuracy=Interval(0.9, None, None, 1, "none"))
    rate, _, accuracy = custom_entries(make_summary([case]))
    assert (rate["range"], accuracy["range"]) == ("± 10.0", "")
    assert accuracy["extra"].splitlines()[0] == "range: one value, so no range"


def test_equal_values_have_no_range_and_are_not_called_one(make_summary, make_case_summary):
    case = make_case_summary("lstm", final_val_accuracy=Interval(0.9, None, None, 8, "none"))
    *_, accuracy = custom_entries(make_summary([case]))
    assert (accuracy["range"], accuracy["extra"].splitlines()[0]) == ("", "range: equal values, so no interval")


def test_a_case_without_a_figure_has_no_entry_and_hostile_text_is_visible(make_summary, make_case_summary, environment):
    hostile = environment.model_copy(update={"cpu_model": "a\x1b[31m\u202e\nb"})
    cases = [make_case_summary("lstm", curve=()), make_case_summary("cnn")]
    entries = custom_entries(make_summary(cases, environment=hostile))
    assert {entry["name"].split("-")[0] for entry in entries} == {"cnn"}
    assert all(len(entry["extra"].splitlines()) == 3 and "\x1b" not in entry["extra"] for entry in entries)
