"""Keeps the beginning and the end of what a worker prints, however much that is."""

from __future__ import annotations

from collections import deque

from bench.run.worker.failure import SHOWN_BYTES

HEAD_BYTES = 16 << 10
TAIL_BYTES = 48 << 10


class CappedOutput:
    """A buffer of bounded memory for output of any size."""

    def __init__(self) -> None:
        """Begin empty."""
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._num_dropped = 0

    def add(self, chunk: bytes) -> None:
        """Take more output, dropping the oldest of the tail where it is full."""
        room = HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        rest = chunk[room:]
        if not rest:
            return
        self._tail.append(rest)
        self._tail_bytes += len(rest)
        while self._tail_bytes - len(self._tail[0]) >= TAIL_BYTES:
            dropped = len(self._tail.popleft())
            self._tail_bytes -= dropped
            self._num_dropped += dropped

    def text(self) -> str:
        """Return the kept output, with a line that tells how much is missing."""
        gap = f"\n[{self._num_dropped:,} bytes left out]\n".encode() if self._num_dropped else b""
        return (bytes(self._head) + gap + b"".join(self._tail)).decode(errors="replace")

    def tail(self) -> str:
        """Return the end of the output, enough to see why a worker died."""
        return self.text()[-SHOWN_BYTES:]
