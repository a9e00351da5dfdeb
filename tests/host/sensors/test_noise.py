import os

import pytest

from bench.host.sensors.noise import NoiseMeter, read_load, read_num_throttles, read_steal_s


def test_a_reading_holds_what_the_machine_tells(machine):
    with NoiseMeter(num_cores=1, probe=machine("cluster_job")) as meter:
        noise = meter.read()
    assert (noise.steal_s, noise.num_throttles) == (None, 7)
    assert noise.canary.gemm_s > 0
    assert noise.load_1m is None or noise.load_1m >= 0


def test_stolen_time_is_the_eighth_field_in_clock_ticks(machine):
    assert read_steal_s(machine("container_xeon")) == pytest.approx(1234 / os.sysconf("SC_CLK_TCK"))


def test_a_machine_without_counters_has_no_figures(machine):
    probe = machine(None)
    assert (read_steal_s(probe), read_num_throttles(probe)) == (None, None)


def test_the_load_average_is_a_figure_or_none(monkeypatch):
    def fail():
        raise OSError("not obtainable")

    monkeypatch.setattr(os, "getloadavg", lambda: (1.5, 1.0, 0.5))
    assert read_load() == 1.5
    monkeypatch.setattr(os, "getloadavg", fail)
    assert read_load() is None
