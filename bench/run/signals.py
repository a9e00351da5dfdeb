"""Turns SIGINT and SIGTERM into one exception, so that every `with` block on the way out does its work."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Interrupted(BaseException):
    """The user or the system asked to stop; not an Exception, so that no handler of errors swallows it."""

    def __init__(self, signal_number: int) -> None:
        """Keep the signal that asked."""
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number

    @property
    def exit_code(self) -> int:
        """128 plus the signal's number, as shells have it: 130 or 143."""
        return 128 + self.signal_number


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted in the main thread on SIGINT, SIGTERM or SIGHUP while the block runs."""

    def interrupt(signal_number: int, _frame: FrameType | None) -> None:
        raise Interrupted(signal_number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    previous = {number: signal.getsignal(number) for number in numbers}
    # A signal that is ignored on purpose, as nohup does with SIGHUP, stays ignored.
    for number in numbers:
        if previous[number] is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
