"""The raw records as a file: one JSON object a line, written as they come, so that a killed comparison goes on.

The first line is the machine's; each other one is a process, with its values or with what went wrong.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ProcessRecord = dict[str, Any]
ProcessKey = tuple[int, int, str]


@dataclass(frozen=True)
class PeerRecords:
    """What a file holds: the machine's line, None in a new file, and the processes' lines that ended well."""

    machine: ProcessRecord | None
    processes: tuple[ProcessRecord, ...]
    num_failed: int = 0


def place_of(record: ProcessRecord) -> ProcessKey:
    """Return what tells one process of a comparison from the others: round, batch size and side."""
    return record["round"], record["batch_size"], record["side"]


def plan(num_rounds: int, batch_sizes: Sequence[int], sides: Sequence[str], seed: int = 0) -> list[ProcessKey]:
    """Return every process in the order it runs: in each round all batch sizes, and for each all sides back to back.

    The orders are drawn anew in each round from `seed`, so that a comparison that goes on keeps them.
    """
    return [place for number in range(num_rounds) for place in _round(number, batch_sizes, sides, seed)]


def _round(number: int, batch_sizes: Sequence[int], sides: Sequence[str], seed: int) -> Iterator[ProcessKey]:
    draw = random.Random(f"{seed}-{number}")
    for batch_size in draw.sample(list(batch_sizes), len(batch_sizes)):
        yield from ((number, batch_size, side) for side in draw.sample(list(sides), len(sides)))


def read_records(path: Path) -> PeerRecords:
    """Return what a file holds; a torn last line, the trace of a kill, counts for nothing.

    Raises:
        ValueError: naming the line, where one before the last is damaged.
    """
    if not path.exists():
        return PeerRecords(None, ())
    lines = path.read_bytes().split(b"\n")[:-1]
    parsed = [_parse(line, f"{path}:{number}") for number, line in enumerate(lines, start=1)]
    processes = [record for record in parsed[1:] if record.get("error") is None]
    return PeerRecords(
        parsed[0] if parsed else None, tuple(processes), num_failed=max(0, len(parsed) - 1 - len(processes))
    )


def _parse(line: bytes, source: str) -> ProcessRecord:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{source}: expected a JSON object, {error}") from None
    if isinstance(value, dict):
        return value
    raise ValueError(f"{source}: expected a JSON object, received {type(value).__name__}")


def append_record(path: Path, record: ProcessRecord) -> None:
    """Add one line, on the disk when this returns; a torn line before it is cut off."""
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
