"""Starts worker processes, waits for them without using the processor, and never leaves one behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.run.trial.watch import Group, Watch, wait_for_all


class WorkerStartError(BenchError):
    """The system could not create a process or a pipe; errors of later output are not this one."""


@dataclass(frozen=True)
class WorkerExit:
    """How a worker ended: `return_code` is minus the signal's number where a signal ended it.

    `timed_out` and `held_up` are whether the parent ended it: at its limit, or since others waited for it for too long.
    """

    return_code: int
    timed_out: bool
    output_tail: str
    held_up: bool = False


@dataclass(frozen=True)
class Job:
    """One worker to start.

    Attributes:
        command: the program and its arguments.
        spec: called with the descriptor for journal lines, returns what the worker reads on its standard input.
        on_line: called with each journal line that the worker copies to its parent.
        timeout_s: seconds until the worker's stacks are dumped and its process group is killed; None for no limit.
        environ: the worker's environment variables; None for this process's.
        cwd: the worker's current folder; None for this process's.
        descriptors: what it inherits besides.
        spent_s: the seconds that count against `timeout_s`; None for those since it was started.
        patience_s: for how many seconds others will still wait for it, until it is ended likewise; None for any.
        on_exit: called as soon as it is gone, or could not be started, with how that came.
    """

    command: Sequence[str]
    spec: Callable[[int], bytes]
    on_line: Callable[[bytes], None]
    timeout_s: float | None = None
    environ: Mapping[str, str] | None = None
    cwd: Path | None = None
    descriptors: Sequence[int] = ()
    spent_s: Callable[[], float] | None = None
    patience_s: Callable[[], float | None] = lambda: None
    on_exit: Callable[[WorkerExit | WorkerStartError], None] = lambda _: None


def run_workers(jobs: Sequence[Job], on_tick: Callable[[], None], tick_s: float | None) -> None:
    """Run workers at the same time, each to its end; what any of the functions that are called raises ends them all.

    Each leads a session of its own, so that everything it started can be ended with it, and Ctrl-C reaches the parent
    alone. What it prints is drained into a capped buffer. Between their lines the parent sleeps in the kernel.

    Args:
        jobs: the workers, in the order in which they are started; one that cannot be started stops no other.
        on_tick: called every `tick_s` seconds while nothing else happens.
        tick_s: None for no ticks.
    """
    with contextlib.ExitStack() as stack:
        started = [_start(job, stack) for job in jobs]
        watches = {watch: job for watch, job in zip(started, jobs, strict=True) if isinstance(watch, Watch)}
        wait_for_all(list(watches), lambda watch: watches[watch].on_exit(_describe(watch)), on_tick, tick_s)


def _describe(watch: Watch) -> WorkerExit:
    return WorkerExit(watch.process.returncode, watch.timed_out, watch.output.tail(), watch.held_up)


def _start(job: Job, stack: contextlib.ExitStack) -> Watch | WorkerStartError:
    """Start a worker that is ended, with all it started, when `stack` exits; or return why it did not start."""
    try:
        event_read, event_write = _open_pipe(stack)
        with _closed_after(event_write):
            group = Group(_open_process(job, event_write))
            stack.enter_context(_ended_with_us(group))
            _send(group.process, job.spec(event_write))
    except WorkerStartError as error:
        job.on_exit(error)
        return error
    watch = Watch(group, event_read, job.on_line, _countdown(job), job.patience_s)
    stack.callback(watch.close)
    return watch


def _countdown(job: Job) -> Callable[[], float | None]:
    """Return a function that tells how many seconds a worker that starts now has left."""
    begin = time.monotonic()
    spent_s, timeout_s = job.spent_s or (lambda: time.monotonic() - begin), job.timeout_s
    return lambda: None if timeout_s is None else timeout_s - spent_s()


def _open_pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    try:
        event_read, event_write = os.pipe()
    except OSError as error:
        raise WorkerStartError(error.strerror) from error
    stack.callback(os.close, event_read)
    return event_read, event_write


def _open_process(job: Job, event_write: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            job.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(event_write, *job.descriptors),
            start_new_session=True,
            env=job.environ,
            cwd=job.cwd,
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
def _ended_with_us(group: Group) -> Iterator[None]:
    """End the worker's whole group however the block is left, and reap it."""
    try:
        yield
    finally:
        group.kill()
        group.process.wait()
        for stream in (group.process.stdin, group.process.stdout):
            if stream:
                stream.close()


def _send(process: subprocess.Popen[bytes], spec: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - tells the type checker what PIPE means
    try:
        process.stdin.write(spec)
        process.stdin.close()
    except BrokenPipeError:
        return  # it died at once: its exit and its output tell why
