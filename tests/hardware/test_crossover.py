from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.hardware.crossover import Crossing, find_crossings

curves = st.dictionaries(st.sampled_from([32, 64, 128, 256, 512, 1024]), st.floats(1e-3, 1e3), min_size=2)


def test_a_gpu_that_is_half_as_fast_at_32_and_twice_at_128_passes_at_64():
    (crossing,) = find_crossings({32: 1000 / 500, 128: 1000 / 2000})
    assert crossing.x == pytest.approx(64.0)
    assert (crossing.before, crossing.after, crossing.a_leads_before) == (32, 128, True)


def test_a_place_where_both_are_equal_between_two_leads_is_the_crossing():
    assert find_crossings({32: 2.0, 64: 1.0, 128: 0.5}) == (Crossing(64.0, 32, 128, True),)


def test_curves_that_only_touch_do_not_cross():
    assert find_crossings({32: 2.0, 64: 1.0, 128: 2.0}) == ()


def test_curves_may_cross_twice():
    crossings = find_crossings({32: 2.0, 128: 0.5, 512: 2.0})
    assert [(round(crossing.x), crossing.a_leads_before) for crossing in crossings] == [(64, True), (256, False)]


@given(curves)
def test_a_crossing_lies_between_its_places_and_is_the_same_from_either_side(ratios):
    there, back = find_crossings(ratios), find_crossings({size: 1 / ratio for size, ratio in ratios.items()})
    assert [crossing.x for crossing in there] == pytest.approx([crossing.x for crossing in back])
    assert all(crossing.before <= crossing.x <= crossing.after for crossing in there)
