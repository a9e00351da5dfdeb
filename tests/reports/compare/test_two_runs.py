"""A comparison of two runs as text, Markdown and JSON."""

import json
import re
from dataclasses import replace

import pytest

from bench.analysis.run_journals import RunJournals
from bench.analysis.statistics.sample_size import More
from bench.compare.two_runs import compare_runs, find_machine_difference
from bench.reports.compare.two_runs import (
    comparison_json,
    render_comparison,
    render_comparison_markdown,
    word_because,
    word_refusal,
)
from tests.reports.documents import INTERVAL, keys_of
from tests.reports.hostile import HOSTILE, assert_inert


@pytest.fixture
def run(make_case, make_journal, make_run):
    """Return a factory of runs of one model, with one trial for each of `seconds`."""

    def make(seconds, model="lstm", **start):
        case = make_case(model)
        seeds = range(len(seconds))
        journals = [make_journal(case, seed, train_s=seconds[seed], **start) for seed in seeds]
        return RunJournals(make_run([case], seeds), tuple(journals))

    return make


def test_the_terminal_shows_each_ratio_with_its_interval_and_verdict(run):
    text = render_comparison(compare_runs(run([60.0, 61.0, 62.0]), run([120.0, 122.0, 124.0]), 0.05, 0.005))
    row = next(line for line in text.splitlines() if "examples/s" in line)
    assert re.search(r"0\.49\d× \(0\.\d{3}× … 0\.\d{3}×\) +3 / 3 +slower", row)
    assert "95 % interval (t) over 3 trials a side" in text
    assert "compared unpaired" in text
    assert "paired by seed, not interleaved" in text


def test_one_trial_says_what_it_needs_and_never_that_nothing_changed(run):
    text = render_comparison(compare_runs(run([60.0]), run([60.0]), 0.05, 0.005))
    assert "needs at least 2 trials a side" in text
    assert "needs at least 2 shared seeds" in text
    assert "no change" not in text
    assert not [line for line in text.splitlines() if line.startswith("lstm") and "equivalent" in line]


def test_an_open_figure_says_how_many_more_trials_would_tell(run):
    a, b = [60.0, 63.0, 66.0, 69.0, 72.0], [66.0, 70.0, 72.0, 76.0, 80.0]
    text = render_comparison(compare_runs(run(a), run(b), 0.01, 0.005))
    assert re.search(r"inconclusive +[\d,]+ more trials? \([\d,]+ to [\d,]+\) a side would decide", text)


def test_one_more_trial_is_said_of_one(run):
    rows = compare_runs(run([60.0, 66.0, 72.0]), run([62.0, 70.0, 75.0]), 0.05, 0.005).cases[0].rows
    speed = replace(next(row for row in rows if row.measure == "throughput"), num_more=More(1, 1, 9))
    assert word_because(speed) == "1 more trial (1 to 9) a side would decide"
    assert word_because(replace(speed, kind="difference")) == "1 more shared seed (1 to 9) would decide"


def test_machines_that_differ_are_named_in_the_refusal_and_beside_every_time(run, environment):
    other = environment.model_copy(update={"fingerprint": "ffffffffffff", "cpu_model": "Another CPU"})
    a, b = run([60.0, 61.0]), run([60.0, 61.0], environment=other)
    refusal = word_refusal(find_machine_difference(a, b))
    for words in ("a1b2c3d4e5f6", "ffffffffffff", "CPU: Example CPU in A, Another CPU in B", "--force"):
        assert words in refusal
    text = render_comparison(compare_runs(a, b, 0.05, 0.005))
    assert "machines differ" in next(line for line in text.splitlines() if "examples/s" in line)
    assert "Machines differ: fingerprint a1b2c3d4e5f6 in A, ffffffffffff in B." in text


def test_hostile_names_are_inert(run, environment):
    other = environment.model_copy(update={"fingerprint": HOSTILE, "cpu_model": HOSTILE})
    comparison = compare_runs(run([60.0, 61.0], HOSTILE), run([60.0, 61.0], HOSTILE, environment=other), 0.05, 0.005)
    assert_inert(render_comparison(comparison), render_comparison_markdown(comparison))


def test_json_holds_every_figure_and_none_that_json_lacks(run):
    comparison = compare_runs(run([60.0, 61.0]), run([60.0]), 0.05, 0.005)
    value = json.loads(json.dumps(comparison_json(comparison), allow_nan=False))
    rows = {row["measure"]: row for row in value["cases"][0]["rows"]}
    assert rows["throughput"]["verdict"] == "inconclusive"
    assert rows["throughput"]["effect"]["low"] is None
    assert (value["max_change"], value["machines"]) == (0.05, None)


def test_the_json_of_schema_1_has_these_keys(run, environment):
    other = environment.model_copy(update={"fingerprint": "ffffffffffff", "cpu_model": "Another CPU"})
    value = comparison_json(compare_runs(run([60.0, 61.0]), run([60.0], environment=other), 0.05, 0.005))
    assert value["schema"] == 1
    assert keys_of(value) == {
        "": "cases machines max_accuracy_change max_change only_a only_b run_a run_b schema",
        "machines": "fields fingerprints_a fingerprints_b",
        "cases[]": "case_id label num_not_ok num_trials rows",
        "cases[].rows[]": "a b data effect kind labels measure needs num_a num_b num_more p_value pairing target "
        "verdict why",
        "cases[].rows[].effect": INTERVAL,
        "cases[].rows[].data": "",
    }
