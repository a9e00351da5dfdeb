"""Intervals: known answers, the smallest n, and coverage by simulation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.statistics import interval as stats
from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.paired import paired_ratio

NUM_SIMULATIONS = 500
Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]


def test_wilsons_interval_has_the_values_of_his_formula() -> None:
    # 8 of 10 by hand: centre (0.8 + z²/20) / (1 + z²/10), half-width z / (1 + z²/10) · √(0.016 + z²/400), z = 1.95996.
    interval = stats.wilson_interval(8, 10)
    assert interval is not None
    assert (interval.value, interval.n, interval.kind) == (0.8, 10, "wilson")
    assert interval.low == pytest.approx(0.4901625, abs=1e-6)
    assert interval.high == pytest.approx(0.9433178, abs=1e-6)


def test_three_of_three_hits_are_no_certainty() -> None:
    interval = stats.wilson_interval(3, 3)
    assert interval is not None
    assert interval.low == pytest.approx(0.4385, abs=1e-4)
    assert stats.wilson_interval(0, 0) is None


@given(st.integers(1, 60), st.data())
def test_wilsons_interval_holds_the_share_and_stays_between_0_and_1(n: int, data: st.DataObject) -> None:
    interval = stats.wilson_interval(data.draw(st.integers(0, n)), n)
    assert interval is not None
    assert interval.low is not None
    assert interval.high is not None
    assert 0 <= interval.low <= interval.value + 1e-12
    assert interval.value - 1e-12 <= interval.high <= 1


@pytest.mark.parametrize(
    ("times", "reached", "median"),
    [
        ([1, 2, 3], [True, True, True], 2),
        ([3, 1, 2], [True, True, True], 2),
        ([1, 5], [True, True], 3),  # the mean of the middle two, as of any even number of values
        ([4, 1, 2, 9], [True, True, True, True], 3),
        ([1, 2, 3, 3], [True, True, False, False], None),  # one half after 2, and nobody knows where the third falls
        ([1, 2, 2, 4, 5, 9], [True, False, True, True, True, True], 4),  # 5/6, 4/6 (1 censored), 4/9, 2/9 …
        ([1, 2, 3, 4, 5], [True, False, True, True, False], 4),  # 4/5, 8/15, 4/15
        ([1, 2, 3, 7, 8, 9], [True, True, True, False, True, True], 5.5),  # 3/6 from 3 on, 1/4 at 8
        ([1, 3, 3], [True, False, False], None),  # two of three never seen to reach: beyond the budget
        ([1, 2, 2, 4], [True, False, False, True], 4),  # 1 · 3/4 after 1, two censored at 2, then 3/4 · 0
        ([3, 3], [False, False], None),
        ([5], [True], 5),
        ([], [], None),
    ],
)
def test_the_median_is_kaplan_and_meiers(times: list[float], reached: list[bool], median: float | None) -> None:
    assert stats.kaplan_meier_median(times, reached) == median


def test_one_value_has_no_bounds_and_none_has_no_mean() -> None:
    assert stats.summarize_values([]) is None
    assert stats.summarize_values([3.0]) == Interval(3.0, None, None, 1, "none")
    assert stats.mean_interval([3.0]) == Interval(3.0, None, None, 1, "none")
    with pytest.raises(ValueError, match="at least one value, received none"):
        stats.mean_interval([])


def test_fewer_than_eight_values_get_their_range_and_eight_an_interval() -> None:
    seven = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert stats.summarize_values(seven) == Interval(4.0, 1.0, 7.0, 7, "range")
    eight = stats.summarize_values([*seven, 8.0])
    assert eight is not None
    assert eight.kind == "sign-flip"
    # Of 256 parts 6 are left out on each side: the smallest means of some are 1, 1.5, 2 ({1, 3}, {1, 2, 3} and {2}) …
    means = sorted(sum(some) / len(some) for size in range(1, 9) for some in itertools.combinations(range(1, 9), size))
    assert (eight.low, eight.high) == (pytest.approx(means[5]), pytest.approx(means[-6]))


def test_twenty_values_have_drawn_signs_and_are_always_alike() -> None:
    values = np.random.default_rng(1).normal(size=20)
    assert stats.mean_interval(values) == stats.mean_interval(values)


@pytest.mark.parametrize("n", [2, 9, 10, 20])
def test_equal_values_say_nothing_of_the_spread(n: int) -> None:
    assert stats.mean_interval([0.98] * n) == Interval(pytest.approx(0.98), None, None, n, "none")


def test_values_that_differ_by_rounding_are_equal() -> None:
    assert stats.are_equal([0.98 - 0.97, 0.97 - 0.96, 0.96 - 0.95])
    assert not stats.are_equal([0.01, 0.0101])
    assert not stats.are_equal([])


def test_an_interval_excludes_what_lies_outside_and_without_bounds_nothing() -> None:
    assert Interval(2.0, 1.5, 2.5, 5, "t").excludes(1.0)
    assert not Interval(2.0, 1.0, 2.5, 5, "t").excludes(1.0)
    assert not Interval(2.0, None, None, 1, "none").excludes(1.0)


def test_the_interquartile_mean_is_of_the_middle_half() -> None:
    assert stats.interquartile_mean(np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 700.0])) == 3.5


@pytest.fixture
def fewer_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many simulations of a few resamples tell the coverage sooner than a few of many."""
    monkeypatch.setattr(stats, "NUM_RESAMPLES", 999)


@pytest.mark.usefixtures("fewer_resamples")
@pytest.mark.parametrize("n", [2, 3, 8, 10, 20])
def test_the_mean_is_covered_by_19_of_20_intervals(n: int) -> None:
    draws = np.random.default_rng(n).normal(loc=5.0, size=(NUM_SIMULATIONS if n >= 10 else 2_000, n))
    covered = np.mean([not stats.mean_interval(values).excludes(5.0) for values in draws])
    assert 0.93 <= covered <= 0.97


def test_a_skewed_mean_is_covered_by_nine_of_ten_intervals_at_the_least() -> None:
    draws = np.random.default_rng(9).lognormal(sigma=0.5, size=(2_000, 9))
    covered = np.mean([not stats.mean_interval(values).excludes(math.exp(0.125)) for values in draws])
    assert 0.9 <= covered <= 0.97


def draw_accuracies(generator: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Return accuracies with their tail below, as of a seed that fails now and then."""
    return generator.beta(20, 1.2, size=size)


@pytest.mark.usefixtures("fewer_resamples")
@pytest.mark.parametrize("n", [8, 12])
@pytest.mark.parametrize("draw", [lambda generator, size: generator.normal(0.97, 0.004, size), draw_accuracies])
def test_the_interquartile_mean_is_covered_by_19_of_20_bands(n: int, draw: Draw) -> None:
    population = np.sort(draw(np.random.default_rng(1), (1, 400_000))[0])
    true = population[100_000:300_000].mean()
    draws = draw(np.random.default_rng(n), (3 * NUM_SIMULATIONS, n))
    bands = [stats.interquartile_interval(values) for values in draws]
    assert 0.93 <= np.mean([not band.excludes(true) for band in bands]) <= 0.97


def test_a_levels_widening_is_that_of_the_formula() -> None:
    # 1 − 2·Φ(−√(8/7) · 1.959964)
    assert stats.expanded_confidence(8) == pytest.approx(0.963855, abs=1e-5)


@pytest.mark.parametrize("n", [3, 8, 12, 40])
def test_over_all_shares_19_of_20_of_wilsons_intervals_cover(n: int) -> None:
    """Counts are whole, so the coverage of one share swings with it; the mean over all shares is what 95 % means."""
    shares = np.linspace(0, 1, 2_001)
    intervals = [stats.wilson_interval(hits, n) for hits in range(n + 1)]
    misses = np.array([[interval.excludes(share) for interval in intervals] for share in shares])
    likely = scipy.stats.binom.pmf(np.arange(n + 1), n, shares[:, np.newaxis])
    assert 0.93 <= 1 - (misses * likely).sum(axis=1).mean() <= 0.97


@pytest.mark.parametrize("n", [1, 2, 3, 8, 15])
def test_censoring_at_a_budget_hides_a_median_beyond_it_and_moves_none_within(n: int) -> None:
    """The median of the uncensored times, were they known, is what the estimate must find or call "> budget"."""
    for times in np.random.default_rng(n).exponential(size=(200, n)):
        upper_middle = np.sort(times)[n // 2]
        found = stats.kaplan_meier_median(np.minimum(times, 1.0), list(times <= 1.0))
        assert found == (pytest.approx(np.median(times)) if upper_middle <= 1.0 else None)


def test_rates_are_averaged_so_that_a_ratio_of_means_is_the_mean_of_the_ratios() -> None:
    a, b = [100.0, 400.0], [50.0, 800.0]
    assert stats.summarize_rates(a) == Interval(pytest.approx(200.0), 100.0, 400.0, 2, "range")
    assert stats.summarize_rates(a).value / stats.summarize_rates(b).value == pytest.approx(paired_ratio(a, b).value)


def test_eight_rates_have_an_interval_around_their_geometric_mean() -> None:
    rates = [2.0**power for power in range(8)]
    interval = stats.summarize_rates(rates)
    assert (interval.kind, interval.n) == ("sign-flip", 8)
    assert interval.value == pytest.approx(2.0**3.5)
    assert interval.low * interval.high == pytest.approx(interval.value**2)


def test_no_rate_has_no_mean() -> None:
    assert stats.summarize_rates([]) is None


def test_the_next_value_is_predicted_by_the_formula() -> None:
    # Mean 3, deviation √2.5, t(4) = 2.776445: 2.776445 · √2.5 · √(6 / 5) = 4.80895
    interval = stats.prediction_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert interval == Interval(
        3.0, pytest.approx(3 - 4.80895, abs=1e-4), pytest.approx(3 + 4.80895, abs=1e-4), 5, "prediction"
    )
    assert stats.prediction_interval([1.0]) is None
    assert stats.prediction_interval([0.5, 0.5, 0.5]) is None


@pytest.mark.parametrize("n", [2, 5, 8, 20])
def test_the_next_value_lies_within_19_of_20_predictions(n: int) -> None:
    draws = np.random.default_rng(n).normal(0.97, 0.004, size=(4_000, n + 1))
    intervals = [stats.prediction_interval(values[:-1]) for values in draws]
    covered = [
        interval is not None and not interval.excludes(values[-1])
        for interval, values in zip(intervals, draws, strict=True)
    ]
    assert 0.94 <= np.mean(covered) <= 0.96
