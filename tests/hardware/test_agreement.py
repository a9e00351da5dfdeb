from __future__ import annotations

import math

import pytest

from bench.hardware.agreement import compare_curves, tolerance


def test_the_tolerance_is_four_standard_errors_of_a_difference_and_at_least_a_hundredth():
    assert tolerance(0.5, 1000) == pytest.approx(4 * math.sqrt(2 * 0.25 / 1000))
    assert tolerance(0.98, 10_000) == 0.01
    assert tolerance(1.0, 10) == 0.01


def test_the_epoch_that_tells_most_speaks_for_the_curves():
    found = compare_curves([0.5, 0.95, 0.97], [0.53, 0.92, 0.97], 10_000)
    assert (found.num_epochs, found.epoch) == (3, 2)
    assert found.difference == pytest.approx(0.03)
    assert not found.agrees


def test_equal_curves_agree():
    assert compare_curves([0.9, 0.95], [0.9, 0.95], 1000).agrees


def test_epochs_that_one_curve_lacks_do_not_count():
    assert compare_curves([0.9, None, 0.95], [0.9, 0.1], 1000).num_epochs == 1


@pytest.mark.parametrize(("a", "b"), [([], [0.9]), ([None], [0.9])])
def test_curves_without_a_common_epoch_cannot_be_compared(a, b):
    assert compare_curves(a, b, 1000) is None
