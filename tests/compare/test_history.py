"""One metric over many runs on made-up journals."""

from datetime import timedelta

import pytest

from bench.analysis.run_journals import RunJournals
from bench.compare.history import build_history
from bench.compare.history_types import LeftOutReason
from tests.conftest import NOW

NUM_BEFORE = 6


@pytest.fixture
def run(make_case, make_journal, make_run):
    """Return a factory of the n-th run of one model with two seeds; its epochs take `train_s`."""

    def make(number, train_s=60.0, model="lstm", epochs=3, planned_only=False, **journal):
        run_id, case = f"20261122T08{number:02d}00Z-tutorial-0000", make_case(model, epochs=epochs)
        start = {"environment": journal["environment"]} if "environment" in journal else {}
        record = make_run([case], (0, 1), run_id=run_id, created_at=NOW + number * timedelta(days=1), **start)
        journal = {"val_accuracy": (0.95, 0.97, 0.98), **journal}
        journals = [make_journal(case, seed, train_s=train_s + seed, run_id=run_id, **journal) for seed in (0, 1)]
        return RunJournals(record, () if planned_only else tuple(journals))

    return make


@pytest.fixture
def slowed(run):
    """Six runs and six that take a fifth longer, the latest first: the order given means nothing."""
    seconds = [60.0 + number % 3 for number in range(NUM_BEFORE)]
    return [run(n, s) for n, s in reversed(list(enumerate([*seconds, *(1.2 * s for s in seconds)])))]


def test_a_slowdown_is_found_at_the_run_that_brought_it(slowed):
    history = build_history(slowed, "throughput")
    (case,) = history.cases
    (change,) = case.changes
    assert change.run_id == case.points[NUM_BEFORE].run_id == "20261122T080600Z-tutorial-0000"
    assert change.verdict == "slower"
    assert change.effect == pytest.approx(1 / 1.2, rel=0.01)
    assert [(level.first, level.last) for level in case.levels] == [(0, 5), (6, 11)]
    assert (history.fingerprint, history.num_runs, history.alpha) == ("a1b2c3d4e5f6", 12, pytest.approx(0.05))


@pytest.mark.parametrize(("measure", "verdict"), [("train_s_to_target", "slower"), ("first_step_s", None)])
def test_a_time_that_grew_is_slower_and_one_that_did_not_has_no_change(slowed, measure, verdict):
    (case,) = build_history(slowed, measure, 0.97).cases
    assert [change.verdict for change in case.changes] == ([verdict] if verdict else [])


def test_upper_bounds_of_a_time_are_points_and_in_no_level(slowed):
    """All trials pass 90 % within their first epoch: that its length grew says nothing of the time to 90 %."""
    (case,) = build_history(slowed, "train_s_to_target", 0.9).cases
    assert [point.is_bound for point in case.points] == [True] * 12
    assert (case.levels, case.changes) == ((), ())


def test_a_change_among_bounds_is_found_between_those_that_are_none(run):
    """Every other run is a bound, whose time is far off; the others take a fifth longer from the seventh on."""
    seconds = [60.0 + number % 3 for number in range(NUM_BEFORE)]
    runs = []
    for number, train_s in enumerate([*seconds, *(1.2 * s for s in seconds)]):
        runs.append(run(2 * number, train_s, val_accuracy=(0.8, 0.95)))
        runs.append(run(2 * number + 1, 500.0, val_accuracy=(0.95, 0.95)))
    (case,) = build_history(runs, "train_s_to_target", 0.9).cases
    (change,) = case.changes
    assert (change.index, change.run_id) == (12, case.points[12].run_id)
    assert [(level.first, level.last) for level in case.levels] == [(0, 10), (12, 22)]
    assert change.effect == pytest.approx(1.2, rel=0.01)


def test_an_accuracy_changes_by_a_difference(run):
    accuracies = [0.98 + number % 2 / 1000 - (0.02 if number >= NUM_BEFORE else 0) for number in range(12)]
    runs = [run(number, val_accuracy=(0.9, 0.95, accuracy)) for number, accuracy in enumerate(accuracies)]
    (change,) = build_history(runs, "final_val_accuracy").cases[0].changes
    assert (change.effect, change.verdict) == (pytest.approx(-0.02), "lower")


def test_below_the_fewest_runs_no_change_is_looked_for_and_their_number_is_told(run):
    (case,) = build_history([run(number, 60.0 * 2**number) for number in range(3)], "throughput").cases
    assert (case.changes, case.needs, len(case.points)) == ((), 8, 3)


def test_runs_of_other_machines_are_left_out_with_their_fingerprint(run, environment):
    other = environment.model_copy(update={"fingerprint": "ffffffffffff"})
    history = build_history([run(0), run(1, environment=other), run(2), run(3, planned_only=True)], "throughput")
    assert [(left.why, dict(left.data)) for left in history.left_out] == [
        (LeftOutReason.OTHER_MACHINE, {"fingerprints": "ffffffffffff"}),
        (LeftOutReason.NOT_STARTED, {}),
    ]
    assert history.num_runs == len(history.cases[0].points) == 2


def test_the_latest_run_says_which_machine_it_is_about(run, environment):
    other = environment.model_copy(update={"fingerprint": "ffffffffffff"})
    history = build_history([run(0), run(1), run(2, environment=other)], "throughput")
    assert (history.fingerprint, history.num_runs, len(history.left_out)) == ("ffffffffffff", 1, 2)


def test_what_does_not_compare_has_no_point_and_says_why(run, make_journal):
    data = make_journal().start.data.model_copy(update={"sha256": "0" * 64})
    runs = [run(0, concurrent=True), run(1, data=data), run(2, val_accuracy=()), run(3, model="cnn"), run(4)]
    lstm = next(case for case in build_history(runs, "throughput").cases if case.label == "lstm")
    assert [left.why for left in lstm.left_out] == [
        LeftOutReason.BESIDE_OTHERS,
        LeftOutReason.OTHER_DATA,
        LeftOutReason.NO_FIGURE,
    ]
    assert len(lstm.points) == 1


def test_times_under_other_variables_or_in_other_turns_have_no_point_and_accuracies_have(run, environment, take_turns):
    traced = environment.model_copy(update={"variables": {**environment.variables, "XLA_FLAGS": "--x"}})
    in_turns = run(1)
    journals = [take_turns([journal, journal], (1, 1))[0] for journal in in_turns.journals]
    runs = [run(0, environment=traced), RunJournals(in_turns.record, tuple(journals)), run(2)]
    (case,) = build_history(runs, "throughput").cases
    assert [left.why for left in case.left_out] == [LeftOutReason.OTHER_SETTINGS, LeftOutReason.OTHER_TURNS]
    assert case.left_out[0].data == {"differs": "XLA_FLAGS '--x', the latest run's is not set"}
    assert len(build_history(runs, "final_val_accuracy").cases[0].points) == 3


def test_trials_whose_partners_failed_before_they_trained_are_as_those_alone(run, take_turns):
    made = run(0)
    started = tuple(take_turns([journal, journal], (1, 1), num_epochs=0)[0] for journal in made.journals)
    (case,) = build_history([RunJournals(made.record, started), run(1)], "throughput").cases
    assert (len(case.points), case.left_out) == (2, ())


def test_of_a_run_of_which_some_trained_alone_those_count_that_are_like_most_of_the_latest(run, take_turns):
    def mixed(number):
        made = run(number)
        first, second = made.journals
        third = second.model_copy(update={"start": second.start.model_copy(update={"seed": 2})})
        return RunJournals(made.record, (*take_turns([first, second], (1, 1)), third))

    (case,) = build_history([mixed(0), run(1), mixed(2)], "throughput").cases
    assert [point.mean.n for point in case.points] == [2, 2]
    assert [(left.run_id, left.why) for left in case.left_out] == [(run(1).record.run_id, LeftOutReason.OTHER_TURNS)]


def test_another_budget_bars_accuracy_and_memory_but_not_speed(run):
    runs = [run(0, epochs=2, val_accuracy=(0.9, 0.95)), run(1)]
    (memory,) = build_history(runs, "peak_rss_bytes").cases
    (left,) = memory.left_out
    assert (left.why, dict(left.data)) == (LeftOutReason.OTHER_BUDGET, {"budget": 2, "expected": 3})
    assert len(build_history(runs, "throughput").cases[0].points) == 2


def test_a_run_that_missed_the_target_has_no_time_to_it(run):
    runs = [run(0, val_accuracy=(0.5, 0.6, 0.7)), run(1)]
    (case,) = build_history(runs, "train_s_to_target", 0.97).cases
    (left,) = case.left_out
    assert (left.why, dict(left.data)) == (LeftOutReason.NOT_ALL_HIT, {"hits": 0, "trials": 2})
    assert case.points[0].mean.value == pytest.approx((120 * 122) ** 0.5)


def test_false_alarms_are_shared_out_over_all_cases(run):
    runs = [run(0), run(1, model="cnn")]
    history = build_history(runs, "throughput")
    assert history.alpha == pytest.approx(0.025)
    assert {case.needs for case in history.cases} == {9}


def test_deterministic_trials_have_no_point_of_a_time_and_one_of_an_accuracy(make_case, make_journal, make_run):
    case = make_case(deterministic=True)
    runs = [RunJournals(make_run([case], (0, 1)), tuple(make_journal(case, seed) for seed in (0, 1)))]
    for measure in ("throughput", "fit_throughput", "first_step_s", "train_s_to_target"):
        (found,) = build_history(runs, measure).cases
        assert (found.points, [left.why for left in found.left_out]) == ((), [LeftOutReason.DETERMINISTIC])
    (accuracy,) = build_history(runs, "final_val_accuracy").cases
    assert (len(accuracy.points), accuracy.left_out) == (1, ())
