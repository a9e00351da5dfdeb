"""The two stages: known answers, the smallest numbers of pairs, and by simulation false alarms and detections."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis import gate, stats

MARGIN = math.log1p(0.02)


def test_stage_1_needs_five_pairs_a_mean_beyond_the_margin_and_a_small_p():
    assert gate.MIN_SCREEN_PAIRS == 5
    assert gate.run_test([0.1] * 5, MARGIN).is_flagged
    assert not gate.run_test([0.1] * 4, MARGIN).is_flagged  # 1 / 2⁴ is above 0.05
    assert not gate.run_test([0.01] * 10, MARGIN).is_flagged  # sure, and small
    assert not gate.run_test([0.5, 0.5, 0.5, -0.4, -0.4], MARGIN).is_flagged  # large, and unsure
    assert not gate.run_test([], MARGIN).is_flagged


@given(st.lists(st.floats(-1, 1), max_size=9))
def test_the_short_cut_flags_what_the_test_flags(worsening):
    assert gate.is_flagged(worsening, MARGIN) == gate.run_test(worsening, MARGIN).is_flagged


def test_holm_adjusts_the_smallest_most_and_never_turns_the_order_round():
    assert gate.holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert gate.holm([0.01], num_tests=4) == pytest.approx((0.04,))
    assert gate.holm([]) == ()
    assert gate.holm([0.9, 0.8]) == (1.0, 1.0)


def test_stage_2_wants_seven_pairs_of_one_test_and_more_of_several():
    assert [gate.min_confirm_pairs(number) for number in (1, 2, 8)] == [7, 8, 10]
    assert gate.min_confirm_trials(5, 4) == 6  # 11 choose 5 is 462 ways, 10 choose 5 is 252
    worse = gate.run_test([0.1, 0.11, 0.12, 0.1, 0.11, 0.12, 0.1], MARGIN)
    assert gate.confirmed({"one": worse}) == {"one"}
    assert gate.confirmed({"one": worse, "other": worse}) == frozenset()
    assert gate.confirmed({"one": worse}, num_tests=2) == frozenset()


def test_an_interval_that_reaches_into_the_margin_confirms_nothing():
    reaching = gate.run_test([0.01, 0.09, 0.05, 0.03, 0.08, 0.02, 0.07], MARGIN)
    assert reaching.p_value == pytest.approx(1 / 128)
    assert gate.confirmed({"one": reaching}) == {"one"}
    assert gate.confirmed({"one": gate.run_test([0.01, 0.09, 0.05, 0.03, 0.08, 0.02, 0.07], 0.03)}) == frozenset()


def test_equal_pairs_of_a_clock_that_knows_no_noise_are_judged_by_their_range():
    assert gate.confirmed({"one": gate.run_test([0.1] * 8, MARGIN)}) == {"one"}


def test_a_stored_baselines_spread_sets_the_threshold():
    base = [0.0, 0.1, -0.1, 0.05, -0.05]
    # 3.7469 (t₀.₉₉, 4 degrees of freedom) · 0.0790569 · √(1/10 + 1/5)
    assert gate.learned_threshold(base, 10) == pytest.approx(3.74695 * 0.0790569 * math.sqrt(0.3), rel=1e-4)
    assert gate.learned_threshold([0.0], 10) == math.inf
    slightly = gate.run_unpaired_test(base, np.linspace(0.08, 0.1, 10), MARGIN)
    assert not slightly.is_worse
    assert gate.run_unpaired_test(base, np.linspace(0.3, 0.32, 10), MARGIN).is_flagged


def test_the_visible_worsening_is_flagged_in_nine_of_ten_checks():
    generator = np.random.default_rng(3)
    seen = gate.visible_worsening(generator.normal(scale=0.08, size=10_000))
    assert seen == pytest.approx((1.645 + 1.2816) * 0.08 / 100, rel=0.02)
    spread = generator.normal(size=10)
    spread = 0.08 * (spread - spread.mean()) / spread.std(ddof=1)
    visible = gate.visible_worsening(spread)
    flagged = [gate.is_flagged(visible + generator.normal(scale=0.08, size=10), MARGIN) for _ in range(1000)]
    assert np.mean(flagged) == pytest.approx(0.9, abs=0.04)
    assert gate.visible_worsening([0.1]) is None


# The machine of these simulations: 8 % between processes, half of whose variance a back-to-back pair shares.
PROCESS_SD, SHARED = 0.08, 0.5
PAIRS, CONFIRM_PAIRS = 10, 18


def draw_pairs(kind, generator, num_pairs):
    """Draw the worsening of pairs of one code that run one after the other, each in an order of its own."""
    own = generator.standard_t(3, 2 * num_pairs) / math.sqrt(3) if kind == "heavy-tailed" else None
    own = generator.normal(size=2 * num_pairs) if own is None else own
    own *= PROCESS_SD * math.sqrt(1 - SHARED)
    shared = np.zeros(2 * num_pairs)
    if kind == "drifting":
        shared = np.linspace(0, 0.3, 2 * num_pairs)
    if kind == "autocorrelated":
        steps = generator.normal(scale=PROCESS_SD * math.sqrt(1 - 0.9**2), size=2 * num_pairs)
        for index in range(1, 2 * num_pairs):
            shared[index] = 0.9 * shared[index - 1] + steps[index]
    first, second = (own + shared).reshape(num_pairs, 2).T
    return generator.choice((-1.0, 1.0), size=num_pairs) * (second - first)


def run_gate(kind, generator, *, slowdown=0.0, num_tests=1):
    """Run both stages of a check of several tests, of which the first is slowed; return those that fail."""
    shifts = [math.log1p(slowdown), *[0.0] * (num_tests - 1)]
    first = (shift + draw_pairs(kind, generator, PAIRS) for shift in shifts)
    flagged = [index for index, values in enumerate(first) if gate.is_flagged(values, MARGIN)]
    fresh = {index: shifts[index] + draw_pairs(kind, generator, CONFIRM_PAIRS) for index in flagged}
    return gate.confirmed({index: gate.run_test(values, MARGIN) for index, values in fresh.items()})


@pytest.fixture
def fewer_resamples(monkeypatch):
    monkeypatch.setattr(stats, "NUM_RESAMPLES", 499)


@pytest.mark.usefixtures("fewer_resamples")
@pytest.mark.parametrize("kind", ["exchangeable", "drifting", "autocorrelated", "heavy-tailed"])
def test_a_check_of_one_code_fails_in_no_more_than_one_of_a_hundred(kind):
    generator = np.random.default_rng(11)
    failed = sum(bool(run_gate(kind, generator, num_tests=8)) for _ in range(500))
    assert failed <= 5


@pytest.mark.usefixtures("fewer_resamples")
@pytest.mark.parametrize(("kind", "share"), [("exchangeable", 0.9), ("heavy-tailed", 0.85)])
def test_a_slowdown_of_10_percent_is_caught_in_nine_of_ten(kind, share):
    generator = np.random.default_rng(13)
    caught = [0 in run_gate(kind, generator, slowdown=0.10) for _ in range(300)]
    assert np.mean(caught) >= share
