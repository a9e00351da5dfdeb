"""Starts one worker process, waits for it without using the processor, and never leaves one behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.errors import BenchError
from bench.run.trial.output import CappedOutput
from bench.run.worker.guards import DUMP_SIGNAL
from bench.store.journal import MAX_LINE_BYTES

DUMP_GRACE_S = 2.0
_POLL_S = 1.0
# The kernel's default size of a pipe: one read empties it.
_CHUNK_BYTES = 1 << 16
# Nobody is left to signal; macOS says EPERM where only a process that ended and was not waited for is left.
_NOBODY_LEFT = (ProcessLookupError, PermissionError)


class WorkerStartError(BenchError):
    """The system gave no process or no pipe; what the worker's lines meet later is another matter."""


@dataclass(frozen=True)
class WorkerExit:
    """How a worker ended: `return_code` is minus the signal's number where a signal ended it."""

    return_code: int
    timed_out: bool
    output_tail: str


def run_worker(
    command: Sequence[str],
    spec: Callable[[int], bytes],
    timeout_s: float | None,
    on_line: Callable[[bytes], None],
    on_tick: Callable[[], None],
    tick_s: float | None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> WorkerExit:
    """Run one worker to its end and return how it ended.

    The worker leads a session of its own, so that everything it started can be ended with it, and Ctrl-C reaches the
    parent alone. What it prints is drained into a capped buffer. Between its lines the parent sleeps in the kernel.

    Args:
        command: the program and its arguments.
        spec: called with the descriptor for journal lines, returns what the worker reads on its standard input.
        timeout_s: seconds until the worker's stacks are dumped and its process group is killed; None for no limit.
        on_line: called with each journal line that the worker copies to its parent.
        on_tick: called every `tick_s` seconds while nothing else happens.
        tick_s: None for no ticks.
        environ: the worker's environment variables; None for this process's.
        cwd: the worker's current folder; None for this process's.

    Raises:
        WorkerStartError: where no process can be started.
    """
    with contextlib.ExitStack() as stack:
        event_read, event_write = _open_pipe(stack)
        with _closed_after(event_write):
            process = _start(command, event_write, environ, cwd)
            stack.enter_context(_ended_with_us(process))
            _send(process, spec(event_write))
        watch = _Watch(process, event_read, on_line)
        stack.callback(watch.close)
        timed_out = watch.run(timeout_s, on_tick, tick_s)
    return WorkerExit(process.returncode, timed_out, watch.output.tail())


def _open_pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    try:
        event_read, event_write = os.pipe()
    except OSError as error:
        raise WorkerStartError(error.strerror) from error
    stack.callback(os.close, event_read)
    return event_read, event_write


def _start(
    command: Sequence[str], event_write: int, environ: Mapping[str, str] | None, cwd: Path | None
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(event_write,),
            start_new_session=True,
            env=environ,
            cwd=cwd,
        )
    except OSError as error:
        raise WorkerStartError(error.strerror) from error


@contextlib.contextmanager
def _closed_after(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the worker's whole group however the block is left, and reap it."""
    try:
        yield
    finally:
        _kill_group(process)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker with all that it started; a process that left the group by a session of its own is out of reach."""
    with contextlib.suppress(*_NOBODY_LEFT):
        os.killpg(process.pid, signal.SIGKILL)


def _send(process: subprocess.Popen[bytes], spec: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - tells the type checker what PIPE means
    try:
        process.stdin.write(spec)
        process.stdin.close()
    except BrokenPipeError:
        return  # it died at once: its exit and its output tell why


class _Watch:
    """Waits on a worker's output, its journal lines and its exit at once.

    The exit is what counts: the worker's own children may hold its pipes open for as long as they like.
    """

    def __init__(self, process: subprocess.Popen[bytes], event_read: int, on_line: Callable[[bytes], None]) -> None:
        assert process.stdout is not None  # noqa: S101 - tells the type checker what PIPE means
        self.output = CappedOutput()
        self._process = process
        self._stdout: IO[bytes] = process.stdout
        self._event_read = event_read
        self._on_line = on_line
        self._partial = bytearray()
        self._selector = selectors.DefaultSelector()
        os.set_blocking(event_read, False)
        os.set_blocking(self._stdout.fileno(), False)
        self._selector.register(event_read, selectors.EVENT_READ, self._take_events)
        self._selector.register(self._stdout, selectors.EVENT_READ, self._take_output)
        self._exit_descriptor = _open_exit_descriptor(process.pid)
        if self._exit_descriptor is not None:
            self._selector.register(self._exit_descriptor, selectors.EVENT_READ, lambda: None)

    def close(self) -> None:
        """Release the descriptors."""
        self._selector.close()
        if self._exit_descriptor is not None:
            os.close(self._exit_descriptor)

    def run(self, timeout_s: float | None, on_tick: Callable[[], None], tick_s: float | None) -> bool:
        """Wait until the worker is gone, and return whether it had to be ended."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while self._process.poll() is None:
            remaining = None if deadline is None else deadline - time.monotonic()
            if remaining is not None and remaining <= 0:
                self._dump_and_kill()
                return True
            waits = [wait for wait in (remaining, tick_s, self._poll_s()) if wait is not None]
            if not self._take(min(waits, default=None)) and tick_s is not None:
                on_tick()
        self._take(0)
        return False

    def _poll_s(self) -> float | None:
        """Where no descriptor tells of the exit, and both pipes are closed, only asking remains."""
        return _POLL_S if self._exit_descriptor is None else None

    def _take(self, wait_s: float | None) -> bool:
        ready = self._selector.select(wait_s)
        for key, _ in ready:
            key.data()
        return bool(ready)

    def _take_output(self) -> None:
        self._drain(self._stdout.fileno(), self.output.add)

    def _take_events(self) -> None:
        self._drain(self._event_read, self._add_events)

    def _drain(self, descriptor: int, add: Callable[[bytes], None]) -> None:
        """Read what is there; an end of file stops the waiting on this descriptor."""
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if chunk:
            add(chunk)
        else:
            self._selector.unregister(descriptor)

    def _add_events(self, chunk: bytes) -> None:
        """Hand on whole lines; what has no end after a journal's longest line is none of ours and is dropped."""
        first, *others = chunk.split(b"\n")
        self._partial += first
        for piece in others:
            self._on_line(bytes(self._partial))
            self._partial = bytearray(piece)
        if len(self._partial) > MAX_LINE_BYTES:
            self._partial.clear()

    def _dump_and_kill(self) -> None:
        """Ask for a stack dump, give it a moment to arrive, and kill the group."""
        self._process.send_signal(DUMP_SIGNAL)
        end = time.monotonic() + DUMP_GRACE_S
        while self._process.poll() is None and (remaining := end - time.monotonic()) > 0:
            self._take(remaining)
        _kill_group(self._process)
        self._process.wait()
        self._take(0)


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
