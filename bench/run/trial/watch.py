"""Waits on workers' output, journal lines and exits all at once, without using the processor."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import IO

from bench.run.trial.captured_output import CappedOutput
from bench.run.worker.guards import DUMP_SIGNAL
from bench.store.journal import MAX_LINE_BYTES

DUMP_GRACE_S = 2.0
_POLL_S = 1.0
# A worker that waits for its turn may have little time left for long; to look that often is enough.
_MIN_WAIT_S = 0.05
# The kernel's default size of a pipe: one read empties it.
_CHUNK_BYTES = 1 << 16
# Nobody is left to signal; macOS says EPERM where only a process that ended and was not waited for is left.
_NOBODY_LEFT = (ProcessLookupError, PermissionError)


class Group:
    """A worker with all its child processes; one that started a session of its own is out of reach."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._is_gone = False

    def kill(self) -> None:
        """Kill the group; once more after the worker was reaped, but never later, since its id may be reused."""
        if self._is_gone:
            return
        self._is_gone = self.process.returncode is not None
        with contextlib.suppress(*_NOBODY_LEFT):
            os.killpg(self.process.pid, signal.SIGKILL)


class Watch:
    """One worker: what it printed, the journal lines that it copies to its parent, and whether its time is over.

    Attributes:
        group: the worker with all that it started.
        process: the worker.
        output: what it printed.
        timed_out: whether it had to be ended at its limit.
        held_up: whether it had to be ended since others waited for it for too long.
    """

    def __init__(
        self,
        group: Group,
        event_read: int,
        on_line: Callable[[bytes], None],
        remaining_s: Callable[[], float | None],
        patience_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        """Take a worker that was started.

        `remaining_s` says how much time it has left, and `patience_s` for how long others will still wait for it, both
        None for any.
        """
        assert group.process.stdout is not None  # noqa: S101 - tells the type checker what PIPE means
        self.group = group
        self.process = group.process
        self.output = CappedOutput()
        self.timed_out = self.held_up = False
        self.remaining_s = remaining_s
        self.patience_s = patience_s
        self._stdout: IO[bytes] = group.process.stdout
        self._event_read = event_read
        self._on_line = on_line
        self._partial = bytearray()
        self._exit_descriptor = _open_exit_descriptor(group.process.pid)
        self._open: set[int] = set()

    @property
    def tells_its_exit(self) -> bool:
        """Whether a descriptor becomes readable when the worker exits; otherwise it must be polled."""
        return self._exit_descriptor is not None

    def register(self, selector: selectors.BaseSelector) -> None:
        """Let a selector wait for all of the worker's output."""
        for descriptor, take in ((self._event_read, self._add_events), (self._stdout.fileno(), self.output.add)):
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ, (self, take))
            self._open.add(descriptor)
        if self._exit_descriptor is not None:
            selector.register(self._exit_descriptor, selectors.EVENT_READ, (self, None))
            self._open.add(self._exit_descriptor)

    def unregister(self, selector: selectors.BaseSelector) -> None:
        """Read the remaining output once, and stop waiting for this worker."""
        for descriptor, take in ((self._event_read, self._add_events), (self._stdout.fileno(), self.output.add)):
            if descriptor in self._open:
                self.drain(selector, descriptor, take)
        for descriptor in self._open:
            selector.unregister(descriptor)
        self._open.clear()

    def close(self) -> None:
        """Release the descriptor."""
        if self._exit_descriptor is not None:
            os.close(self._exit_descriptor)

    def drain(self, selector: selectors.BaseSelector, descriptor: int, take: Callable[[bytes], None]) -> None:
        """Read what is there; an end of file stops the waiting on this descriptor."""
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if chunk:
            take(chunk)
        else:
            self.forget(selector, descriptor)

    def forget(self, selector: selectors.BaseSelector, descriptor: int) -> None:
        """Stop waiting on what has said its last: it would stay readable, and no wait would sleep."""
        selector.unregister(descriptor)
        self._open.discard(descriptor)

    def _add_events(self, chunk: bytes) -> None:
        """Pass whole lines on; anything longer than a journal's longest line is not ours and is dropped."""
        first, *others = chunk.split(b"\n")
        self._partial += first
        for piece in others:
            self._on_line(bytes(self._partial))
            self._partial = bytearray(piece)
        if len(self._partial) > MAX_LINE_BYTES:
            self._partial.clear()


def wait_for_all(
    watches: Sequence[Watch], on_exit: Callable[[Watch], None], on_tick: Callable[[], None], tick_s: float | None
) -> None:
    """Wait until all workers are gone, and end those whose time is over.

    The exit is what counts: a worker's own children may hold its pipes open for as long as they like. They are ended
    with it.

    Args:
        watches: the workers.
        on_exit: called with each worker as soon as it is gone, and with it its group.
        on_tick: called every `tick_s` seconds while nothing else happens.
        tick_s: None for no ticks.
    """
    with selectors.DefaultSelector() as selector:
        for watch in watches:
            watch.register(selector)
        running = list(watches)
        while running:
            num_before = len(running)
            for watch in list(running):
                if _is_over(watch, selector):
                    _finish(watch, selector)
                    running.remove(watch)
                    on_exit(watch)
            # To end one takes seconds, in which others may have exited: they are looked for before the next wait.
            is_same = len(running) == num_before
            if is_same and not _take(selector, _wait_s(running, tick_s)) and tick_s is not None:
                on_tick()


def _wait_s(running: Sequence[Watch], tick_s: float | None) -> float | None:
    """Return the seconds until a limit must be checked, whatever the output; None if there is no limit."""
    limits = [seconds for watch in running for seconds in (watch.remaining_s(), watch.patience_s())]
    waits = [max(seconds, _MIN_WAIT_S) for seconds in limits if seconds is not None]
    waits += [] if tick_s is None else [tick_s]
    waits += [] if all(watch.tells_its_exit for watch in running) else [_POLL_S]
    return min(waits, default=None)


def _is_over(watch: Watch, selector: selectors.BaseSelector) -> bool:
    """Return whether a worker is gone, or is now, because its time was over."""
    if watch.process.poll() is not None:
        return True
    watch.timed_out, watch.held_up = _is_used_up(watch.remaining_s()), _is_used_up(watch.patience_s())
    if not (watch.timed_out or watch.held_up):
        return False
    _dump_and_kill(watch, selector)
    return True


def _is_used_up(seconds: float | None) -> bool:
    return seconds is not None and seconds <= 0


def _dump_and_kill(watch: Watch, selector: selectors.BaseSelector) -> None:
    """Ask for a stack dump, give it a moment to arrive, and kill the group."""
    watch.process.send_signal(DUMP_SIGNAL)
    end = time.monotonic() + DUMP_GRACE_S
    while watch.process.poll() is None and (remaining := end - time.monotonic()) > 0:
        _take(selector, remaining)
    watch.group.kill()
    watch.process.wait()


def _finish(watch: Watch, selector: selectors.BaseSelector) -> None:
    watch.group.kill()
    watch.unregister(selector)


def _take(selector: selectors.BaseSelector, wait_s: float | None) -> bool:
    """Read the workers' output within a time, and return whether there was any."""
    ready = selector.select(wait_s)
    for key, _ in ready:
        watch, take = key.data
        if take is None:
            watch.forget(selector, key.fd)
        else:
            watch.drain(selector, key.fd, take)
    return bool(ready)


def _open_exit_descriptor(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process exits; None where the system has none.

    Linux has it from 5.3 on, and some sandboxes forbid the call.
    """
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None
