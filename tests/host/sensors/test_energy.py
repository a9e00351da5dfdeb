from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.host.sensors.energy import Counter, EnergyMeter, find_package_counters, has_unreadable_counters

RANGE_J = 262_143.328850


def make_meter(*readings, range_j=RANGE_J):
    """A meter of one counter that gives these readings in turn, begun and ended."""
    values = iter(readings)
    meter = EnergyMeter([Counter("package-0", lambda: next(values), range_j)])
    meter.begin()
    meter.end()
    return meter


def test_a_recorded_laptop_counts_its_package_and_its_memory_and_neither_cores_nor_platform_twice(machine):
    counters = find_package_counters(machine("rapl_laptop"))
    assert [counter.name for counter in counters] == ["package-0", "memory of package-0"]
    assert [counter.read() for counter in counters] == [26_963.529117, 2_469.474853]
    assert [counter.range_j for counter in counters] == [262_143.328850, 262_143.999938]


def test_a_package_of_several_dies_counts_each_with_its_own_memory(machine):
    probe = machine("rapl_laptop")
    (probe.root / "sys/class/powercap/intel-rapl:0/name").write_text("package-0-die-1\n")
    names = [counter.name for counter in find_package_counters(probe)]
    assert names == ["package-0-die-1", "memory of package-0-die-1"]


def test_a_machine_without_counters_has_no_figure(machine):
    counters = find_package_counters(machine("firecracker_epyc"))
    meter = EnergyMeter(counters)
    meter.begin()
    meter.end()
    assert (counters, meter.sensors, meter.joules(1.0)) == ((), (), None)
    assert not has_unreadable_counters(machine("firecracker_epyc"))


def test_counters_that_only_root_may_read_are_none_at_all(machine):
    probe = machine("rapl_laptop")
    (probe.root / "sys/class/powercap/intel-rapl:0/energy_uj").unlink()
    assert find_package_counters(probe) == ()
    assert has_unreadable_counters(probe)


def test_joules_are_the_difference_of_the_readings():
    assert make_meter(26_963.5, 27_013.75).joules(10.0) == 50.25


def test_a_counter_that_wrapped_once_goes_on_counting():
    assert make_meter(RANGE_J - 100.0, 50.0).joules(10.0) == pytest.approx(150.0)


def test_a_stretch_in_which_a_counter_can_wrap_twice_has_no_figure():
    assert make_meter(100.0, 200.0).joules(263.0) is None


def test_a_gpus_counter_does_not_wrap_and_may_run_long():
    assert make_meter(100.0, 200.0, range_j=None).joules(10_000.0) == 100.0


def test_a_gpus_counter_that_was_set_back_has_no_figure():
    assert make_meter(200.0, 100.0, range_j=None).joules(10.0) is None


@pytest.mark.parametrize("readings", [(None, 1.0), (1.0, None)])
def test_a_reading_that_fails_costs_the_figure(readings):
    assert make_meter(*readings).joules(1.0) is None


def test_one_of_two_counters_that_fails_costs_the_sum():
    meter = EnergyMeter([Counter("package-0", lambda: 1.0), Counter("package-1", lambda: None)])
    meter.begin()
    meter.end()
    assert meter.joules(1.0) is None


def test_a_meter_that_was_never_ended_has_no_figure():
    meter = EnergyMeter([Counter("package-0", lambda: 1.0)])
    meter.begin()
    assert meter.joules(1.0) is None


def test_what_is_used_between_an_end_and_a_resumption_does_not_count():
    readings = iter((100.0, 150.0, 1000.0, 1030.0, 5000.0, 5001.0))
    meter = EnergyMeter([Counter("package-0", lambda: next(readings))])
    meter.begin()
    meter.end()
    meter.resume()
    meter.end()
    assert meter.joules(10.0) == 80.0
    meter.begin()
    meter.end()
    assert meter.joules(10.0) == 1.0  # earlier work is forgotten


@given(st.floats(0, 262_143), st.floats(0, 200))
def test_joules_are_never_negative_and_never_more_than_the_range(before, spent):
    joules = make_meter(before, (before + spent) % RANGE_J).joules(1.0)
    assert joules == pytest.approx(spent, abs=1e-4)
    assert 0 <= joules < RANGE_J
