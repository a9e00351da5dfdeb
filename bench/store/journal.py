"""A trial's journal: an append-only JSON Lines file, written as events happen and validated when read."""

from __future__ import annotations

import errno
import itertools
import marshal
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO, Self

from pydantic import BaseModel, FailFast, TypeAdapter, ValidationError

from bench.data.dataset import DataInfo
from bench.errors import StoreError
from bench.host.environment import Environment
from bench.plan.case import Case
from bench.plan.validation_errors import sentences
from bench.store.files import strict_json
from bench.store.files.bounded_file import read_bounded
from bench.store.migrations import Record, migrate
from bench.store.records import (
    AnyEvent,
    BuiltEvent,
    EndEvent,
    EpochEvent,
    EpochTurns,
    Event,
    Journal,
    Resolved,
    StartEvent,
)

MAX_JOURNAL_BYTES = 64 << 20
MAX_LINE_BYTES = 1 << 20
MAX_LINES = 200_000
_MAX_SHOWN = 10
_ROUNDING_S = 1e-6  # of a sum of clock readings

# Blocks that thousands of trials share: each distinct one is validated once and kept in memory once.
_SHARED: Mapping[str, type[BaseModel]] = {
    "case": Case, "environment": Environment, "data": DataInfo, "resolved": Resolved,
}  # fmt: skip
_EPOCH_START = b'{"schema":1,"event":"epoch",'
_NAMES: dict[frozenset[str], set[str]] = {}  # of as many as an epoch has combinations of optional fields
_EVENTS: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)
_EPOCHS: TypeAdapter[tuple[EpochEvent, ...]] = TypeAdapter(Annotated[tuple[EpochEvent, ...], FailFast()])


class JournalWriter:
    """Appends events to one journal: each line is flushed as it is written, and synced to disk at epoch ends.

    A torn last line left by a crash is cut off first, so that every appended event starts on a new line.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` for appending, creating it if it is missing."""
        self._file: BinaryIO = path.open("ab", buffering=0)
        self._size = _cut_torn_line(path)

    def append(self, event: Event) -> bytes:
        """Write one event and return its line.

        Raises:
            OSError: if the disk is full or gone; lines written before remain intact.
        """
        line = encode(event)
        written = self._file.write(line)
        if written != len(line):
            # The next event must not follow half a line: that would corrupt the whole journal.
            os.ftruncate(self._file.fileno(), self._size)
            message = f"{os.strerror(errno.ENOSPC)} (it took {written} of {len(line)} bytes of a journal line)"
            raise OSError(errno.ENOSPC, message)
        self._size += written
        if isinstance(event, EpochEvent | EndEvent):
            os.fsync(self._file.fileno())
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def encode(event: Event) -> bytes:
    """Return an event as one line of JSON with its newline."""
    return event.model_dump_json().encode() + b"\n"


def decode(line: bytes, source: str) -> AnyEvent:
    """Return the event on one line.

    Raises:
        StoreError: beginning with `source`, for anything that is not an event of a known schema.
    """
    value = _share(migrate(strict_json.loads(line, source), source))
    try:
        return _EVENTS.validate_python(value)
    except ValidationError as error:
        raise StoreError(f"{source}: {sentences(error)[0]}") from None


def _read_epochs(lines: Sequence[bytes]) -> tuple[EpochEvent, ...] | None:
    """Return the epochs on lines that all begin as one if they serialize to exactly these lines, else None.

    Such lines cannot contain a duplicate key, a NaN, or anything left unchecked: see
    docs/decisions/speed/051-lines-that-read-back-unchanged.md.
    """
    together = b"[" + b",".join(lines) + b"]"
    try:
        epochs = _EPOCHS.validate_json(together)
    except ValidationError:
        return None
    if len(epochs) != len(lines) or _EPOCHS.dump_json(epochs) != together:
        return None
    return tuple(map(_share_names, epochs))


def _share_names(epoch: EpochEvent) -> EpochEvent:
    """Let epochs that tell the same fields hold one set of their names; an epoch's own sets are most of its memory."""
    for block in (epoch, epoch.step_s, epoch.noise, epoch.noise.canary):
        if block is not None:
            names = block.__pydantic_fields_set__
            object.__setattr__(block, "__pydantic_fields_set__", _NAMES.setdefault(frozenset(names), names))
    return epoch


def _share(value: Record) -> Record:
    """Replace each block that other lines contain, too, by its validated value."""
    for key, model in _SHARED.items():
        block = value.get(key)
        if isinstance(block, dict):
            # Marshalled, 1, 1.0 and True differ as they do in JSON; `==` treats them as equal.
            value[key] = _validate_block(model, marshal.dumps(block)) or block
    return value


@lru_cache(maxsize=4096)
def _validate_block(model: type[BaseModel], packed: bytes) -> BaseModel | None:
    """Return a block as its type, or None if it is invalid: validating the whole line then reports the error."""
    try:
        return model.model_validate(marshal.loads(packed))  # noqa: S302 - packed by `_share`, from values of JSON alone
    except ValidationError:
        return None


def read_journal(path: Path) -> Journal | None:
    """Return one trial from its journal, or None if not even its start line is complete.

    A torn last line, left by a crash, is dropped with a warning. Memory is bounded by `MAX_JOURNAL_BYTES`.

    Raises:
        StoreError: naming file and line, if the file is too large, not a regular file, or damaged before its end.
    """
    lines = _read_bounded(path).split(b"\n")
    torn = lines.pop()
    events = list(_read_events(path, lines))
    warnings = (f"{path.name}:{len(lines) + 1}: dropped a torn last line of {len(torn)} bytes",) if torn else ()
    return _assemble(path, events, warnings) if events else None


def _read_events(path: Path, lines: Sequence[bytes]) -> Iterator[AnyEvent]:
    """Yield the event on each line; the epochs, which most lines of most journals are, are read together."""
    number = 1
    for together in group_epochs(lines):
        known = _read_epochs(together) if together[0].startswith(_EPOCH_START) else None
        yield from known or (decode(line, f"{path}:{place}") for place, line in enumerate(together, number))
        number += len(together)


def group_epochs(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield epochs that follow each other together, in no more bytes than one line may have, and other lines alone."""
    group: list[bytes] = []
    num_bytes = 0
    for line in lines:
        are_epochs = all(one.startswith(_EPOCH_START) for one in (line, *group[:1]))
        if group and not (are_epochs and num_bytes + len(line) <= MAX_LINE_BYTES):
            yield group
            group, num_bytes = [], 0
        group.append(line)
        num_bytes += len(line)
    if group:
        yield group


def _assemble(path: Path, events: Sequence[AnyEvent], warnings: tuple[str, ...]) -> Journal:
    start, rest = events[0], list(events[1:])
    if not isinstance(start, StartEvent):
        raise StoreError(f"{path}:1: expected a start event, received {start.event}")
    end = rest.pop() if rest and isinstance(rest[-1], EndEvent) else None
    built = rest.pop(0) if rest and isinstance(rest[0], BuiltEvent) else None
    epochs = [event for event in rest if isinstance(event, EpochEvent)]
    if len(epochs) != len(rest) or [event.epoch for event in epochs] != list(range(1, len(epochs) + 1)):
        order = ", ".join(event.event for event in rest[:_MAX_SHOWN]) + (", …" if len(rest) > _MAX_SHOWN else "")
        raise StoreError(f"{path}: expected start, built, epochs from 1, end; received start, {order}")
    _check_epochs(path, epochs)
    return Journal(
        source=path.name,
        start=start,
        built=built if isinstance(built, BuiltEvent) else None,
        epochs=tuple(epochs),
        end=end if isinstance(end, EndEvent) else None,
        warnings=warnings,
    )


def _check_epochs(path: Path, epochs: Sequence[EpochEvent]) -> None:
    """Refuse an epoch whose parts took longer, or trained on more, than the whole of it: no clock says that."""
    for epoch in epochs:
        parts_s = (epoch.first_step_s or 0.0) + (epoch.iterator_s or 0.0)
        if parts_s > epoch.train_s + _ROUNDING_S or epoch.first_step_examples > epoch.num_examples:
            raise StoreError(f"{path}: epoch {epoch.epoch}: expected first steps within the epoch, received more")
        if epoch.turns is not None:
            _check_turns(path, epoch, epoch.turns)
        _check_validations(path, epoch)


def _check_turns(path: Path, epoch: EpochEvent, turns: EpochTurns) -> None:
    """Refuse turns that took longer, or trained on more, than their epoch."""
    too_long = sum(turns.seconds) > epoch.train_s + _ROUNDING_S * (1 + len(turns.seconds))
    if too_long or sum(turns.steps) > epoch.num_steps or sum(turns.examples) > epoch.num_examples:
        raise StoreError(f"{path}: epoch {epoch.epoch}: expected turns within the epoch, received more")


def _check_validations(path: Path, epoch: EpochEvent) -> None:
    """Refuse validations that are not in the order of the epoch's steps and seconds."""
    places = [(one.num_steps, one.train_s) for one in epoch.validations]
    places.append((epoch.num_steps, epoch.train_s + _ROUNDING_S))
    if any(before[0] >= after[0] or before[1] > after[1] for before, after in itertools.pairwise(places)):
        raise StoreError(
            f"{path}: epoch {epoch.epoch}: expected validations in order within the epoch, received others"
        )


def _read_bounded(path: Path) -> bytes:
    """Read a journal of bounded size, with bounded lines."""
    content = read_bounded(path, MAX_JOURNAL_BYTES, "a journal")
    if content.count(b"\n") > MAX_LINES:
        raise StoreError(f"{path}: a journal has at most {MAX_LINES:,} lines; this file has more")
    if len(content) > MAX_LINE_BYTES and (longest := max(map(len, content.split(b"\n")))) > MAX_LINE_BYTES:
        raise StoreError(f"{path}: a journal line has at most {MAX_LINE_BYTES:,} bytes, received {longest:,}")
    return content


def _cut_torn_line(path: Path) -> int:
    """Cut off whatever follows the last complete line, and return the remaining size in bytes."""
    content = _read_bounded(path)
    size = content.rfind(b"\n") + 1
    if size != len(content):
        os.truncate(path, size)
    return size
