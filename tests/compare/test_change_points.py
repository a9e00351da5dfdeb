"""Change points: known series, and false alarms and power by simulation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.compare.change_points import MIN_LEVEL, find_change_points, min_values
from tests.draws import draws

ALPHA = 0.05


def places(values, alpha=ALPHA):
    return [point.index for point in find_change_points(values, alpha)]


def test_the_first_value_of_a_new_level_is_named_with_the_share_of_permutations_that_cut_as_well():
    (point,) = find_change_points([1, 1, 1, 1, 2, 2, 2, 2], ALPHA)
    assert point.index == 4
    # Of the 70 ways to share eight values out over two sides of four, the two that keep the sides together.
    assert point.p_value == pytest.approx(2 / 70, abs=0.01)


def test_a_level_that_comes_and_goes_is_found_at_both_its_ends():
    noise = np.random.default_rng(5).normal(0, 0.3, 40)
    assert places([*noise[:15], *(noise[15:25] + 3), *noise[25:]]) == [15, 25]


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 5.0, 5.0], [3.0] * 20, [1.0] * 9 + [9.0]])
def test_too_few_equal_and_outlying_values_are_no_change(values):
    assert places(values) == []


@pytest.mark.parametrize(("alpha", "fewest"), [(0.05, 8), (0.025, 9), (0.005, 11)])
def test_the_fewest_values_that_can_show_a_change_are_told(alpha, fewest):
    assert min_values(alpha) == fewest
    for n, expected in ((fewest - 1, []), (fewest + 2, [fewest // 2 + 1])):
        clear = [place / 1000 + 9.0 * (place >= n // 2) for place in range(n)]
        assert places(clear, alpha) == expected


def test_one_in_twenty_series_without_a_change_shows_one_whatever_the_noise():
    generator = np.random.default_rng(11)
    series = generator.lognormal(0, 0.3, (draws(300), 10))
    false_alarms = sum(bool(places(values)) for values in series)
    assert false_alarms / len(series) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(series))


def test_a_change_of_three_standard_deviations_is_seen_in_twenty_runs():
    generator = np.random.default_rng(12)
    series = generator.normal(0, 1, (draws(40), 20)) + np.repeat([0.0, 3.0], 10)
    assert sum(bool(places(values)) for values in series) >= 0.95 * len(series)


@settings(max_examples=25)
@given(st.lists(st.floats(-1e6, 1e6), max_size=14))
def test_levels_are_never_shorter_than_two_and_the_same_series_gives_the_same_answer(values):
    found = places(values)
    edges = [0, *found, len(values)]
    assert all(later - earlier >= MIN_LEVEL for earlier, later in pairwise(edges) if found)
    assert places(values) == found
