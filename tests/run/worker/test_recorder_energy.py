"""When the callback reads the energy: outside of the training seconds, and of nothing but the training."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench.host.sensors.energy import Counter, EnergyMeter
from bench.host.sensors.noise import Noise
from bench.plan.case import Case
from bench.run.worker.framework import Framework
from bench.run.worker.time_ledger import Ledger

pytestmark = pytest.mark.training

QUIET = Noise(load_1m=None, steal_s=None, num_throttles=None, canary=None)
CPU = Framework(
    version="0", device_name="cpu", synchronize=lambda _: None, peak_device_bytes=lambda: None, threads=(None, None),
    steps_can_be_timed=True,
)  # fmt: skip


def record_epoch(order, energy):
    """Drive one epoch of two steps by hand; `order` receives every reading of the clock."""
    from bench.run.worker.recorder import Recorder  # noqa: PLC0415 - imports Keras

    events = []

    def clock():
        order.append("clock")
        return float(len(order))

    recorder = Recorder(
        Case(model="tiny", epochs=1, batch_size=4), 8, CPU, Ledger(clock), lambda: QUIET, events.append, energy
    )
    recorder.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.001)))
    order.clear()
    recorder.on_epoch_begin(0)
    for batch in range(2):
        recorder.on_train_batch_begin(batch)
        recorder.on_train_batch_end(batch, {})
    recorder.on_epoch_end(0, {"loss": 1.0})
    return events[0]


def test_energy_is_read_before_the_first_and_after_the_last_mark_of_the_training():
    order = []

    def read():
        order.append("energy")
        return 100.0 * order.count("energy")

    event = record_epoch(order, EnergyMeter([Counter("package-0", read)]))
    assert event.energy_j == 100.0
    # begin of the epoch, begin and end of two steps, then the second reading, then the end of the epoch
    assert order == ["energy", *["clock"] * 5, "energy", "clock"]


def test_without_a_sensor_there_is_no_figure():
    assert record_epoch([], None).energy_j is None
