"""The two stages: known answers, the smallest numbers of pairs, and by simulation false alarms and detections."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.statistics import interval as stats
from bench.analysis.statistics.unpaired import mann_whitney_p
from bench.gate.judgement import two_stages as gate

pytestmark = pytest.mark.slow

MARGIN = math.log1p(0.02)
WORSE = [0.1, 0.11, 0.12, 0.1, 0.11, 0.12, 0.1]


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


def test_stage_2_wants_seven_pairs_of_one_test_and_more_of_several():
    assert [gate.min_confirm_pairs(number) for number in (1, 2, 8)] == [7, 8, 10]
    assert gate.min_confirm_trials(5, 4) == 6  # 11 choose 5 is 462 ways, 10 choose 5 is 252
    worse = gate.run_test(WORSE, MARGIN)
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


def test_no_number_of_tests_puts_a_regression_against_a_stored_run_out_of_reach():
    base = [0.0, 0.001, 0.002, 0.003, 0.004]
    assert gate.min_confirm_trials(5, 51) == 12  # 17 choose 5 is 6,188 ways, 16 choose 5 is 4,368: 51 of 5,100 pass
    for num, fails in ((12, {"one"}), (11, frozenset())):
        test = gate.run_unpaired_test(base, np.linspace(0.3, 0.31, num), MARGIN)
        assert test.p_value == pytest.approx(1 / math.comb(5 + num, 5))
        assert gate.confirmed({"one": test}, num_tests=51) == fails


def test_ranks_that_are_better_are_no_evidence_of_worse_whatever_the_mean_says():
    base = np.log(np.linspace(1.0, 1.09, 10))
    head = np.log([*np.linspace(0.90, 0.98, 9), 60.0])
    test = gate.run_unpaired_test(base, head, MARGIN)
    assert test.effect.value > 0.3
    assert test.p_value > 0.99
    assert not test.is_flagged


def scaled(num, spread):
    """Return values of mean 0 and of exactly this standard deviation."""
    values = np.linspace(-1, 1, num)
    return spread * values / values.std(ddof=1)


def test_what_is_visible_lies_beyond_the_threshold_as_well_as_beyond_chance():
    error = 0.02 / math.sqrt(10)
    # t₀.₉₀ is 1.38303 and t₀.₉₅ is 1.83311 with 9 degrees of freedom, t₀.₉₉ 2.82144.
    assert gate.visible_worsening(scaled(10, 0.02), MARGIN) == pytest.approx(MARGIN + 1.38303 * error, rel=1e-4)
    assert gate.visible_worsening(scaled(10, 0.2), MARGIN) == pytest.approx((1.83311 + 1.38303) * 10 * error, rel=1e-4)
    learned = (2.82144 + 1.38303) * math.sqrt(1 / 10 + 1 / 10)
    assert gate.visible_worsening(scaled(10, 1.0), MARGIN, scaled(10, 1.0)) == pytest.approx(learned, rel=1e-4)
    assert gate.visible_worsening([0.1] * 4, MARGIN) is None
    assert gate.visible_worsening([0.1] * 10, MARGIN, [0.1] * 4) is None


@pytest.mark.parametrize("spread", [0.02, 0.08])
def test_the_visible_worsening_is_flagged_in_nine_of_ten_checks(spread):
    visible = gate.visible_worsening(scaled(10, spread), MARGIN)
    checks = np.random.default_rng(3).normal(visible, spread, size=(500, 10))
    assert np.mean([gate.is_flagged(values, MARGIN) for values in checks]) == pytest.approx(0.9, abs=0.03)


def test_against_a_stored_run_the_visible_worsening_is_flagged_in_nine_of_ten_checks():
    flagged = []
    for base, seen, fresh in np.random.default_rng(3).normal(scale=0.08, size=(500, 3, 10)):
        head = fresh + gate.visible_worsening(seen, MARGIN, base)
        is_worse = head.mean() - base.mean() > max(MARGIN, gate.learned_threshold(base, 10))
        flagged.append(is_worse and mann_whitney_p(head, base, "greater") <= gate.SCREEN_ALPHA)
    assert np.mean(flagged) == pytest.approx(0.9, abs=0.03)


# The machine of these simulations: 8 % between processes, 30 % of whose variance a back-to-back pair shares, so that
# pairs differ by 9.5 %: what the undisturbed steps of `lstm` did in 42 real pairs on two shared cores.
PROCESS_SD, SHARED = 0.08, 0.3
PAIRS, CONFIRM_PAIRS = 12, 22


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
    first = [shift + draw_pairs(kind, generator, PAIRS) for shift in shifts]
    flagged = [index for index, values in enumerate(first) if gate.is_flagged(values, MARGIN)]
    fresh = {index: shifts[index] + draw_pairs(kind, generator, CONFIRM_PAIRS) for index in flagged}
    tests = {
        index: gate.run_test(np.concatenate([first[index], values]), MARGIN)
        for index, values in fresh.items()
        if values.mean() > MARGIN
    }
    return gate.confirmed(tests, num_tests)


@pytest.fixture
def fewer_resamples(monkeypatch):
    monkeypatch.setattr(stats, "NUM_RESAMPLES", 499)


@pytest.mark.usefixtures("fewer_resamples")
@pytest.mark.parametrize("kind", ["exchangeable", "drifting", "autocorrelated", "heavy-tailed"])
def test_a_check_of_one_code_fails_in_no_more_than_one_of_a_hundred(kind):
    generator = np.random.default_rng(11)
    failed = sum(bool(run_gate(kind, generator, num_tests=10)) for _ in range(1000))
    assert failed <= 10


@pytest.mark.usefixtures("fewer_resamples")
@pytest.mark.parametrize("kind", ["exchangeable", "drifting", "autocorrelated", "heavy-tailed"])
def test_a_slowdown_of_10_percent_is_caught_in_nine_of_ten(kind):
    generator = np.random.default_rng(13)
    caught = [0 in run_gate(kind, generator, slowdown=0.10, num_tests=10) for _ in range(300)]
    assert np.mean(caught) >= 0.9
