"""Runs one trial on this machine in a fresh worker process; its journal is whole when the process is gone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.errors import StoreError
from bench.frozen import Frozen
from bench.host.sensors.oom import count_oom_kills
from bench.run.trial.outcome import complete_journal, explain_exit
from bench.run.trial.process import WorkerStartError, run_worker
from bench.run.worker.spec import WorkerSpec
from bench.start import own_command
from bench.store.records import EndEvent, RunRecord, StartEvent, TrialError

WORKER = "bench.run.worker.main"
WORKER_COMMAND = own_command(WORKER)


class Limits(Frozen):
    """What one worker may take: seconds, and bytes of private memory; None for no limit."""

    timeout_s: float | None = None
    memory_limit_bytes: int | None = None


def limits_of(record: RunRecord) -> Limits:
    """Return what a run allows each of its workers."""
    return Limits(timeout_s=record.suite.timeout_s, memory_limit_bytes=record.suite.memory_limit_bytes)


def run_trial(
    path: Path,
    start: StartEvent,
    limits: Limits,
    *,
    on_line: Callable[[bytes], None],
    on_tick: Callable[[], None],
    tick_s: float | None,
    worker_command: Sequence[str] = WORKER_COMMAND,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> EndEvent:
    """Run one trial and return how it ended, also where not even its process could be started.

    Args:
        path: where the journal stands.
        start: its start line; `pid` must be this process's, since the worker dies with it.
        limits: what the worker may take.
        on_line: called with each journal line as it is written; what it raises ends the worker.
        on_tick: called every `tick_s` seconds while nothing else happens; what it raises ends the worker.
        tick_s: None for no ticks.
        worker_command: the worker's program.
        environ: the worker's environment variables; None for this process's.
        cwd: the worker's current folder; None for this process's.

    Raises:
        StoreError: where the disk is full.
    """
    oom_kills = count_oom_kills()
    try:
        exit_ = run_worker(
            worker_command,
            spec=lambda descriptor: _spec(path, start, limits, descriptor),
            timeout_s=limits.timeout_s,
            on_line=on_line,
            on_tick=on_tick,
            tick_s=tick_s,
            environ=environ,
            cwd=cwd,
        )
    except WorkerStartError as error:
        return complete(path, start, _never_started(worker_command, error))
    num_kills = count_oom_kills() - oom_kills
    return complete(path, start, explain_exit(exit_, limits.timeout_s, num_kills, limits.memory_limit_bytes))


def complete(path: Path, start: StartEvent, end: EndEvent) -> EndEvent:
    """Append what a journal misses of start and end, and return the end that counts.

    A journal that is damaged is left as it is for the report to name, and the run goes on.

    Raises:
        StoreError: where the disk is full.
    """
    try:
        return complete_journal(path, start, end)
    except StoreError as error:
        return end.model_copy(update={"status": "failed", "error": TrialError(type="Journal", message=str(error))})
    except OSError as error:
        raise disk_error(path, error) from None


def disk_error(path: Path, error: OSError) -> StoreError:
    """Return what a user is told when the disk refuses."""
    remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"
    return StoreError(f"{path}: {error.strerror}; trials that ended are intact: {remedy}, then finish with `--resume`")


def _never_started(worker_command: Sequence[str], error: WorkerStartError) -> EndEvent:
    message = f"no worker process could be started ({worker_command[0]}: {error})"
    return EndEvent(status="failed", num_epochs=0, total_s=None, error=TrialError(type="OSError", message=message))


def _spec(path: Path, start: StartEvent, limits: Limits, descriptor: int) -> bytes:
    # The worker's current folder may be another.
    spec = WorkerSpec(
        journal=path.absolute(), start=start, event_fd=descriptor, memory_limit_bytes=limits.memory_limit_bytes
    )
    return spec.model_dump_json().encode()
