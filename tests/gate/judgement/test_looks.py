"""Looks at pairs in turns: when, which one counts, and by simulation what they fail and what they see."""

import math

import numpy as np
import pytest

from bench.analysis.statistics.slot_pairs import SlotPairs
from bench.gate.judgement.looks import (
    Look,
    choose_look,
    last_look,
    look_sizes,
    make_looks,
    min_pairs_to_fail,
    until_decided,
    visible_in_looks,
)
from bench.gate.judgement.two_stages import confirmed
from tests.draws import some
from tools.turns_power import NOISES, run_check

MARGIN = math.log1p(0.01)


@pytest.mark.parametrize(
    ("num_first", "num_pairs", "sizes"),
    [
        (12, 12, [12]), (12, 24, [12, 16, 20, 24]), (12, 34, [12, 16, 20, 24]),
        (12, 18, [12, 16, 18]), (12, 9, [9]), (12, 23, [12, 16, 20, 23]), (5, 9, [5, 9]),
    ],
)  # fmt: skip
def test_a_look_is_where_it_was_planned_and_where_time_ended(num_first, num_pairs, sizes):
    assert look_sizes(num_first, num_pairs) == sizes


def test_the_last_look_is_what_the_fresh_pairs_allow():
    assert [last_look(12, fresh) for fresh in (0, 8, 22)] == [12, 20, 24]


def test_ten_tests_can_fail_from_twelve_pairs_on():
    assert min_pairs_to_fail(10) == 12  # 4 · 10 / 2¹² is 0.0098
    assert min_pairs_to_fail(11) == 13
    signs = np.tile([1.0, -1.0], 6)
    look = Look(SlotPairs(0.05 * signs, signs, is_limited=False), MARGIN)
    assert confirmed({"one": look}, 10) == {"one"}
    assert confirmed({"one": look}, 11) == frozenset()


def test_a_mean_beyond_the_margin_whose_interval_is_not_fails_nothing():
    signs = np.tile([1.0, -1.0], 12)
    gaps = signs * np.tile([0.002, 0.002, 0.03, 0.03], 6)
    look = Look(SlotPairs(gaps, signs, is_limited=False), MARGIN)
    assert look.is_worse
    assert look.p_value <= 0.001
    assert confirmed({"one": look}, 10) == {"one"}
    assert not Look(SlotPairs(gaps, signs, is_limited=False), 0.014).is_beyond
    assert confirmed({"one": Look(SlotPairs(gaps, signs, is_limited=False), 0.014)}, 10) == frozenset()


def test_the_look_that_fails_counts_though_later_pairs_say_otherwise():
    signs = np.tile([1.0, -1.0], 8)
    pairs = SlotPairs(signs * np.repeat([0.05, -0.2], [12, 4]), signs, is_limited=False)
    assert len(choose_look(make_looks(pairs, 12, MARGIN)).pairs) == 12
    cleared = SlotPairs(signs * np.repeat([0.0, 0.2], [12, 4]), signs, is_limited=False)
    assert len(until_decided(cleared, 12, MARGIN)) == 12


@pytest.mark.slow
@pytest.mark.parametrize("noise", some(list(NOISES), "one process in 16 is 15 % slower", "leading gains 1.5 %"))
def test_a_check_of_one_code_fails_in_no_more_than_one_of_a_hundred(noise):
    generator = np.random.default_rng(11)
    assert sum(run_check(generator, noise, 0.022, 0.0).has_failed for _ in range(200)) <= 2


@pytest.mark.parametrize(("deviation", "slowdown"), [(0.012, 0.02), (0.022, 0.03)])
def test_what_the_design_was_made_for_is_caught_in_nine_of_ten(deviation, slowdown):
    generator = np.random.default_rng(13)
    checks = [run_check(generator, "leading gains 1.5 %", deviation, slowdown) for _ in range(100)]
    assert np.mean([one.has_caught for one in checks]) >= 0.9
    assert np.mean([one.num_pairs for one in checks]) <= 18


def test_the_visible_slowdown_is_caught_in_nine_of_ten_checks():
    generator = np.random.default_rng(17)
    signs = np.tile([1.0, -1.0], 6)
    residuals = generator.normal(size=12)
    residuals -= residuals.mean()
    residuals -= signs * (signs @ residuals) / 12
    residuals *= 0.022 / math.sqrt(residuals @ residuals / 10)
    visible = visible_in_looks(SlotPairs(residuals, signs, is_limited=False), MARGIN)
    caught = []
    for _ in range(200):
        coins = generator.choice((-1.0, 1.0), size=24)
        drawn = SlotPairs(generator.normal(visible * coins, 0.022), coins, is_limited=False)
        look = choose_look(make_looks(until_decided(drawn, 12, MARGIN), 12, MARGIN))
        caught.append(bool(confirmed({"one": look}, 10)))
    assert 0.88 <= np.mean(caught) <= 0.99
    assert visible_in_looks(SlotPairs(residuals[:4], signs[:4], is_limited=False), MARGIN) is None
