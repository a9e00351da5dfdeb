"""Time and epochs to accuracy: sums by hand, misses censored, crashes apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.analysis.trial.time_to_target import (
    TARGET_SWEEP,
    Climbs,
    TargetTime,
    expected_running_time,
    reached_shares,
    summarize_target,
    time_to_target,
)
from bench.plan.case import Case
from bench.store.records import Journal, Status

MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]
TRIAL_ID = "lstm-mnist-b32-float32-cpu-s0"


def test_a_target_is_reached_at_the_end_of_an_epoch_with_first_step_and_without_validation(
    make_journal: MakeJournal,
) -> None:
    journal = make_journal(val_accuracy=(0.95, 0.97, 0.98), train_s=(62.0, 60.5, 60.0), first_step_s=2.0)
    assert time_to_target(journal, 0.97) == TargetTime(TRIAL_ID, 0, "hit", 2, 122.5, since_s=62.0)
    assert time_to_target(journal, 0.5) == TargetTime(TRIAL_ID, 0, "hit", 1, 62.0, is_bound=True)
    assert time_to_target(journal, 0.99) == TargetTime(TRIAL_ID, 0, "miss", 3, 182.5, since_s=182.5)


def test_a_deterministic_case_has_epochs_to_a_target_and_no_seconds(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    curves = {0: (0.95, 0.97, 0.98), 1: (0.9, 0.95, 0.96)}
    exact = make_case(deterministic=True)
    climbs = Climbs([make_journal(exact, seed, val_accuracy=curve) for seed, curve in curves.items()], 3)
    for result in (climbs.summarize(0.95), climbs.summarize(0.97), *climbs.steps()):
        assert not result.reports_times
        seconds = (result.median_train_s, result.expected_train_s, result.median_train_s_beyond)
        assert seconds == (None, None, None)
    hit = climbs.summarize(0.95)
    assert (hit.hits, hit.median_epochs, hit.expected_epochs) == (2, 1.5, 1.5)
    assert climbs.summarize(0.97).median_epochs_beyond == 2


def test_a_target_reached_and_lost_again_was_reached(make_journal: MakeJournal) -> None:
    assert time_to_target(make_journal(val_accuracy=(0.9, 0.98, 0.9)), 0.98).epochs == 2


def test_an_epoch_without_a_finite_accuracy_reaches_nothing(make_journal: MakeJournal) -> None:
    assert time_to_target(make_journal(val_accuracy=(None, 0.98)), 0.9).epochs == 2


@pytest.mark.parametrize("status", ["failed", "timeout", "oom", "killed", "interrupted", None])
def test_a_crash_before_the_target_is_no_miss_and_after_it_no_loss(
    make_journal: MakeJournal, status: Status | None
) -> None:
    crashed = make_journal(val_accuracy=(0.95, 0.97), status=status)
    assert time_to_target(crashed, 0.98).outcome == "crashed"
    assert time_to_target(crashed, 0.97).outcome == "hit"


def test_a_crash_is_counted_apart(make_journal: MakeJournal) -> None:
    journals = [
        make_journal(seed=0, val_accuracy=(0.95, 0.98, 0.98), train_s=60.0),
        make_journal(seed=1, val_accuracy=(0.90, 0.95, 0.98), train_s=50.0),
        make_journal(seed=2, val_accuracy=(0.90, 0.95, 0.97), train_s=40.0),
        make_journal(seed=3, val_accuracy=(0.90,), train_s=60.0, status="oom"),
    ]
    result = summarize_target(journals, 0.98, epoch_budget=3)
    assert (result.hits, result.num_trials, result.num_crashed) == (2, 3, 1)
    assert result.hit_rate is not None
    assert (result.hit_rate.value, result.hit_rate.n) == (pytest.approx(2 / 3), 3)
    assert result.median_epochs == 3  # 2, 3, and one beyond 3
    assert result.median_train_s == 150  # 120, 150, and one beyond 150
    assert result.expected_epochs == (2 + 3 + 3) / 2
    assert result.expected_train_s == (120 + 150 + 120) / 2


def test_a_median_does_not_exist_where_most_trials_miss_the_budget(make_journal: MakeJournal) -> None:
    journals = [make_journal(seed=s, val_accuracy=(0.9, 0.99 if s == 0 else 0.95), train_s=60.0 - s) for s in range(3)]
    result = summarize_target(journals, 0.98, epoch_budget=2)
    # Trial 0 took longest: were the others censored at their own seconds, it alone would be left, and the median its.
    assert (result.median_epochs, result.median_train_s) == (None, None)
    assert result.expected_train_s == 120 + 118 + 116


def test_a_diverged_trial_is_a_miss_of_the_whole_budget(make_journal: MakeJournal) -> None:
    journals = [
        make_journal(seed=0, val_accuracy=(None,), train_s=60.0, status="diverged"),
        make_journal(seed=1, val_accuracy=(None,), train_s=60.0, status="diverged"),
        make_journal(seed=2, val_accuracy=(0.9, 0.95, 0.98), train_s=60.0),
    ]
    result = summarize_target(journals, 0.98, epoch_budget=3)
    assert (result.hits, result.num_trials, result.num_crashed) == (1, 3, 0)
    assert (result.median_epochs, result.median_train_s) == (None, None)
    assert result.expected_train_s == 60 + 60 + 180


@pytest.mark.parametrize(("epoch_s", "median_s"), [(60.0, 8 * 67.5), (10.0, None)])
def test_a_miss_counts_for_no_more_epochs_than_its_own_budget_had(
    make_case: MakeCase, make_journal: MakeJournal, epoch_s: float, median_s: float | None
) -> None:
    short, long, late = make_case(epochs=3), make_case(epochs=10), [*[0.5] * 7, 0.98, 0.98, 0.98]
    missed = [make_journal(short, seed, val_accuracy=(0.5, 0.6, 0.7), train_s=60.0) for seed in range(6)]
    hit = [make_journal(long, seed, val_accuracy=late, train_s=epoch_s + seed) for seed in range(6, 10)]
    result = summarize_target([*missed, *hit], 0.98, epoch_budget=10)
    assert (result.hits, result.num_trials) == (4, 10)
    # All four that trained for eight epochs hit there. At 10 s an epoch they were done before the others gave up, and
    # so are 4 of 10.
    assert (result.median_epochs, result.median_train_s) == (8, median_s)


def test_a_fast_trials_miss_is_not_given_up_before_a_slower_ones_hit_in_the_same_epoch(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    journals = [
        make_journal(make_case(epochs=3), 0, val_accuracy=(0.5, 0.6, 0.98), train_s=60.0),
        make_journal(make_case(epochs=3), 1, val_accuracy=(0.5, 0.6, 0.7), train_s=10.0),
        make_journal(make_case(epochs=10), 2, val_accuracy=[0.5] * 10, train_s=10.0),
    ]
    result = summarize_target(journals, 0.98, epoch_budget=10)
    assert (result.median_epochs, result.median_train_s) == (None, None)  # by their own seconds, 30 and 100: 180


def test_a_diverged_trial_of_a_short_budget_is_a_miss_of_the_longest(
    make_case: MakeCase, make_journal: MakeJournal
) -> None:
    short, long = make_case(epochs=3), make_case(epochs=10)
    diverged = [make_journal(short, seed, val_accuracy=(None,), status="diverged") for seed in range(6)]
    late = [make_journal(long, seed, val_accuracy=[*[0.5] * 7, 0.98]) for seed in range(6, 10)]
    result = summarize_target([*diverged, *late], 0.98, epoch_budget=10)
    assert (result.hits, result.num_trials, result.median_epochs, result.median_train_s) == (4, 10, None, None)


def test_the_share_that_reached_steps_up_at_each_hit_and_ends_with_the_slowest_trial(make_journal: MakeJournal) -> None:
    journals = [
        make_journal(seed=0, val_accuracy=(0.95, 0.98, 0.98), train_s=60.0),
        make_journal(seed=1, val_accuracy=(0.98, 0.98, 0.98), train_s=50.0),
        make_journal(seed=2, val_accuracy=(0.90, 0.95, 0.97), train_s=70.0),
        make_journal(seed=3, val_accuracy=(0.90,), train_s=60.0, status="oom"),
    ]
    result = summarize_target(journals, 0.98, epoch_budget=3)
    assert reached_shares(result) == ((0.0, 0.0), (50.0, 1 / 3), (120.0, 2 / 3), (210.0, 2 / 3))
    assert reached_shares(summarize_target([], 0.98, epoch_budget=3)) == ()


def test_the_share_that_reached_is_one_minus_kaplan_and_meiers_estimate(make_journal: MakeJournal) -> None:
    curves = [(0.9, 0.98), (0.98, 0.98), (0.9, 0.9), (0.98, 0.98), (0.9, 0.98)]
    journals = [make_journal(seed=s, val_accuracy=c, train_s=60.0 + s) for s, c in enumerate(curves)]
    result = summarize_target(journals, 0.98, epoch_budget=2)
    times = [trial.train_s if trial.outcome == "hit" else 128.0 for trial in result.trials]
    missed = np.array([trial.outcome != "hit" for trial in result.trials])
    estimate = scipy.stats.ecdf(scipy.stats.CensoredData.right_censored(times, missed)).sf
    for seconds, share in reached_shares(result):
        assert share == pytest.approx(1 - float(estimate.evaluate(seconds)))


def test_a_case_without_trials_has_no_figure() -> None:
    result = summarize_target([], 0.98, epoch_budget=3)
    assert (result.num_trials, result.hit_rate, result.median_epochs, result.expected_train_s) == (0, None, None, None)


def test_expected_running_time_shares_what_misses_cost_among_the_hits() -> None:
    assert expected_running_time([10.0, 30.0, 30.0], 2) == 35.0
    assert expected_running_time([30.0], 0) is None


# The factory keeps nothing between examples.
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(curves=st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_higher_target_is_never_easier(make_journal: MakeJournal, curves: list[list[float]]) -> None:
    journals = [make_journal(seed=seed, val_accuracy=curve) for seed, curve in enumerate(curves)]
    results = [summarize_target(journals, target, epoch_budget=3) for target in TARGET_SWEEP]
    hits = [result.hits for result in results]
    assert hits == sorted(hits, reverse=True)
    medians = [result.median_epochs or 4 for result in results]
    assert medians == sorted(medians)


@given(tenths=st.integers(1, 1000), best=st.floats(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_steps_answer_for_every_tenth_of_a_percent_as_computing_again_does(
    make_journal: MakeJournal, tenths: int, best: float
) -> None:
    journals = [
        make_journal(seed=0, val_accuracy=(0.95, 0.93, 0.98), train_s=60.0),
        make_journal(seed=1, val_accuracy=(0.9004, None, best), train_s=50.0),
        make_journal(seed=2, val_accuracy=(0.0,), train_s=60.0, status="oom"),
    ]
    target = tenths / 1000
    steps = Climbs(journals, 3).steps()
    assert [step.target for step in steps] == sorted({step.target for step in steps})
    found = next(step for step in steps if step.target >= target)
    assert found == replace(summarize_target(journals, target, 3), target=found.target, trials=())


def test_an_accuracy_that_no_share_can_be_has_its_steps_within_0_and_1(make_journal: MakeJournal) -> None:
    journals = [make_journal(seed=seed, val_accuracy=(best,)) for seed, best in enumerate((-1e300, 0.5, 1e300))]
    assert [(step.target, step.hits) for step in Climbs(journals, 1).steps()] == [(0.0, 2), (0.5, 2), (1.0, 1)]


def test_what_single_precision_makes_of_an_accuracy_still_reaches_it(make_journal: MakeJournal) -> None:
    journal = make_journal(val_accuracy=(0.8999999761581421, 0.949999988079071))
    assert time_to_target(journal, 0.90).epochs == 1
    assert time_to_target(journal, 0.95).outcome == "hit"
    assert time_to_target(journal, 0.9501).outcome == "miss"
    assert next(step for step in Climbs([journal], 2).steps() if step.target >= 0.95).hits == 1


@pytest.mark.parametrize("hit_rate", [0.3, 0.9])
def test_the_expected_running_time_is_what_restarts_cost_in_a_simulation(hit_rate: float) -> None:
    """Trials that hit take 1 to 2, those that miss their whole budget of 3, and each miss is followed by a restart."""
    draw = np.random.default_rng(7)
    hits = draw.random(20_000) < hit_rate
    spent = np.where(hits, draw.uniform(1, 2, size=20_000), 3.0)
    ends = np.flatnonzero(hits)
    until_each_hit = np.diff(np.cumsum(spent)[ends], prepend=0.0)
    pilot = slice(0, 4_000)
    assert expected_running_time(list(spent[pilot]), int(hits[pilot].sum())) == pytest.approx(
        float(until_each_hit.mean()), rel=0.05
    )


def test_a_median_within_the_first_epoch_is_an_upper_bound(make_journal: MakeJournal) -> None:
    first, later = (0.95, 0.96, 0.97), (0.5, 0.95, 0.97)
    journals = [make_journal(seed=seed, val_accuracy=curve) for seed, curve in enumerate((first, first, later))]
    result = summarize_target(journals, 0.9, 3)
    assert (result.median_epochs, result.median_train_s, result.is_bound) == (1, 60.0, True)
    assert [trial.is_bound for trial in result.trials] == [True, True, False]
    assert not summarize_target(journals, 0.96, 3).is_bound
    assert not summarize_target([], 0.9, 3).is_bound
    assert [summarize_target(journals, target, 3).median_since_s for target in (0.9, 0.96, 0.98)] == [0.0, 60.0, None]


def test_a_median_that_was_not_reached_is_later_than_the_middle_trial_was_trained_for(
    make_journal: MakeJournal,
) -> None:
    journals = [make_journal(seed=seed, val_accuracy=(0.5,) * 3, train_s=50.0 + seed) for seed in range(3)]
    result = summarize_target(journals, 0.9, 3)
    assert (result.median_epochs_beyond, result.median_train_s_beyond) == (3, 153.0)
    diverged = [make_journal(seed=seed, val_accuracy=(None,), status="diverged") for seed in range(3)]
    never = summarize_target(diverged, 0.9, 3)
    assert (never.median_epochs, never.median_epochs_beyond, never.median_train_s_beyond) == (None, None, None)
    reached = summarize_target([make_journal(val_accuracy=(0.5, 0.95))], 0.9, 2)
    assert (reached.median_epochs_beyond, reached.median_train_s_beyond) == (None, None)
