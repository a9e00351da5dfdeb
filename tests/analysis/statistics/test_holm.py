"""Several tests at once: known answers."""

import pytest

from bench.analysis.statistics.holm import holm


def test_holm_adjusts_the_smallest_most_and_never_turns_the_order_round():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.01], num_tests=4) == pytest.approx((0.04,))
    assert holm([]) == ()
    assert holm([0.9, 0.8]) == (1.0, 1.0)
