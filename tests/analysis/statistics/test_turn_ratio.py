"""One pair's number against hand-worked turns, and what must hold for any turns."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bench.analysis.statistics.turn_ratio import TurnSeries, pair_turns, ratio_in_turns

SECONDS = st.floats(1e-3, 1e3)


def sides(costs_a, costs_b, examples=64):
    """Two workers in strict alternation, a first; a cost is a turn's seconds."""
    n = len(costs_a)
    return (
        TurnSeries([2 * place for place in range(n)], costs_a, [examples] * n),
        TurnSeries([2 * place + 1 for place in range(n)], costs_b, [examples] * n),
    )


both = st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=60).map(lambda rows: tuple(zip(*rows, strict=True)))


def test_turns_that_follow_each_other_are_paired_and_each_is_used_once():
    assert pair_turns([3, 5, 7], [4, 6, 8]) == [(0, 0), (1, 1), (2, 2)]
    assert pair_turns([4, 6], [3, 5]) == [(0, 0), (1, 1)]


def test_a_turn_beside_a_validation_is_left_out_or_paired_with_the_other_neighbour():
    """Turn 5 of a is a validation, so that 6 of b, which followed it, is compared with 7 of a, which followed 6."""
    assert pair_turns([3, 7], [4, 6]) == [(0, 0), (1, 1)]
    assert pair_turns([3, 9], [4, 6]) == [(0, 0)]


def test_no_turns_that_follow_each_other_have_no_ratio():
    assert ratio_in_turns(TurnSeries([1], [0.1], [64]), TurnSeries([4], [0.1], [64])) is None
    assert ratio_in_turns(TurnSeries([], [], []), TurnSeries([], [], [])) is None


def test_a_turn_in_which_no_time_passed_is_in_no_ratio():
    ratio = ratio_in_turns(*sides([0.1, 0.0], [0.2, 0.1]))
    assert (ratio.num_turns, ratio.typical) == (1, pytest.approx(2.0))


def test_five_pairs_worked_by_hand():
    """Ratios 1, 1.1, 1.2, 1.3 and 9: the first and the last are trimmed; the sums are 5 and 13.6."""
    ratio = ratio_in_turns(*sides([1.0] * 5, [9.0, 1.1, 1.0, 1.3, 1.2]))
    assert ratio.typical == pytest.approx((1.1 * 1.2 * 1.3) ** (1 / 3))
    assert ratio.of_sums == pytest.approx(13.6 / 5)
    assert ratio.num_turns == 5


def test_turns_of_unlike_numbers_of_examples_are_compared_by_the_example():
    a, b = TurnSeries([1], [0.1], [100]), TurnSeries([2], [0.3], [150])
    assert ratio_in_turns(a, b).typical == pytest.approx(2.0)


@given(both)
def test_sides_that_change_places_give_the_inverse(costs):
    (a, b), there = sides(*costs), ratio_in_turns(*sides(*costs))
    back = ratio_in_turns(b, a)
    assert back.typical == pytest.approx(1 / there.typical)
    assert back.of_sums == pytest.approx(1 / there.of_sums)


@given(both, st.floats(0.5, 2.0))
def test_a_side_that_is_slower_throughout_is_so_in_both_numbers(costs, factor):
    before = ratio_in_turns(*sides(*costs))
    after = ratio_in_turns(*sides(costs[0], [factor * cost for cost in costs[1]]))
    assert after.typical == pytest.approx(factor * before.typical)
    assert after.of_sums == pytest.approx(factor * before.of_sums)


@given(both, st.data())
def test_what_slows_both_turns_of_a_pair_alike_does_not_move_the_typical_ratio(costs, data):
    n = len(costs[0])
    load = data.draw(st.lists(st.floats(1.0, 50.0), min_size=n, max_size=n))
    loaded = [[cost * by for cost, by in zip(side, load, strict=True)] for side in costs]
    assert ratio_in_turns(*sides(*loaded)).typical == pytest.approx(ratio_in_turns(*sides(*costs)).typical)


@given(both)
def test_both_numbers_lie_between_the_smallest_and_the_largest_ratio_of_a_turn(costs):
    ratios = [b / a for a, b in zip(*costs, strict=True)]
    found = ratio_in_turns(*sides(*costs))
    for value in (found.typical, found.of_sums):
        assert min(ratios) * (1 - 1e-9) <= value <= max(ratios) * (1 + 1e-9)


@given(both, st.floats(10.0, 1e6))
def test_what_slows_a_fifth_of_the_turns_or_fewer_leaves_the_typical_ratio_among_the_others(costs, by):
    n = len(costs[0])
    assume(n >= 5)
    slow = n // 5
    slowed = [cost * (by if place < slow else 1.0) for place, cost in enumerate(costs[1])]
    others = [b / a for a, b in zip(costs[0][slow:], costs[1][slow:], strict=True)]
    typical = ratio_in_turns(*sides(costs[0], slowed)).typical
    assert math.log(min(others)) - 1e-9 <= math.log(typical) <= math.log(max(others)) + 1e-9


def test_a_pause_in_one_turn_of_twenty_is_in_the_sums_alone():
    ratio = ratio_in_turns(*sides([0.1] * 20, [0.1] * 19 + [0.3]))
    assert ratio.typical == pytest.approx(1.0)
    assert ratio.of_sums == pytest.approx(1.1)


def test_of_more_than_two_workers_a_turn_is_laid_beside_the_others_in_the_same_round():
    """Slots 0 and 2 of three: between theirs is always one of slot 1's."""
    a, b = TurnSeries([1, 4, 7], [0.1] * 3, [10] * 3), TurnSeries([3, 6, 9], [0.3] * 3, [10] * 3)
    assert pair_turns(a.numbers, b.numbers) == [(1, 0), (2, 1)]  # 3 and 4, 6 and 7
    assert pair_turns(a.numbers, b.numbers, 2) == [(0, 0), (1, 1), (2, 2)]
    assert ratio_in_turns(a, b, 3).typical == pytest.approx(3.0)
    assert ratio_in_turns(a, b, 3).num_turns == 3
