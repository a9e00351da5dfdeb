from __future__ import annotations

import pytest

from bench.hardware.hardware_summary import summarize_hardware
from bench.reports.hardware.roofline import draw_roofline


def test_each_device_has_its_roofs_and_each_case_its_place_below(make_source):
    throughputs = {("lstm", "cpu:1", 32): 100.0, ("lstm", "cpu:1", 512): 200.0}
    summary = summarize_hardware([make_source(throughputs, seeds=(0,), gflops={"cpu:1": 55.0})])
    (panel,) = draw_roofline(summary).axes
    tops = sorted(max(line.get_ydata()) for line in panel.lines if len(line.get_xdata()) > 1)
    assert tops == pytest.approx([27.5, 55.0])
    cases = sorted(float(line.get_ydata()[0]) for line in panel.lines if len(line.get_xdata()) == 1)
    assert cases == pytest.approx([100 * 35e6 / 1e9, 200 * 35e6 / 1e9])


def test_a_run_without_ceilings_has_no_roofline(make_source):
    assert draw_roofline(summarize_hardware([make_source({("lstm", "cpu", 32): 100.0})])) is None
