"""Runs trials on this machine in fresh worker processes; a journal is whole when its process is gone."""

from __future__ import annotations

import contextlib
import errno
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import BenchError, StoreError
from bench.frozen_model import Frozen
from bench.host.sensors.oom import count_oom_kills
from bench.launch_module import own_command
from bench.run.trial.turns_board import TurnsBoard
from bench.run.trial.worker_death import complete_journal, explain_exit, partner_not_ok
from bench.run.trial.worker_process import Job, WorkerExit, WorkerStartError, run_workers
from bench.run.worker.spec import TurnsChannel, WorkerSpec
from bench.store.records import EndEvent, InTurns, RunRecord, StartEvent, TrialError

WORKER = "bench.run.worker.main"
WORKER_COMMAND = own_command(WORKER)


class NoTurnsError(BenchError):
    """The system refuses what turns need; none of the trials was begun."""


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
        limits: what the worker may take; in turns, the seconds of others do not count.
        on_line: called with each journal line as it is written; what it raises ends the workers.
        on_start: called before the worker is started.
        on_end: called when the trial has ended and its journal is whole, while others in turns with it go on.
        worker_command: the worker's program.
        environ: the worker's environment variables; None for this process's.
        cwd: the worker's current folder; None for this process's.
    """

    path: Path
    start: StartEvent
    limits: Limits
    on_line: Callable[[bytes], None]
    on_start: Callable[[], None] = lambda: None
    on_end: Callable[[EndEvent], None] = lambda _: None
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
    return _run([attempt], None, on_tick, tick_s)[0]


def run_in_turns(
    attempts: Sequence[TrialRequest],
    *,
    on_tick: Callable[[], None],
    tick_s: float | None,
    turn_s: float,
    is_pair: bool = False,
) -> list[EndEvent]:
    """Run trials in workers that are alive at once and take turns of about `turn_s`, and return how each ended.

    The order is that of the slots: the first is started first and leads. One that ends, however, has its end line at
    once and leaves the others to go on, unless each is worth nothing without the others, as in a pair: there the first
    that does not end ok ends them all. A single one has the machine to itself.

    Raises:
        NoTurnsError: where the system refuses what turns need; nothing was begun.
        StoreError: where the disk is full.
    """
    if len(attempts) == 1:
        return [run_trial(attempts[0], on_tick=on_tick, tick_s=tick_s)]
    try:
        board = TurnsBoard(len(attempts), turn_s)
    except OSError as error:
        raise NoTurnsError(error.strerror) from None
    with board:
        attempts = [_in_slot(attempts, slot) for slot in range(len(attempts))]
        return _run(attempts, board, on_tick, tick_s, is_pair=is_pair)


def _in_slot(attempts: Sequence[TrialRequest], slot: int) -> TrialRequest:
    """Return an attempt whose start line says with which others it takes turns."""
    trials = tuple(f"{one.start.run_id}/{one.start.trial_id}" for one in attempts)
    start = attempts[slot].start.model_copy(update={"in_turns": InTurns(slot=slot, trials=trials)})
    return replace(attempts[slot], start=start)


class _PartnerNotOkError(Exception):
    """Leaves the loop that watches workers, which ends them."""


def _run(
    attempts: Sequence[TrialRequest],
    board: TurnsBoard | None,
    on_tick: Callable[[], None],
    tick_s: float | None,
    *,
    is_pair: bool = False,
) -> list[EndEvent]:
    oom_kills = count_oom_kills()
    seen: dict[int, EndEvent] = {}
    ends: dict[int, EndEvent] = {}

    def end(slot: int, exit_: WorkerExit | WorkerStartError) -> None:
        """Write how a worker ended, before anything can happen to those that go on, or to this process."""
        if board:
            board.leave(slot)
        attempt, shares_memory = attempts[slot], board is not None and board.num_living > 0
        seen[slot] = _explain(attempt, exit_, count_oom_kills() - oom_kills, shares_memory=shares_memory)
        # A disk that is full may have room again when the others have ended, whose training this must not cost.
        with contextlib.suppress(StoreError):
            ends[slot] = complete(attempt.path, attempt.start, seen[slot])
        if slot in ends:
            attempt.on_end(ends[slot])
        if is_pair and ends.get(slot, seen[slot]).status != "ok":
            raise _PartnerNotOkError

    for attempt in attempts:
        attempt.on_start()
    jobs = [_job(attempt, functools.partial(end, slot), board, slot) for slot, attempt in enumerate(attempts)]
    with contextlib.suppress(_PartnerNotOkError):
        run_workers(jobs, on_tick, tick_s)
    return [
        ends.get(slot) or complete(attempt.path, attempt.start, seen.get(slot, partner_not_ok()))
        for slot, attempt in enumerate(attempts)
    ]


def _job(
    attempt: TrialRequest,
    on_exit: Callable[[WorkerExit | WorkerStartError], None],
    board: TurnsBoard | None,
    slot: int,
) -> Job:
    return Job(
        command=attempt.worker_command,
        spec=lambda descriptor: _spec(attempt, descriptor, board.channel(slot) if board else None),
        on_line=attempt.on_line,
        timeout_s=attempt.limits.timeout_s,
        environ=attempt.environ,
        cwd=attempt.cwd,
        descriptors=board.descriptors(slot) if board else (),
        spent_s=(lambda: board.spent_s(slot)) if board else None,
        patience_s=(lambda: board.patience_s(slot)) if board else (lambda: None),
        on_exit=on_exit,
    )


def _explain(
    attempt: TrialRequest, exit_: WorkerExit | WorkerStartError, num_kills: int, *, shares_memory: bool
) -> EndEvent:
    if isinstance(exit_, WorkerStartError):
        return _never_started(attempt.worker_command, exit_)
    limits, in_turns = attempt.limits, attempt.start.in_turns is not None
    return explain_exit(
        exit_, limits.timeout_s, num_kills, limits.memory_limit_bytes, in_turns=in_turns, shares_memory=shares_memory
    )


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
