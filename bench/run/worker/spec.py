"""What the parent tells a worker, as one JSON object on its standard input."""

from __future__ import annotations

from pathlib import Path

from bench.frozen_model import Count, Frozen, PositiveInt, Seconds
from bench.store.records import StartEvent


class TurnsChannel(Frozen):
    """What a worker needs to take turns: its slot, a socket's descriptor for each other slot, and the board's.

    `turn_s` is about how long a turn of training should be.
    """

    slot: Count
    peers: dict[Count, Count]
    board_fd: Count
    turn_s: Seconds


class WorkerSpec(Frozen):
    """One trial to run: the path of its journal, and its start line, to which the worker adds its process id.

    `event_fd` is the pipe for copies of the journal's lines; `memory_limit_bytes` is None for no limit, and
    `turns` for a worker that has the machine to itself.
    """

    journal: Path
    start: StartEvent
    event_fd: int
    memory_limit_bytes: PositiveInt | None = None
    turns: TurnsChannel | None = None
