"""Verdicts: the smallest n that may speak, and how often each verdict is wrong at the border."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from bench.analysis.judging import MIN_FOR_MOST, judge_effects, judge_most, more_for_effect
from bench.analysis.stats import Interval, mean_interval


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("holds", [True, False])
def test_fewer_than_five_seeds_decide_nothing_however_few_are_asked_for(n: int, holds: bool) -> None:
    judgement = judge_most([holds] * n, min_seeds=1)
    assert (judgement.verdict, judgement.num_more) == ("inconclusive", 5 - n)
    assert MIN_FOR_MOST == 5


def test_five_of_five_support_and_none_of_five_refutes() -> None:
    assert judge_most([True] * 5, 5).verdict == "supported"
    refuted = judge_most([False] * 5, 5)
    assert (refuted.verdict, refuted.num_more) == ("refuted", 0)
    assert refuted.effect is not None
    assert (refuted.effect.value, refuted.effect.low) == (0.0, 0.0)


def test_a_claim_may_ask_for_more_seeds_than_the_test_needs() -> None:
    assert (judge_most([True] * 5, 8).verdict, judge_most([True] * 5, 8).num_more) == ("inconclusive", 3)


def test_an_even_split_stays_open_and_no_number_of_seeds_is_promised() -> None:
    judgement = judge_most([True, False] * 4, 5)
    assert (judgement.verdict, judgement.num_more) == ("inconclusive", None)


def test_four_of_five_need_more_seeds() -> None:
    judgement = judge_most([True] * 4 + [False], 5)
    assert judgement.verdict == "inconclusive"
    assert judgement.num_more is not None
    total = 5 + judgement.num_more
    assert judge_most([place < round(0.8 * total) for place in range(total)], 5).verdict == "supported"


@pytest.mark.parametrize("n", [5, 6, 8, 11, 17, 30])
def test_nothing_is_decided_where_wilsons_interval_holds_one_half(n: int) -> None:
    for hits in range(n + 1):
        judgement = judge_most([place < hits for place in range(n)], 5)
        assert judgement.effect is not None
        assert judgement.verdict == "inconclusive" or judgement.effect.excludes(0.5)


def test_no_seed_at_all_is_no_test() -> None:
    assert judge_most([], 5).verdict == "not tested"
    assert judge_effects([], 0.0, 5) == "not tested"
    assert judge_effects([None], 0.0, 5) == "not tested"


@pytest.mark.parametrize("n", [*range(1, 13), 20, 50])
def test_a_statement_that_holds_on_half_of_all_seeds_is_called_supported_or_refuted_in_one_of_twenty_each(
    n: int,
) -> None:
    """All outcomes are counted with their exact probabilities: nothing is left to a simulation's luck."""
    wrong = {"supported": 0.0, "refuted": 0.0, "inconclusive": 0.0}
    for hits in range(n + 1):
        verdict = judge_most([True] * hits + [False] * (n - hits), min_seeds=1).verdict
        wrong[verdict] += float(scipy.stats.binom.pmf(hits, n, 0.5))
    assert wrong["supported"] <= 0.05
    assert wrong["refuted"] <= 0.05


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_no_difference_is_called_one_in_one_of_twenty(n: int) -> None:
    draws = np.random.default_rng(n).normal(size=(3_000, n))
    verdicts = [judge_effects([mean_interval(values)], 0.0, min_seeds=1) for values in draws]
    decided = np.mean([verdict != "inconclusive" for verdict in verdicts])
    assert decided <= 0.06
    assert decided == 0 if n == 1 else decided > 0.03


def test_a_difference_of_two_deviations_is_found_by_eight_seeds_in_nineteen_of_twenty() -> None:
    draws = np.random.default_rng(2).normal(loc=2.0, size=(500, 8))
    assert np.mean([judge_effects([mean_interval(v)], 0.0, 5) == "supported" for v in draws]) >= 0.95


def _interval(value: float, half_width: float | None, n: int = 5) -> Interval:
    if half_width is None:
        return Interval(value, None, None, n, "none")
    return Interval(value, value - half_width, value + half_width, n, "t")


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ([_interval(1.0, 0.5)], "supported"),
        ([_interval(-1.0, 0.5)], "refuted"),
        ([_interval(1.0, 2.0)], "inconclusive"),
        ([_interval(1.0, None)], "inconclusive"),
        ([_interval(1.0, 0.5, n=4)], "inconclusive"),
        ([_interval(1.0, 0.5), _interval(2.0, 0.5)], "supported"),
        ([_interval(-1.0, 0.5), _interval(-2.0, 0.5)], "refuted"),
        ([_interval(1.0, 0.5), _interval(-2.0, 0.5)], "inconclusive"),
        ([_interval(1.0, 0.5), _interval(2.0, 3.0)], "inconclusive"),
    ],
)
def test_all_effects_must_agree_and_each_be_decided(effects: list[Interval], verdict: str) -> None:
    assert judge_effects(effects, 0.0, 5) == verdict


def test_one_seed_decides_nothing_even_where_one_is_asked_for() -> None:
    assert judge_effects([_interval(1.0, 0.5, n=1)], 0.0, min_seeds=1) == "inconclusive"


def test_further_seeds_are_those_that_the_interval_or_the_claim_still_needs() -> None:
    assert more_for_effect([1.0], 0.0, 5) == 4
    assert more_for_effect([1.0, 1.1], 0.0, 5) == 3
    assert more_for_effect([1.0, 1.1, 0.9, 1.0, 1.0], 0.0, 5) == 0
    # Mean 1, deviation 1.5811 at five values: t · s / √n ≤ 1 first holds at n = 13 (t(12) = 2.1788: 0.9555).
    assert more_for_effect([-1.0, 0.0, 1.0, 2.0, 3.0], 0.0, 5) == 8
    assert more_for_effect([-1.0, 1.0], 0.0, 2) is None
