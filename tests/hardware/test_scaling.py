from __future__ import annotations

import pytest

from bench.hardware.scaling import summarize_scaling


def test_twice_as_fast_on_four_threads_is_half_efficient_and_a_third_serial():
    one, four = summarize_scaling({4: [2000.0], 1: [1000.0]})
    assert (one.num_threads, one.speedup.value, one.efficiency, one.serial_share) == (1, 1.0, 1.0, None)
    assert four.num_threads == 4
    assert (four.speedup.value, four.efficiency) == pytest.approx((2.0, 0.5))
    assert four.serial_share == pytest.approx((1 / 2 - 1 / 4) / (1 - 1 / 4))


def test_perfect_scaling_has_no_serial_share():
    assert summarize_scaling({1: [100.0], 8: [800.0]})[1].serial_share == pytest.approx(0.0)


def test_the_fewest_threads_that_were_measured_are_the_base():
    _, eight = summarize_scaling({2: [100.0], 8: [200.0]})
    assert (eight.speedup.value, eight.efficiency) == pytest.approx((2.0, 0.5))


def test_bounds_come_from_the_trials():
    _, two = summarize_scaling({1: [100.0, 110.0], 2: [150.0, 180.0]})
    assert (two.speedup.low, two.speedup.high) == pytest.approx((150 / 110, 1.8))


@pytest.mark.parametrize("throughputs", [{}, {1: [100.0]}, {1: [100.0], 2: []}])
def test_one_number_of_threads_has_nothing_to_scale_against(throughputs):
    assert summarize_scaling(throughputs) == ()
