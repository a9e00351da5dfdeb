"""Pairs in turns with coins: known answers, what leading is worth taken out, and like sides by simulation."""

import numpy as np
import pytest
from scipy import stats

from bench.analysis.statistics.slot_pairs import SlotPairs, signs_of

SIGNS = signs_of([1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1])


def pairs(gaps, signs=SIGNS, *, is_limited=False):
    return SlotPairs(np.asarray(gaps, np.float64), signs, is_limited)


@pytest.mark.parametrize("is_limited", [False, True])
def test_of_exact_pairs_the_effect_is_exact_whatever_leading_is_worth(is_limited):
    found = pairs(0.015 + 0.03 * SIGNS, is_limited=is_limited)
    assert found.effect() == pytest.approx(0.03, abs=1e-6)
    assert found.p_value() == 1 / 2**12
    assert found.interval().low == pytest.approx(0.03, abs=1e-6)
    assert found.interval().high == pytest.approx(0.03, abs=1e-6)


def test_the_effect_is_half_the_distance_between_the_coins_means():
    gaps = np.arange(12.0) ** 2 / 100
    expected = (gaps[SIGNS > 0].mean() - gaps[SIGNS < 0].mean()) / 2
    assert pairs(gaps).effect() == pytest.approx(expected)


def test_base_for_head_turns_the_effect_and_its_interval_round():
    gaps = np.random.default_rng(2).normal(0.02 * SIGNS, 0.02)
    for is_limited in (False, True):
        there, back = (pairs(gaps, signs, is_limited=is_limited).interval() for signs in (SIGNS, -SIGNS))
        assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low), abs=1e-6)


@pytest.mark.parametrize("is_limited", [False, True])
def test_the_interval_holds_what_the_two_tests_do_not_reject(is_limited):
    found = pairs(np.random.default_rng(2).normal(0.02 * SIGNS, 0.02), is_limited=is_limited)
    low = found.interval().low
    assert found.is_beyond(low - 1e-6)
    assert not found.is_beyond(low + 1e-6)


def test_coins_that_fell_alike_tell_nothing_and_five_pairs_have_no_bounds():
    alike = pairs([0.1, 0.2, 0.3], np.ones(3))
    assert (alike.effect(), alike.interval(), alike.residual_deviation()) == (None, None, None)
    five = pairs(0.03 * SIGNS[:5] + 0.001 * np.arange(5), SIGNS[:5]).interval()
    assert (five.low, five.high, five.kind, five.n) == (None, None, "none", 5)


def test_limits_bear_a_process_that_is_slow_for_all_its_life():
    gaps = np.random.default_rng(4).normal(0.03 * SIGNS, 0.005)
    gaps[1] += 0.15  # the head was in slot 0 there, and slow: the pair says that it is faster
    mean, limited = (pairs(gaps, is_limited=is_limited) for is_limited in (False, True))
    assert mean.effect() == pytest.approx(0.03 - 0.15 / 12, abs=0.006)
    assert limited.effect() == pytest.approx(0.03, abs=0.006)
    assert mean.residual_deviation() > 5 * pairs(np.delete(gaps, 1), np.delete(SIGNS, 1)).residual_deviation()


def test_the_deviation_is_what_slot_and_side_leave():
    noise = np.random.default_rng(3).normal(0, 0.02, 400)
    signs = signs_of(list(np.random.default_rng(5).integers(2, size=400)))
    assert pairs(0.015 + 0.03 * signs + noise, signs).residual_deviation() == pytest.approx(noise.std(), rel=0.01)


@pytest.mark.parametrize("is_limited", [False, True])
def test_like_sides_have_p_values_that_are_no_smaller_than_chance_whatever_the_gaps_are(is_limited):
    generator = np.random.default_rng(7)
    gaps = 0.015 + np.linspace(0, 0.06, 12) + 0.02 * generator.standard_t(2, size=12)
    p_values = [pairs(gaps, generator.choice((-1.0, 1.0), 12), is_limited=is_limited).p_value() for _ in range(2_000)]
    for level in (0.01, 0.05, 0.2):
        num_below = np.count_nonzero(np.asarray(p_values) <= level)
        assert stats.binomtest(num_below, 2_000, level, "greater").pvalue > 1e-4
