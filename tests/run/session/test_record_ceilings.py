from __future__ import annotations

import pytest

from bench.errors import ChildError
from bench.host.ceilings.ceilings import Ceiling, Ceilings
from bench.run.session.record_ceilings import record_ceilings
from bench.store.ceilings_file import read_ceilings


class Measure:
    """Stands in for the measurement, and remembers what it was asked."""

    def __init__(self, error=None):
        self.error, self.asked = error, []

    def __call__(self, _environment, wanted):
        self.asked.append(wanted)
        if self.error:
            raise self.error
        devices = tuple(
            Ceiling(
                device=device, precision=precision, gemm_flops_per_s=1e11, lstm_gemm_flops_per_s=5e10,
                bandwidth_bytes_per_s=1e10, tf32=False,
            )
            for device, precision in wanted
        )  # fmt: skip
        return Ceilings(tensorflow="2.21.0", devices=devices)


@pytest.fixture
def record(make_run, make_case):
    return make_run([make_case("lstm", device="cpu:1"), make_case("cnn", device="cpu:1"),
                     make_case("cnn", device="cpu:2", precision="mixed_bfloat16")])  # fmt: skip


def test_each_device_and_precision_of_a_run_is_measured_once_and_kept(record, tmp_path):
    measure, told = Measure(), []
    for _ in range(2):
        record_ceilings(tmp_path, record, told.append, measure)
    assert measure.asked == [[("cpu:1", "float32"), ("cpu:2", "mixed_bfloat16")]]
    assert told == ["measuring what cpu:1, cpu:2 can do at most"]
    kept = read_ceilings(tmp_path)[record.environment.fingerprint]
    assert kept.find("cpu:2", "mixed_bfloat16").gemm_flops_per_s == 1e11


def test_a_measurement_that_fails_is_told_and_stops_no_run(record, tmp_path):
    told = []
    record_ceilings(tmp_path, record, told.append, Measure(ChildError("no answer within 300 s")))
    assert told[-1] == "no ceilings, so no efficiencies: no answer within 300 s"
    assert read_ceilings(tmp_path) == {}
