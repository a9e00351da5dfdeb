"""Streams that may vanish: a run must not end because nobody looks at it any more."""

from __future__ import annotations

import os
from typing import Any, TextIO, cast


class _LastingStream:
    """Writes to a stream while it takes what is written, and to nowhere after."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_gone = False

    def write(self, text: str) -> int:
        """Write, or drop the text where the stream is gone; return its length."""
        if not self._is_gone:
            try:
                self._stream.write(text)
            except OSError:
                self._give_up()
        return len(text)

    def flush(self) -> None:
        """Flush where there is still something to flush to."""
        if not self._is_gone:
            try:
                self._stream.flush()
            except OSError:
                self._give_up()

    def _give_up(self) -> None:
        """Point the descriptor at nothing, or Python's own flush at exit would fail on what is still in its buffer."""
        self._is_gone = True
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, self._stream.fileno())
        os.close(descriptor)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def lasting(stream: TextIO) -> TextIO:
    """Return a stream that never fails to be written to.

    A closed pipe (`bench run 2>&1 | head`), a terminal that is gone (a job left behind by `disown`), or a full disk
    under a log: what cannot be shown is dropped, and the training goes on, since its journals hold all that is shown.
    """
    return cast(TextIO, _LastingStream(stream))
