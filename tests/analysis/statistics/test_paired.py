"""Pairs of one seed: known answers, the smallest n, coverage and false alarms by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.statistics import paired
from bench.analysis.statistics.interval import Interval, mean_interval
from tests.draws import draws
from tools.interval_coverage import METHODS, PAIRED, coverage

POSITIVE = st.lists(st.floats(0.01, 100), min_size=2, max_size=9)


def test_a_ratio_is_that_of_the_geometric_means() -> None:
    ratio = paired.paired_ratio([2.0, 8.0, 4.0], [1.0, 2.0, 1.0])
    assert ratio is not None
    assert ratio.value == pytest.approx(32 ** (1 / 3))  # ∛(2 · 4 · 4)
    # ln 2 · (1, 2, 2): mean 5/3, standard error 1/3, t(2) = 4.302653
    assert ratio.low == pytest.approx(2 ** (5 / 3 - 4.302653 / 3), rel=1e-6)
    assert ratio.high == pytest.approx(2 ** (5 / 3 + 4.302653 / 3), rel=1e-6)
    assert (ratio.n, ratio.kind) == (3, "t")


@given(POSITIVE)
def test_turning_the_sides_round_inverts_the_ratio(a: list[float]) -> None:
    b = list(reversed(a))
    ratio, inverse = paired.paired_ratio(a, b), paired.paired_ratio(b, a)
    assert ratio is not None
    assert inverse is not None
    assert ratio.value * inverse.value == pytest.approx(1)
    if ratio.low is not None and inverse.high is not None:
        assert math.log(ratio.low) == pytest.approx(-math.log(inverse.high), abs=1e-9)


def test_a_ratio_refuses_a_zero_and_uneven_sides() -> None:
    with pytest.raises(ValueError, match=r"above 0, received 0\.0"):
        paired.paired_ratio([0.0, 1.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="received 2 and 1"):
        paired.paired_difference([1.0, 2.0], [1.0])


@pytest.mark.parametrize("n", [1, 2, 3, 6, 8, 10])
def test_a_sign_flip_test_never_comes_below_its_smallest_p_value(n: int) -> None:
    assert paired.sign_flip_p([1.0] * n) == pytest.approx(2 / 2**n)


def test_a_sign_flip_p_value_is_counted_by_hand() -> None:
    # −1 + 2 + 3 = 4; of the 8 sums ±1 ± 2 ± 3, four are as far from 0 or farther: ±6 and ±4.
    assert paired.sign_flip_p([-1.0, 2.0, 3.0]) == 0.5


def test_counting_all_sign_patterns_agrees_with_scipy() -> None:
    values = np.random.default_rng(5).normal(loc=0.5, size=9)
    peer = scipy.stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=2**9, vectorized=True
    )
    assert paired.sign_flip_p(values) == pytest.approx(peer.pvalue)


def test_many_pairs_are_drawn_and_never_give_a_p_value_of_zero() -> None:
    assert paired.sign_flip_p([1.0] * 40) == 1 / (2**16 + 1)
    # 17 pairs: the sum of signs is 7 or more in absolute value with probability 0.1435 (binomial, 12 or more of 17).
    assert paired.sign_flip_p([1.0] * 12 + [-1.0] * 5) == pytest.approx(0.1435, abs=0.005)


def test_five_percent_need_six_pairs() -> None:
    assert paired.smallest_n_for_sign_flip(0.05) == 6
    assert paired.smallest_n_for_sign_flip(0.01) == 8


@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_pairs_have_students_interval_which_covers_19_of_20(n: int) -> None:
    experiments = np.random.default_rng(n).normal(loc=1.8, size=(4_000, n))
    intervals = [mean_interval(values) for values in experiments]
    assert {interval.kind for interval in intervals} == {"t"}
    assert 0.94 <= np.mean([not interval.excludes(1.8) for interval in intervals]) <= 0.96


@pytest.mark.parametrize("name", PAIRED)
@pytest.mark.parametrize(("n", "num_simulations"), [(5, 8_000), (8, 4_000), (10, 3_000), (20, 2_000)])
def test_19_of_20_intervals_cover_whatever_the_tails_and_clusters_of_pairs(
    name: str, n: int, num_simulations: int
) -> None:
    assert 0.93 <= coverage(mean_interval, PAIRED[name], n, draws(num_simulations)) <= 0.97


def test_students_interval_and_a_bootstrap_miss_that_band_for_clusters() -> None:
    """Why pairs have neither: one is too wide, the other far too narrow."""
    draw = PAIRED["two clusters, 10/90"]
    assert coverage(METHODS["t"], draw, 10, 2_000) > 0.97
    assert coverage(METHODS["BCa"], draw, 10, 300) < 0.91


@pytest.mark.parametrize("n", [6, 8, 11])
def test_the_interval_leaves_0_out_where_the_sign_flip_test_rejects_it(n: int) -> None:
    experiments = np.random.default_rng(n).normal(loc=0.7, size=(300, n))
    decided = [mean_interval(values).excludes(0.0) for values in experiments]
    assert decided == [(paired.sign_flip_p(values) or 1.0) <= 0.05 for values in experiments]
    assert 20 < sum(decided) < 300


def test_five_pairs_have_their_smallest_and_largest() -> None:
    interval = paired.paired_difference([3.0, 1.0, 5.0, 2.0, 4.0], [3.0, 0.0, 0.0, 0.0, 0.0])
    assert interval == Interval(pytest.approx(2.4), 0.0, 5.0, 5, "sign-flip")
    assert not interval.excludes(0.0)  # a bound of 0 is 0, and no trace of rounding


def test_eight_pairs_have_the_sixth_smallest_mean_of_some_of_them() -> None:
    # Of 256 parts 6 are left out on each side. The smallest means of some of 1, 2, 4 … 128: 1, 1.5, 2, 7/3, 2.5, 3 …
    interval = mean_interval([2.0**power for power in range(8)])
    assert interval.low == pytest.approx(3.0)  # (2 + 4) / 2
    # The largest: 128, 96, 80, 74.67 (128 + 64 + 32), 72 (128 + 16), 69.33 (128 + 64 + 16) …
    assert interval.high == pytest.approx((128 + 64 + 16) / 3)


def test_a_t_tests_p_value_is_scipys_and_equal_pairs_have_none() -> None:
    values = [0.3, -0.1, 0.5, 0.2]
    assert paired.t_test_p(values) == pytest.approx(scipy.stats.ttest_1samp(values, 0.0).pvalue)
    assert paired.t_test_p([0.2, 0.2]) is None
    assert paired.t_test_p([0.2]) is None


@pytest.mark.parametrize("n", [3, 6, 8])
def test_the_sign_flip_test_keeps_its_false_alarms(n: int) -> None:
    experiments = np.random.default_rng(n).normal(size=(2_000, n))
    alarms = np.mean([(paired.sign_flip_p(values) or 1.0) <= 0.05 for values in experiments])
    assert alarms == 0 if n < 6 else 0.02 <= alarms <= 0.06


def test_a_one_sided_sign_flip_test_counts_the_patterns_that_are_as_large() -> None:
    assert paired.sign_flip_p([1.0, 2.0, 3.0], "greater") == pytest.approx(1 / 8)
    assert paired.sign_flip_p([1.0, 2.0, -3.0], "greater") == pytest.approx(5 / 8)  # 6, 4, 2, 0 and 0 of the eight sums
    assert paired.sign_flip_p([-1.0, -2.0, -3.0], "greater") == 1.0
    assert paired.smallest_n_for_sign_flip(0.05, num_sides=1) == 5


@pytest.mark.parametrize(("n", "error"), [(1, 0.0), (3, 0.05), (5, 2 / 32), (6, 2 / 64), (8, 12 / 256), (40, 0.05)])
def test_the_error_of_an_interval_is_counted(n: int, error: float) -> None:
    assert paired.two_sided_error(n) == pytest.approx(error)
