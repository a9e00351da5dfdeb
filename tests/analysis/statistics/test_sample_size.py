"""Plans for more trials: known answers, and how often the number that is named suffices."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from bench.analysis.statistics import sample_size
from bench.analysis.statistics.interval import CONFIDENCE, mean_interval, wilson_interval
from bench.analysis.statistics.sample_size import More
from bench.claims.decision_rules import judge_most

OPEN = [0.9, -0.2, 0.5, 1.3, 0.2, -0.1]


def power(effect: float, n: int) -> float:
    """Return the chance that t's interval leaves 0 out, for an effect in standard deviations."""
    quantile = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)
    return float(scipy.stats.nct.sf(quantile, n - 1, effect * math.sqrt(n)))


def test_the_number_is_the_first_with_90_percent_power_and_the_range_that_of_what_is_not_ruled_out() -> None:
    plan = sample_size.more_to_decide(OPEN)
    assert plan is not None
    n, effect = len(OPEN), float(np.mean(OPEN) / np.std(OPEN, ddof=1))
    assert power(effect, n + plan.number) >= 0.9 > power(effect, n + plan.number - 1)
    assert plan.low < plan.number < plan.high
    seen = effect * math.sqrt(n)
    for more, tail in ((plan.low, 0.1), (plan.high, 0.9)):
        # The effect for which nine of ten experiments of n values show more (less) than was seen.
        bound = effect
        for _ in range(60):
            step = scipy.stats.nct.cdf(seen, n - 1, bound * math.sqrt(n)) - tail
            bound += step / 2
        assert power(bound, n + more) >= 0.9 > power(bound, n + more - 1)


def test_a_larger_effect_never_takes_more_trials() -> None:
    """Of large effects scipy's distribution underflows to no number at all, which once read as no power."""
    sizes = np.geomspace(0.6, 30, 400)
    plans = [sample_size.more_for_distance([-1.0, 0.0, 1.0, 0.5, -0.5], float(size)) for size in sizes]
    found = [plan for plan in plans if plan]
    assert len(found) > 200
    assert all(plan.low <= plan.number <= plan.high for plan in found)
    assert [plan.number for plan in found] == sorted((plan.number for plan in found), reverse=True)


def test_a_difference_is_planned_for_by_its_distance_from_the_tolerance() -> None:
    assert sample_size.more_to_decide(OPEN, 3.0) == sample_size.more_for_distance(OPEN, 3.0 - float(np.mean(OPEN)))
    assert sample_size.more_to_decide([-value for value in OPEN]) == sample_size.more_to_decide(OPEN)


def test_two_sides_of_one_spread_take_twice_the_variance_of_one() -> None:
    a, b = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    plan = sample_size.more_a_side(a, b, 0.0)
    assert plan is not None
    effect = 2.0 / math.sqrt(2 * np.var(a, ddof=1))
    assert power(effect, 6 + plan.number) >= 0.9 > power(effect, 6 + plan.number - 1)


@pytest.mark.parametrize(
    "values", [[1.0], [0.1, 0.3, -0.1, 0.2], [0.2] * 8, [-1.0, 1.0] * 4, [1, -1.1, 1.2, -0.9, 0.1]]
)
def test_few_values_equal_ones_and_such_as_may_show_no_effect_at_all_have_no_plan(values: list[float]) -> None:
    assert sample_size.more_to_decide(values) is None


@pytest.mark.parametrize("n", [5, 8, 12])
@pytest.mark.parametrize("effect", [0.4, 0.7, 1.0])
def test_the_upper_number_decides_in_nine_of_ten_open_experiments(n: int, effect: float) -> None:
    generator = np.random.default_rng(100 * n + round(10 * effect))
    decided = []
    while len(decided) < 60:
        pilot = generator.normal(effect, size=n)
        plan = None if mean_interval(pilot).excludes(0.0) else sample_size.more_to_decide(pilot)
        if plan is not None:
            values = np.concatenate([pilot, generator.normal(effect, size=plan.high)])
            decided.append(scipy.stats.ttest_1samp(values, 0.0).pvalue <= 1 - CONFIDENCE)
    assert np.mean(decided) >= 0.9


@pytest.mark.parametrize("share", [0.75, 0.85])
def test_the_upper_number_of_seeds_decides_a_share_in_nine_of_ten_open_experiments(share: float) -> None:
    generator = np.random.default_rng(round(100 * share))
    decided = []
    while len(decided) < 60:
        seeds = list(generator.random(9) < share)
        plan = judge_most(seeds, 5).num_more
        if plan is not None:
            more = list(generator.random(plan.high) < share)
            decided.append(judge_most([*seeds, *more], 5).verdict == "supported")
    assert np.mean(decided) >= 0.9


def test_a_share_is_planned_for_by_its_binomial_power() -> None:
    plan = judge_most([True] * 7 + [False] * 2, 5).num_more
    assert plan is not None
    assert judge_most([False] * 7 + [True] * 2, 5).num_more == plan

    def chance(more: int) -> float:
        weights = scipy.stats.binom.pmf(range(more + 1), more, 7 / 9)
        seeds = ([True] * (7 + hits) + [False] * (2 + more - hits) for hits in range(more + 1))
        return sum(weight for weight, one in zip(weights, seeds, strict=True) if is_supported(one))

    assert chance(plan.number) >= 0.9
    assert all(chance(more) < 0.9 for more in range(1, plan.number))


def is_supported(seeds: list[bool]) -> bool:
    share = wilson_interval(sum(seeds), len(seeds))
    exact = scipy.stats.binomtest(sum(seeds), len(seeds), alternative="greater").pvalue
    return share is not None and share.low is not None and share.low > 0.5 and exact <= 0.05


@pytest.mark.parametrize(("hits", "n"), [(4, 4), (3, 5), (4, 5), (5, 10)])
def test_a_share_that_may_be_one_half_has_no_plan(hits: int, n: int) -> None:
    assert judge_most([True] * hits + [False] * (n - hits), 5).num_more is None


def test_a_plan_is_a_number_with_its_range() -> None:
    assert More(12, 4, 160) == More(number=12, low=4, high=160)
