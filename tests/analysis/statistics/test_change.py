"""How B stands to A: known answers, the smallest evidence, and how often chance looks like a change."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.statistics.change import MIN_FOR_A_PAIRED_RANGE, MIN_FOR_A_RANGE, judge_difference, judge_ratio

A = [100.0, 102.0, 104.0]
T_4 = 2.7764451  # Student's t at 0.975 with 4 degrees of freedom, from a printed table


def test_a_doubled_rate_is_up_with_welchs_interval():
    change = judge_ratio(A, [2 * value for value in A], 0.05)
    half = T_4 * np.std(np.log(A), ddof=1) * math.sqrt(2 / 3)
    assert change.effect.value == pytest.approx(2.0)
    assert (change.effect.low, change.effect.high) == pytest.approx((2 * math.exp(-half), 2 * math.exp(half)))
    assert (change.effect.kind, change.effect.n) == ("t", 3)
    assert (change.direction, change.num_more) == ("up", None)
    assert change.p_value == pytest.approx(0.1)  # 2 of the 20 ways to split six values are as far apart


def test_a_halved_rate_is_down_and_the_mirror_of_a_doubled_one():
    up, down = judge_ratio(A, [2 * value for value in A], 0.05), judge_ratio([2 * value for value in A], A, 0.05)
    assert down.direction == "down"
    assert (down.effect.low, down.effect.high) == pytest.approx((1 / up.effect.high, 1 / up.effect.low))


def test_a_change_is_judged_by_its_interval_and_not_by_its_figure():
    assert judge_ratio([100.0, 100.1, 99.9], [101.0, 101.1, 100.9], 0.05).direction == "equivalent"
    assert judge_ratio([100.0, 100.1, 99.9], [101.0, 101.1, 100.9], 0.001).direction == "up"
    assert judge_ratio([80.0, 100.0, 120.0], [90.0, 110.0, 130.0], 0.05).direction == "inconclusive"


def test_one_trial_a_side_needs_two_and_is_never_equivalent():
    for change in (judge_ratio([100.0], [100.0], 0.05), judge_difference([0.98], [0.98], 0.005)):
        assert (change.direction, change.needs, change.num_more) == ("inconclusive", 2, None)
        assert change.effect.low is None


def test_no_trial_on_a_side_is_no_change():
    assert judge_ratio([], A, 0.05) is None
    assert judge_difference([], [], 0.005) is None


def test_equal_values_decide_only_where_their_range_must_hold_the_median():
    few, enough = MIN_FOR_A_RANGE - 1, MIN_FOR_A_RANGE
    assert (few, MIN_FOR_A_PAIRED_RANGE) == (6, 6)
    change = judge_ratio([5.0] * few, [5.0] * few, 0.05)
    assert (change.direction, change.needs, change.num_more) == ("inconclusive", 7, None)
    assert judge_ratio([5.0] * enough, [5.0] * enough, 0.05).direction == "equivalent"
    assert judge_ratio([5.0] * enough, [6.0] * enough, 0.05).direction == "up"
    assert judge_difference([0.9] * 5, [0.9] * 5, 0.005).direction == "inconclusive"
    assert judge_difference([0.9] * 6, [0.9] * 6, 0.005).direction == "equivalent"


def test_accuracies_are_compared_seed_by_seed():
    change = judge_difference([0.90, 0.95, 0.99], [0.921, 0.970, 1.009], 0.005)
    assert change.effect.value == pytest.approx(0.02)
    assert change.direction == "up"  # the seeds differ by nine points and each gained two
    assert change.p_value == pytest.approx(0.25)


def test_as_many_more_trials_as_it_says_decide():
    a, b = [96.0, 100.0, 102.0, 104.0, 99.0], [104.0, 108.5, 111.0, 113.0, 107.0]
    change = judge_ratio(a, b, 0.04)
    assert change.direction == "inconclusive"
    times = 1 + math.ceil(change.num_more.number / len(a))
    assert judge_ratio(a * times, b * times, 0.04).direction == "up"


def test_chance_alone_rarely_looks_like_a_change():
    rng = np.random.default_rng(5)
    sides = rng.lognormal(4, 0.03, (200, 2, 4))
    changed = sum(judge_ratio(a, b, 0.001).direction in ("up", "down") for a, b in sides)
    assert changed <= 19  # 200 × 0.05, and the 99.7 % point of that binomial


@given(
    st.lists(st.floats(1.0, 1e6), min_size=1, max_size=4),
    st.lists(st.floats(1.0, 1e6), min_size=1, max_size=4),
    st.floats(0.001, 0.9),
)
def test_any_two_sides_have_one_verdict_with_what_it_still_needs(a, b, delta):
    change = judge_ratio(a, b, delta)
    assert change.num_more is None  # of fewer than five values nobody can say
    if min(len(a), len(b)) < 2:
        assert change.direction == "inconclusive"
