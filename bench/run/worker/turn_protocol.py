"""Takes turns with other workers that are alive at the same time; `docs/turns.md` is the protocol.

Standard library alone, so that any program can take part: a training loop written by hand calls `arrive` before its
first work, and `pass_on` wherever it may be made to wait.

Each two workers share a socket. Who passes on tells all others whose turn it is, the one it is last: a worker that
dies in its turn was then announced to all, and they agree on who comes next without anyone in between.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections.abc import Callable, Mapping

MESSAGE = struct.Struct("<II")  # the number of a turn, and the slot whose turn it is
RECORD = struct.Struct("<qqdd")  # on the board, of each slot: what it announced last, when, and its own seconds so far
NOT_HERE = -1
_CHUNK_BYTES = 4096
Clock = Callable[[], float]


class Turns:
    """One worker's place among those that take turns; without others, calls return at once.

    Attributes:
        slot: this worker's place in the order, from 0; slot 0 leads.
        number: of the turn that goes on, counted from 1 over all workers.
        waited_s: seconds spent in `arrive` and `pass_on`, and those that the caller adds.
        turn_s: about how long the parent wants a turn of training to be.
        gone: the slots of the workers that ended, in the order in which that was seen.
    """

    def __init__(
        self,
        slot: int = 0,
        peers: Mapping[int, int] | None = None,
        board: int = -1,
        clock: Clock = time.monotonic,
        turn_s: float = 0.0,
    ) -> None:
        """Take what the parent opened.

        Args:
            slot: this worker's place.
            peers: by slot, the descriptor of the socket to each other worker; None for none.
            board: the descriptor of the board, on which the parent looks up who is stuck.
            clock: monotonic seconds, the same for all workers and their parent.
            turn_s: about how long a turn of training should be.
        """
        self.slot = slot
        self.number = 0
        self.waited_s = 0.0
        self.turn_s = turn_s
        self.gone: list[int] = []
        self._board = board
        self._clock = clock
        self._holder = 0
        self._heard: set[int] = set()
        self._begin_s = 0.0
        self._spent_s = 0.0
        self._partial: dict[int, bytearray] = {}
        self._sockets: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        for peer, descriptor in (peers or {}).items():
            # What the worker starts would otherwise keep the socket open, and the others waiting, after its end.
            os.set_inheritable(descriptor, False)
            self._sockets[peer] = socket.socket(fileno=descriptor)
            self._partial[peer] = bytearray()
            self._selector.register(self._sockets[peer], selectors.EVENT_READ, peer)
        self._num_slots = max((slot, *self._sockets)) + 1

    @property
    def is_alone(self) -> bool:
        """Whether no other worker is known to be left."""
        return not self._sockets

    def arrive(self) -> None:
        """Tell all that this worker is here, and return when its first turn begins.

        The leader's begins when all others are here, so that their start is in nobody's turn.
        """
        if self.is_alone:
            return
        begin = self._clock()
        self._announce(0, 0)
        self._wait()
        self.waited_s += self._clock() - begin

    def pass_on(self) -> None:
        """End the turn and return when the next one begins: at once where no other worker is left."""
        if self.is_alone:
            return
        begin = self._clock()
        self._spent_s += begin - self._begin_s
        self.number += 1
        self._announce(self.number, self._first_living(self.slot + 1))
        self._wait()
        self.waited_s += self._clock() - begin

    def _announce(self, number: int, holder: int) -> None:
        """Tell the others first and then the board: a worker stopped in between is still the one named on the board."""
        self._holder = holder
        for slot in sorted(self._sockets, key=lambda slot: slot == holder):
            try:
                self._sockets[slot].sendall(MESSAGE.pack(number, holder))
            except OSError:  # it ended
                self._forget(slot)
        self._record()

    def _wait(self) -> None:
        """Sleep in the kernel until it is this worker's turn."""
        while not self._is_served():
            # All that is there, before anything is decided: a death is only seen after what was said before it.
            for key, _ in self._selector.select():
                self._hear(key.data)
        self._begin_s = self._clock()
        is_first = not self.number
        # Who dies while it announces a turn has told some and not others. Whoever takes over counts the slots that it
        # skips, so that its own next message is news to all.
        self.number = max(self.number, 1) + (self.slot - self._holder) % self._num_slots
        if is_first:
            self._record()

    def _is_served(self) -> bool:
        all_here = self.number > 0 or self._heard >= self._sockets.keys()
        return all_here and self._first_living(self._holder) == self.slot

    def _first_living(self, first: int) -> int:
        """Return the first slot from `first` on, round the table, whose worker is not known to be gone."""
        slots = ((first + step) % self._num_slots for step in range(self._num_slots))
        return next(slot for slot in slots if slot == self.slot or slot in self._sockets)

    def _hear(self, slot: int) -> None:
        try:
            chunk = self._sockets[slot].recv(_CHUNK_BYTES)
        except OSError:  # it ended with something of ours unread
            chunk = b""
        if not chunk:
            self._forget(slot)
            return
        self._heard.add(slot)
        partial = self._partial[slot]
        partial += chunk
        num_whole = len(partial) // MESSAGE.size * MESSAGE.size
        for number, holder in MESSAGE.iter_unpack(partial[:num_whole]):
            if number > self.number:
                self.number, self._holder = number, holder
        del partial[:num_whole]

    def _forget(self, slot: int) -> None:
        self._selector.unregister(self._sockets[slot])
        self._sockets.pop(slot).close()
        self.gone.append(slot)

    def _record(self) -> None:
        record = RECORD.pack(self.number, self._holder, self._clock(), self._spent_s)
        os.pwrite(self._board, record, self.slot * RECORD.size)
