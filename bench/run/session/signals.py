"""Turns SIGINT and SIGTERM into one exception, so that every `with` block on the way out does its work."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN_S = 0.05  # by then the call is left in which it was lost


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
    """Raise Interrupted in the main thread on the first SIGINT, SIGTERM or SIGHUP while the block runs.

    Those that follow until the block is left are ignored: they would cut the cleaning up short, which ends the worker
    and its journal and takes a moment. Blocks may be nested; after the inner one the outer one listens again.
    """
    asked: list[int] = []

    def interrupt(signal_number: int, _frame: FrameType | None) -> None:
        # Asked before it is noted: another signal can come between any two of these lines, and one of them must raise.
        if asked:
            return
        asked.append(signal_number)
        raise Interrupted(signal_number)

    def ask_again(lost: sys.UnraisableHookArgs) -> None:
        """Ask once more where the exception was lost: finalizers, and some libraries in Rust, cannot pass it on."""
        if not isinstance(lost.exc_value, Interrupted):
            tell_lost(lost)
            return
        asked.clear()
        again = (threading.main_thread().ident, lost.exc_value.signal_number)
        timer = threading.Timer(_AGAIN_S, signal.pthread_kill, again)
        timer.daemon = True
        timer.start()

    # A signal that is ignored on purpose, as nohup does with SIGHUP, stays ignored.
    previous = {number: signal.getsignal(number) for number in _NUMBERS}
    heard = [number for number in _NUMBERS if previous[number] is not signal.SIG_IGN]
    tell_lost = sys.unraisablehook
    try:
        sys.unraisablehook = ask_again
        for number in heard:
            signal.signal(number, interrupt)
        yield
    finally:
        for number in heard:
            signal.signal(number, previous[number])
        sys.unraisablehook = tell_lost
