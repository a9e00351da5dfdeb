"""Runs trials on this machine in fresh worker processes; a journal is whole when its process is gone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import StoreError
from bench.frozen_model import Frozen
from bench.host.sensors.oom import count_oom_kills
from bench.launch_module import own_command
from bench.run.trial.turns_board import TurnsBoard
from bench.run.trial.worker_death import complete_journal, explain_exit
from bench.run.trial.worker_process import Job, WorkerExit, WorkerStartError, run_workers
from bench.run.worker.spec import TurnsChannel, WorkerSpec
from bench.store.records import EndEvent, InTurns, RunRecord, StartEvent, TrialError

WORKER = "bench.run.worker.main"
WORKER_COMMAND = own_command(WORKER)


class Limits(Frozen):
    """What one worker may take: seconds, and bytes of private memory; None for no limit."""

    timeout_s: float | None = None
    memory_limit_bytes: int | None = None


def limits_of(record: RunRecord) -> Limits:
    """Return what a run allows each of its workers."""
    return Limits(timeout_s=record.suite.timeout_s, memory_limit_bytes=record.suite.memory_limit_bytes)


@dataclass(frozen=True)
class TrialRequest:
    """One trial to run in a worker of its own.

    Attributes:
        path: the journal's file.
        start: its start line; `pid` must be this process's, since the worker dies with it.
        limits: what the worker may take; in turns, the seconds that it waits do not count.
        on_line: called with each journal line as it is written; what it raises ends the workers.
        worker_command: the worker's program.
        environ: the worker's environment variables; None for this process's.
        cwd: the worker's current folder; None for this process's.
    """

    path: Path
    start: StartEvent
    limits: Limits
    on_line: Callable[[bytes], None]
    worker_command: Sequence[str] = WORKER_COMMAND
    environ: Mapping[str, str] | None = None
    cwd: Path | None = None


def run_trial(attempt: TrialRequest, *, on_tick: Callable[[], None], tick_s: float | None) -> EndEvent:
    """Run one trial and return how it ended, also where not even its process could be started.

    Args:
        attempt: the trial.
        on_tick: called every `tick_s` seconds while nothing else happens; what it raises ends the worker.
        tick_s: None for no ticks.

    Raises:
        StoreError: where the disk is full.
    """
    return _run([attempt], [_job(attempt)], on_tick, tick_s)[0]


def run_in_turns(
    attempts: Sequence[TrialRequest], *, on_tick: Callable[[], None], tick_s: float | None, turn_s: float
) -> list[EndEvent]:
    """Run trials in workers that are alive at once and take turns of about `turn_s`, and return how each ended.

    The order is that of the slots: the first is started first and leads. One that ends, however, leaves the others to
    go on; a single one has the machine to itself.

    Raises:
        StoreError: where the disk is full.
    """
    if len(attempts) == 1:
        return [run_trial(attempts[0], on_tick=on_tick, tick_s=tick_s)]
    try:
        board = TurnsBoard(len(attempts), turn_s)
    except OSError as error:
        never = WorkerStartError(error.strerror)
        return [complete(one.path, one.start, _never_started(one.worker_command, never)) for one in attempts]
    with board:
        attempts = [_in_slot(attempts, slot) for slot in range(len(attempts))]
        jobs = [_job(attempt, board, slot) for slot, attempt in enumerate(attempts)]
        return _run(attempts, jobs, on_tick, tick_s)


def _in_slot(attempts: Sequence[TrialRequest], slot: int) -> TrialRequest:
    """Return an attempt whose start line says with which others it takes turns."""
    trials = tuple(f"{one.start.run_id}/{one.start.trial_id}" for one in attempts)
    start = attempts[slot].start.model_copy(update={"in_turns": InTurns(slot=slot, trials=trials)})
    return replace(attempts[slot], start=start)


def _run(
    attempts: Sequence[TrialRequest], jobs: Sequence[Job], on_tick: Callable[[], None], tick_s: float | None
) -> list[EndEvent]:
    oom_kills = count_oom_kills()
    exits = run_workers(jobs, on_tick, tick_s)
    num_kills = count_oom_kills() - oom_kills
    ends = [_explain(attempt, exit_, num_kills) for attempt, exit_ in zip(attempts, exits, strict=True)]
    return [complete(attempt.path, attempt.start, end) for attempt, end in zip(attempts, ends, strict=True)]


def _job(attempt: TrialRequest, board: TurnsBoard | None = None, slot: int = 0) -> Job:
    return Job(
        command=attempt.worker_command,
        spec=lambda descriptor: _spec(attempt, descriptor, board.channel(slot) if board else None),
        on_line=attempt.on_line,
        timeout_s=attempt.limits.timeout_s,
        environ=attempt.environ,
        cwd=attempt.cwd,
        descriptors=board.descriptors(slot) if board else (),
        spent_s=(lambda: board.spent_s(slot)) if board else None,
        on_exit=(lambda: board.leave(slot)) if board else (lambda: None),
    )


def _explain(attempt: TrialRequest, exit_: WorkerExit | WorkerStartError, num_kills: int) -> EndEvent:
    if isinstance(exit_, WorkerStartError):
        return _never_started(attempt.worker_command, exit_)
    limits, in_turns = attempt.limits, attempt.start.in_turns is not None
    return explain_exit(exit_, limits.timeout_s, num_kills, limits.memory_limit_bytes, in_turns=in_turns)


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
    """Return the error to report if the disk refuses to write."""
    remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"
    return StoreError(f"{path}: {error.strerror}; trials that ended are intact: {remedy}, then finish with `--resume`")


def _never_started(worker_command: Sequence[str], error: WorkerStartError) -> EndEvent:
    message = f"no worker process could be started ({worker_command[0]}: {error})"
    return EndEvent(status="failed", num_epochs=0, total_s=None, error=TrialError(type="OSError", message=message))


def _spec(attempt: TrialRequest, descriptor: int, turns: TurnsChannel | None) -> bytes:
    spec = WorkerSpec(
        journal=attempt.path.absolute(),  # the worker's current folder may be another
        start=attempt.start,
        event_fd=descriptor,
        memory_limit_bytes=attempt.limits.memory_limit_bytes,
        turns=turns,
    )
    return spec.model_dump_json().encode()
