from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.speedup import unpaired_ratio

rates = st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=7)


def test_two_values_a_side_have_the_ratio_of_geometric_means_and_the_outermost_ratios():
    ratio = unpaired_ratio([200.0, 800.0], [100.0, 100.0])
    assert ratio.value == pytest.approx(4.0)
    assert (ratio.low, ratio.high, ratio.n, ratio.kind) == (2.0, 8.0, 2, "range")


def test_one_value_a_side_has_no_bounds():
    ratio = unpaired_ratio([300.0], [100.0])
    assert ratio.value == pytest.approx(3.0)
    assert (ratio.low, ratio.high, ratio.kind) == (None, None, "none")


def test_from_eight_values_a_side_up_the_bounds_are_welchs():
    a = [math.exp(x) for x in (1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.05, 0.95)]
    b = [math.exp(x) for x in (0.1, -0.3, 0.2, -0.1, 0.3, -0.2, 0.0, 0.0)]
    ratio = unpaired_ratio(a, b)
    # Worked by hand: means 1 and 0, variances .115/7 and .28/7, so s = √(.395/56) = .08398, 11.9 degrees of freedom.
    assert ratio.value == pytest.approx(math.e)
    assert math.log(ratio.high) - 1 == pytest.approx(0.08398 * 2.18, rel=1e-2)
    assert 1 - math.log(ratio.low) == pytest.approx(math.log(ratio.high) - 1)
    assert ratio.kind == "t"


def test_equal_values_say_nothing_of_the_spread():
    assert unpaired_ratio([2.0] * 8, [1.0] * 8).kind == "none"


@pytest.mark.parametrize(("a", "b"), [([], [1.0]), ([1.0], [])])
def test_an_empty_side_has_no_ratio(a, b):
    assert unpaired_ratio(a, b) is None


def test_a_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        unpaired_ratio([0.0], [1.0])


@given(rates, rates)
def test_the_inverse_question_has_the_inverse_answer(a, b):
    there, back = unpaired_ratio(a, b), unpaired_ratio(b, a)
    assert there.value * back.value == pytest.approx(1.0)
    if there.low is not None:
        assert there.low * back.high == pytest.approx(1.0)
        assert there.low <= there.value * (1 + 1e-9)


def test_welchs_interval_covers_the_true_ratio_in_about_95_of_100_experiments():
    generator = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        a, b = np.exp(generator.normal(0.7, 0.1, 8)), np.exp(generator.normal(0.0, 0.3, 10))
        covered += not unpaired_ratio(a, b).excludes(math.exp(0.7))
    assert 0.92 <= covered / 400 <= 0.98
