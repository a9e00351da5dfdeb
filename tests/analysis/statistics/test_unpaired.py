"""Two sides: known answers, the smallest n, coverage and false alarms by simulation."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.statistics import paired
from bench.analysis.statistics import unpaired as pairs
from bench.analysis.statistics.interval import Interval
from tests.draws import draws

POSITIVE = st.lists(st.floats(0.01, 100), min_size=2, max_size=9)


def test_turning_a_difference_round_turns_its_bounds() -> None:
    assert pairs.negated(Interval(-1.0, -3.0, 2.0, 5, "t")) == Interval(1.0, -2.0, 3.0, 5, "t")
    assert pairs.negated(Interval(0.5, None, None, 1, "none")) == Interval(-0.5, None, None, 1, "none")


def test_no_pair_gives_nothing_and_one_pair_no_bounds() -> None:
    assert paired.paired_ratio([], []) is None
    assert paired.paired_difference([], []) is None
    assert paired.paired_difference([0.75], [0.5]) == Interval(0.25, None, None, 1, "none")
    assert pairs.unpaired_ratio([], [1.0]) is None
    assert pairs.unpaired_ratio([2.0], [1.0, 1.0]) == Interval(2.0, None, None, 1, "none")
    assert pairs.superiority([], [1.0]) is None
    assert pairs.superiority([2.0], [1.0, 1.5]) == Interval(1.0, None, None, 1, "none")
    assert paired.sign_flip_p([]) is None
    assert pairs.mann_whitney_p([1.0], [2.0, 3.0]) is None


def test_superiority_counts_pairs_of_values_and_halves_ties() -> None:
    interval = pairs.superiority([1.0, 2.0, 3.0], [2.0, 2.0, 0.0])
    assert interval is not None
    assert interval.value == pytest.approx((1 + 2 + 3) / 9)


@given(POSITIVE, POSITIVE)
def test_superiority_of_the_other_side_is_the_rest(a: list[float], b: list[float]) -> None:
    one, other = pairs.superiority(a, b), pairs.superiority(b, a)
    assert one is not None
    assert other is not None
    assert one.low is not None
    assert one.high is not None
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.value + other.value == pytest.approx(1)
    assert other.high == pytest.approx(1 - one.low)


def test_three_against_three_never_reach_five_percent_even_with_ties() -> None:
    assert pairs.mann_whitney_p([1.0, 1.0, 1.0], [2.0, 2.0, 2.0]) == pytest.approx(0.1)  # 2 of 20 orders
    assert pairs.mann_whitney_p([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]) == pytest.approx(0.1)


def test_mann_and_whitneys_p_value_is_counted_by_hand_with_ties() -> None:
    # Ranks 1, 2.5, 2.5 and 4: of the six pairs of ranks, 2.5 + 4 twice and no other sum to 6.5 or more.
    assert pairs.mann_whitney_p([2.0, 3.0], [1.0, 2.0], "greater") == pytest.approx(2 / 6)
    assert pairs.mann_whitney_p([1.0, 2.0], [2.0, 3.0], "greater") == 1.0
    assert pairs.mann_whitney_p([2.0, 3.0], [1.0, 2.0]) == pytest.approx(4 / 6)
    assert pairs.mann_whitney_p([1.0] * 5, [1.0] * 5) == 1.0


def test_mann_and_whitneys_p_value_has_the_resolution_of_all_orders() -> None:
    """27 choose 9 is 4,686,825: far more orders than anyone draws."""
    base, head = [float(value) for value in range(9)], [float(value) for value in range(100, 118)]
    assert pairs.mann_whitney_p(head, base, "greater") == pytest.approx(1 / math.comb(27, 9), rel=1e-9)
    assert pairs.mann_whitney_p(base, head, "greater") == 1.0
    assert pairs.mann_whitney_p(base, head) == pytest.approx(2 / math.comb(27, 9), rel=1e-9)


@given(st.data(), st.sampled_from(["two-sided", "greater"]))
def test_mann_and_whitneys_p_value_agrees_with_scipy(
    data: st.DataObject, alternative: Literal["two-sided", "greater"]
) -> None:
    values = data.draw(st.lists(st.integers(0, 99), min_size=4, max_size=20, unique=True))
    cut = data.draw(st.integers(2, len(values) - 2))
    a, b = [float(value) for value in values[:cut]], [float(value) for value in values[cut:]]
    peer = scipy.stats.mannwhitneyu(a, b, alternative=alternative, method="exact").pvalue
    assert pairs.mann_whitney_p(a, b, alternative) == pytest.approx(peer)


def test_mann_and_whitneys_approximation_takes_over_where_it_is_good() -> None:
    a, b = np.random.default_rng(8).normal(size=(2, 51)).round(1)
    approximate, exact = pairs.mann_whitney_p(a, b), pairs.mann_whitney_p(a[1:], b[1:])
    assert approximate == scipy.stats.mannwhitneyu(a, b, method="asymptotic").pvalue
    assert exact == pytest.approx(scipy.stats.mannwhitneyu(a[1:], b[1:], method="asymptotic").pvalue, rel=0.02)


def test_the_same_values_give_the_same_figures_to_the_last_digit() -> None:
    generator = np.random.default_rng(4)
    a, b = generator.lognormal(size=20), generator.lognormal(size=20)
    for figure in (paired.paired_ratio, pairs.unpaired_ratio, pairs.superiority, pairs.mann_whitney_p):
        assert figure(a, b) == figure(a, b)
    assert paired.sign_flip_p(a - b) == paired.sign_flip_p(a - b)


@pytest.mark.parametrize("n", [3, 8, 10])
def test_an_unpaired_ratio_is_covered_by_19_of_20_intervals(n: int) -> None:
    sides = np.exp(np.random.default_rng(n).normal(scale=0.1, size=(draws(4_000), 2, n)))
    ratios = [pairs.unpaired_ratio(a, b) for a, b in sides]
    covered = np.mean([ratio is not None and not ratio.excludes(1.0) for ratio in ratios])
    assert 0.93 <= covered <= (0.97 if n >= 8 else 0.985)  # Welch's degrees of freedom are cautious at n = 3


@pytest.mark.parametrize("n", [4, 8])
def test_superiority_is_covered_by_19_of_20_intervals(n: int) -> None:
    experiments = np.random.default_rng(n).normal(size=(2_000, 2, n))
    intervals = [pairs.superiority(a, b) for a, b in experiments]
    assert 0.93 <= np.mean([interval is not None and not interval.excludes(0.5) for interval in intervals]) <= 0.97


def test_mann_and_whitneys_test_keeps_its_false_alarms() -> None:
    experiments = np.random.default_rng(4).normal(size=(150, 2, 5))
    p_values = [pairs.mann_whitney_p(a, b) for a, b in experiments]
    assert np.mean([p is not None and p <= 0.05 for p in p_values]) <= 0.08


rates = st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=7)


def test_two_values_a_side_have_the_ratio_of_geometric_means_and_the_outermost_ratios():
    ratio = pairs.summarize_ratio([200.0, 800.0], [100.0, 100.0])
    assert ratio.value == pytest.approx(4.0)
    assert (ratio.low, ratio.high, ratio.n, ratio.kind) == (2.0, 8.0, 2, "range")


def test_one_value_a_side_has_no_bounds():
    ratio = pairs.summarize_ratio([300.0], [100.0])
    assert ratio.value == pytest.approx(3.0)
    assert (ratio.low, ratio.high, ratio.kind) == (None, None, "none")


def test_from_eight_values_a_side_up_the_bounds_are_welchs():
    a = [math.exp(x) for x in (1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.05, 0.95)]
    b = [math.exp(x) for x in (0.1, -0.3, 0.2, -0.1, 0.3, -0.2, 0.0, 0.0)]
    ratio = pairs.summarize_ratio(a, b)
    # Worked by hand: means 1 and 0, variances .115/7 and .28/7, so s = √(.395/56) = .08398, 11.9 degrees of freedom.
    assert ratio.value == pytest.approx(math.e)
    assert math.log(ratio.high) - 1 == pytest.approx(0.08398 * 2.18, rel=1e-2)
    assert 1 - math.log(ratio.low) == pytest.approx(math.log(ratio.high) - 1)
    assert ratio.kind == "t"


def test_equal_values_say_nothing_of_the_spread():
    assert pairs.summarize_ratio([2.0] * 8, [1.0] * 8).kind == "none"


@pytest.mark.parametrize(("a", "b"), [([], [1.0]), ([1.0], [])])
def test_an_empty_side_has_no_ratio(a, b):
    assert pairs.summarize_ratio(a, b) is None


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        pairs.summarize_ratio([0.0], [1.0])


@given(rates, rates)
def test_the_inverse_question_has_the_inverse_answer(a, b):
    there, back = pairs.summarize_ratio(a, b), pairs.summarize_ratio(b, a)
    assert there.value * back.value == pytest.approx(1.0)
    if there.low is not None:
        assert there.low * back.high == pytest.approx(1.0)
        assert there.low <= there.value * (1 + 1e-9)


def test_welchs_interval_covers_the_true_ratio_in_about_95_of_100_experiments():
    generator = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        a, b = np.exp(generator.normal(0.7, 0.1, 8)), np.exp(generator.normal(0.0, 0.3, 10))
        covered += not pairs.summarize_ratio(a, b).excludes(math.exp(0.7))
    assert 0.92 <= covered / 400 <= 0.98
