"""What the parent tells a worker, as one JSON object on its standard input."""

from __future__ import annotations

from pathlib import Path

from bench.plan.case import Frozen
from bench.store.records import StartEvent


class WorkerSpec(Frozen):
    """One trial to run: where its journal stands, and its start line, which the worker completes with its own pid."""

    journal: Path
    start: StartEvent
    event_fd: int
