"""What a tuning came to: only an interval wholly beyond the smallest gain makes another setting the tuned one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from bench.plan.case import Case
from bench.plan.tuning import Search
from bench.reports.tune.outcomes import outcomes_table
from bench.store.records import Journal, ResolvedSuite, RunRecord
from bench.tune.halving import Measured
from bench.tune.outcome import SearchResult, collect_measured, judge_search, judge_searches, next_trials, to_tuning
from tests.conftest import TakeTurns

STOCK = Case(model="lstm", epochs=1)
FAST = STOCK.model_copy(update={"unroll": True})
SEARCH = Search(stock=STOCK, candidates=(FAST,), budget_s=110.0)
NOW = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)


def judge(ratios: Sequence[float | None], stock: float = 100.0) -> SearchResult:
    """Judge five pairs whose fast side has `ratios` of stock's rate, None where it failed."""
    known = {(STOCK.case_id, 0): Measured(stock, 10.0)}
    for seed, ratio in enumerate(ratios, start=1):
        known[STOCK.case_id, seed] = Measured(stock * seed, 10.0, 1.5)
        known[FAST.case_id, seed] = Measured(ratio and stock * seed * ratio, 10.0, 2.5)
    return judge_search(SEARCH, known)


def test_a_gain_that_its_interval_bears_out_is_the_tuned_setting() -> None:
    outcome = judge([1.5, 1.6, 1.4, 1.55, 1.45])
    assert (outcome.best, outcome.is_faster, outcome.is_whole) == (FAST, True, True)
    assert outcome.gain
    assert outcome.gain.value == pytest.approx((1.5 * 1.6 * 1.4 * 1.55 * 1.45) ** 0.2)
    assert outcome.gain.low is not None
    assert outcome.gain.low > 1.02
    assert to_tuning(outcome, "r", NOW).tuned == FAST


@pytest.mark.parametrize(
    "ratios",
    [
        [1.5, 0.9, 1.4, 0.8, 1.6],  # faster by the mean, and the interval holds 1
        [1.01, 1.011, 1.009, 1.01, 1.012],  # surely faster, by less than is worth a setting
        [0.5, 0.51, 0.49, 0.5, 0.52],  # slower
        [1.5, 1.5, 1.5, 1.5, 1.5],  # equal to the last digit: no spread, so no interval
    ],
)
def test_whatever_its_interval_does_not_bear_out_leaves_stock(ratios: Sequence[float]) -> None:
    outcome = judge(ratios)
    assert (outcome.is_faster, outcome.is_whole) == (False, True)
    tuning = to_tuning(outcome, "r", NOW)
    assert (tuning.tuned, tuning.num_pairs) == (None, 5)


def test_a_pair_with_a_failed_side_is_left_out() -> None:
    outcome = judge([1.5, None, 1.4, 1.55, 1.45])
    assert outcome.gain
    assert (outcome.gain.n, outcome.is_faster, outcome.num_failed) == (4, True, 1)


def test_half_measured_pairs_decide_nothing() -> None:
    outcome = judge([1.5, 1.6, 1.4])
    assert (outcome.is_whole, outcome.is_faster) == (False, False)


def test_first_steps_are_told_of_both() -> None:
    outcome = judge([1.5, 1.6, 1.4, 1.55, 1.45])
    assert outcome.stock_first_step_s
    assert outcome.best_first_step_s
    assert (outcome.stock_first_step_s.value, outcome.best_first_step_s.value) == (1.5, 2.5)


def test_stock_that_does_not_train_is_told_and_no_gain() -> None:
    outcome = judge_search(SEARCH, {(STOCK.case_id, 0): Measured(None, 10.0)})
    assert (outcome.stock_ran, outcome.is_whole, outcome.best, outcome.gain) == (False, True, None, None)


def test_a_journal_gives_its_rate_and_what_it_cost(make_journal: Callable[..., Journal]) -> None:
    journal = make_journal(STOCK, 3, val_accuracy=(0.5,), train_s=12.0, num_examples=1032, first_step_s=2.0)
    assert collect_measured([journal], 60.0) == {(STOCK.case_id, 3): Measured(100.0, 32.0, 2.0)}


def test_a_candidate_that_waits_for_its_input_is_as_slow_as_its_fit(make_journal: Callable[..., Journal]) -> None:
    journal = make_journal(STOCK, 3, val_accuracy=(0.5,), train_s=12.0, num_examples=1032, first_step_s=2.0)
    (epoch,) = journal.epochs
    waiting = journal.model_copy(update={"epochs": (epoch.model_copy(update={"iterator_s": 5.0}),)})
    assert collect_measured([waiting], 60.0) == collect_measured([journal], 60.0)


@pytest.mark.parametrize(("status", "total_s"), [("timeout", 60.0), ("failed", 32.0), ("killed", 32.0)])
def test_a_trial_that_did_not_end_ok_has_no_rate(
    make_journal: Callable[..., Journal], status: str, total_s: float
) -> None:
    journal = make_journal(STOCK, 0, val_accuracy=(0.5,), train_s=12.0, status=status)
    assert collect_measured([journal], 60.0) == {(STOCK.case_id, 0): Measured(None, total_s)}


def test_the_searches_of_a_run_are_gone_through_one_after_the_other(
    make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal]
) -> None:
    other = Search(stock=Case(model="cnn", epochs=1), candidates=(), budget_s=10.0, first_seed=1_000_000)
    suite: ResolvedSuite = make_run().suite.model_copy(update={"searches": (SEARCH, other)})
    journals: list[Journal] = []
    asked = []
    while trials := next_trials(suite, journals):
        asked.append(trials)
        journals = [
            make_journal(case, seed, val_accuracy=(0.5,), train_s=10.0 + seed / 7) for t in asked for case, seed in t
        ]
    assert asked[0] == ((STOCK, 0),)
    assert asked[-1] == ((other.stock, 1_000_000),)
    assert [outcome.stock.model for outcome in judge_searches(suite, journals)] == ["lstm", "cnn"]


def test_the_gain_of_pairs_that_took_turns_is_that_of_the_turns(
    make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord], take_turns: TakeTurns
) -> None:
    """Over all they trained both are alike; in the turns of each pair an example costs the fast side half as much."""
    journals = [make_journal(STOCK, 0, val_accuracy=(0.9,))]
    for seed in range(1, 6):
        pair = [make_journal(case, seed, val_accuracy=(0.9,)) for case in (STOCK, FAST)]
        journals += take_turns(pair, (0.002 * (1 + seed / 100), 0.001))
    suite = make_run([STOCK]).suite.model_copy(update={"searches": (SEARCH,), "timeout_s": 60.0})
    (outcome,) = judge_searches(suite, journals)
    assert outcome.gain
    assert outcome.gain.value == pytest.approx(2 * (1.01 * 1.02 * 1.03 * 1.04 * 1.05) ** 0.2)
    assert (outcome.gain.n, outcome.num_in_turns) == (5, 5)
    assert "The ratios were measured in turns, on 5 pairs in all." in outcomes_table([outcome]).note


def test_a_tuning_without_turns_says_nothing_of_them() -> None:
    outcome = judge([1.5, 1.6, 1.4, 1.55, 1.45])
    assert outcome.num_in_turns is None
    assert "turns" not in outcomes_table([outcome]).note
