"""What the parent keeps of workers that take turns: the sockets between them, and the board that says who is stuck.

Between two turns the parent does nothing. It reads the board when a worker's time may be over, since each worker's
limit is on its own seconds and not on those that it waits.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import IO, Self

from bench.run.worker.spec import TurnsChannel
from bench.run.worker.turn_protocol import NOT_HERE, RECORD

# The first steps after the others' turn are slow. Networks differ in what that costs them, and nobody pays it who
# trains alone: it must be little of a turn.
TURN_S = 0.4
# For how long all others wait for one, at least. Nobody's honest turn may be ended, and there is no telling how long it
# takes to compile a network for the first time, or to validate one over many examples that was trained on few.
PATIENCE_S = 1800.0
# Two revisions of one network pay alike, and short turns cancel more of what slows a machine for tenths of a second.
PAIR_TURN_S = 0.04


class TurnsBoard:
    """Opens what `num_slots` workers need to take turns, and says how long each of them has worked.

    The parent keeps its copies of the sockets: when a worker is gone it shuts that worker's ends, so that the others
    see it even where a process that the worker started holds them open.
    """

    def __init__(self, num_slots: int, turn_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Open all for turns of about `turn_s` seconds; `clock` must be the workers'.

        Raises:
            OSError: where the system gives no socket or no file.
        """
        self._turn_s = turn_s
        self._clock = clock
        self._started_s = self._left_s = clock()
        self._living = set(range(num_slots))
        self._ends: dict[int, dict[int, socket.socket]] = {slot: {} for slot in range(num_slots)}
        with contextlib.ExitStack() as stack:
            for one, other in itertools.combinations(range(num_slots), 2):
                pair = socket.socketpair()
                self._ends[one][other], self._ends[other][one] = (stack.enter_context(end) for end in pair)
            self._file = stack.enter_context(_open_memory())
            self._file.write(RECORD.pack(NOT_HERE, 0, 0.0, 0.0) * num_slots)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def channel(self, slot: int) -> TurnsChannel:
        """Return what the worker of a slot is given."""
        peers = {other: end.fileno() for other, end in self._ends[slot].items()}
        return TurnsChannel(slot=slot, peers=peers, board_fd=self._file.fileno(), turn_s=self._turn_s)

    def descriptors(self, slot: int) -> tuple[int, ...]:
        """Return the descriptors that the worker of a slot must inherit."""
        return (*(end.fileno() for end in self._ends[slot].values()), self._file.fileno())

    @property
    def num_living(self) -> int:
        """How many workers are not known to be gone."""
        return len(self._living)

    def leave(self, slot: int) -> None:
        """Let all others see that the worker of a slot is gone."""
        self._living.discard(slot)
        self._left_s = self._clock()
        for end in self._ends[slot].values():
            with contextlib.suppress(OSError):  # both sides are gone
                end.shutdown(socket.SHUT_RDWR)

    def spent_s(self, slot: int) -> float:
        """Return the seconds that a worker has used: those of its turns, or its share of all until it is here.

        All load and build side by side, on one core at the worst, so that each can have no more than its share.
        """
        records = [self._read(each) for each in self._ends]
        own_turn, _, _, spent_s = records[slot]
        if own_turn == NOT_HERE:
            return (self._clock() - self._started_s) / len(self._ends)
        return spent_s + (self._own_turn_s(slot, records) or 0.0)

    def patience_s(self, slot: int) -> float | None:
        """Return for how many seconds the others will still wait for a worker; None where they do not, or none is left.

        They wait as long as what came before: all of that worker's turns, or, for one that is not here, the others' own
        way here. Half an hour is always given.
        """
        if self.num_living < 2:  # noqa: PLR2004 - one that has no company
            return None
        records = [self._read(each) for each in self._ends]
        own_turn, _, _, spent_s = records[slot]
        if own_turn != NOT_HERE:
            turn_s = self._own_turn_s(slot, records)
            return None if turn_s is None else max(PATIENCE_S, spent_s) - turn_s
        arrived_s = max((records[one][2] for one in self._living if records[one][0] != NOT_HERE), default=None)
        if arrived_s is None:
            return PATIENCE_S  # nobody waits yet; look again then
        return max(PATIENCE_S, arrived_s - self._started_s) - (self._clock() - arrived_s)

    def _own_turn_s(self, slot: int, records: Sequence[tuple[int, int, float, float]]) -> float | None:
        """Return the seconds of the turn that goes on; None where it is not this worker's, or not all are here."""
        number, holder, since_s, _ = max(records)
        if number <= 0 and any(records[one][0] == NOT_HERE for one in self._living):
            return None
        if self._first_living(holder) != slot:
            return None
        # Whoever left may have been the last that was waited for, or the one whose turn it was.
        left_s = self._left_s if number == 0 or holder not in self._living else 0.0
        return self._clock() - max(since_s, left_s)

    def _first_living(self, first: int) -> int | None:
        slots = ((first + step) % len(self._ends) for step in range(len(self._ends)))
        return next((slot for slot in slots if slot in self._living), None)

    def _read(self, slot: int) -> tuple[int, int, float, float]:
        turn, holder, since_s, spent_s = RECORD.unpack(os.pread(self._file.fileno(), RECORD.size, slot * RECORD.size))
        return turn, holder, since_s, spent_s


def _open_memory() -> IO[bytes]:
    """Open a file without a name: in memory on Linux, where no full disk can refuse it."""
    with contextlib.suppress(
        AttributeError, OSError
    ):  # macOS and some builds of Python lack it, some sandboxes forbid it
        return os.fdopen(os.memfd_create("turns"), "r+b", buffering=0)
    return tempfile.TemporaryFile(buffering=0)
