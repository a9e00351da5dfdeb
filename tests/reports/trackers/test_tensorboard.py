"""The event file is read back record by record, as TensorBoard does."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.reports.trackers.tensorboard import open_tracker
from bench.store.records import Journal

event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="needs the extra `tensorboard`")


def read_events(path: Path) -> Iterator[Any]:
    """Yield the events of a file: each record is a length, its check, the event, and the event's check."""
    content = path.read_bytes()
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        yield event_pb2.Event.FromString(content[12 : 12 + length])
        content = content[16 + length :]


def test_every_epochs_figures_read_back_with_their_time(make_journal: Callable[..., Journal], tmp_path: Path) -> None:
    journal = make_journal(val_accuracy=(0.95, 0.97, 0.98))
    open_tracker(tmp_path).copy(journal)
    (path,) = (tmp_path / journal.trial_id).iterdir()
    events = list(read_events(path))
    values = [(event, value) for event in events for value in event.summary.value]
    accuracy = [(event.step, value.simple_value) for event, value in values if value.tag == "val_accuracy"]
    assert accuracy == [(1, pytest.approx(0.95)), (2, pytest.approx(0.97)), (3, pytest.approx(0.98))]
    times = [event.wall_time for event, value in values if value.tag == "val_accuracy"]
    assert times == sorted(times)
    assert times[0] > journal.start.started_at.timestamp()
    assert any(value.tag.startswith("settings") for _, value in values)


def test_a_trial_that_is_repeated_leaves_its_last_attempt_alone(
    make_journal: Callable[..., Journal], tmp_path: Path
) -> None:
    tracker = open_tracker(tmp_path)
    journal = make_journal(val_accuracy=(0.1, 0.2))
    other = make_journal(seed=1, val_accuracy=(0.5,))
    for one in (other, journal):
        tracker.copy(one)
    folder = tmp_path / journal.trial_id
    (first,) = folder.iterdir()
    first.rename(folder / "events.out.tfevents.1000000000.host")
    (folder / "notes.txt").touch()
    tracker.copy(make_journal(val_accuracy=(0.95,)))
    notes, path = sorted(folder.iterdir(), key=lambda path: path.name != "notes.txt")
    values = [value for event in read_events(path) for value in event.summary.value if value.tag == "val_accuracy"]
    assert [value.simple_value for value in values] == [pytest.approx(0.95)]
    assert notes.name == "notes.txt"
    assert len(list((tmp_path / other.trial_id).iterdir())) == 1
