"""Runs trials one after the other, each in a fresh worker process; no result is lost because a later one failed."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.data.dataset import DataInfo
from bench.errors import StoreError
from bench.host.oom import count_oom_kills
from bench.plan.case import Case, Trial
from bench.run.observer import Observer
from bench.run.outcome import complete_journal, explain_exit, interrupted
from bench.run.process import run_worker
from bench.run.signals import Interrupted
from bench.run.spec import WorkerSpec
from bench.store.journal import decode
from bench.store.records import BuiltEvent, EndEvent, EpochEvent, RunRecord, StartEvent
from bench.store.run_folder import journal_path, load_journal, move_to_attempts

MIN_FREE_BYTES = 8 << 20
WORKER_COMMAND = (sys.executable, "-m", "bench.run.worker")


@dataclass(frozen=True)
class RunContext:
    """What all trials of one run share; `data` is what the parent found when it checked each case's data set."""

    folder: Path
    record: RunRecord
    data: Mapping[Case, DataInfo]
    observer: Observer
    concurrent: bool = False
    worker_command: Sequence[str] = WORKER_COMMAND


def run_trials(context: RunContext, trials: Sequence[Trial]) -> list[EndEvent]:
    """Run the trials in order and return how each ended.

    Raises:
        Interrupted: on a signal, after the current trial's journal was ended as `interrupted`.
        StoreError: where the disk is full: before the next trial, with what was there intact.
    """
    return [_run_trial(context, trial) for trial in trials]


def select_trials(folder: Path, record: RunRecord, retry_failed: bool) -> list[Trial]:
    """Return the trials of a run that are still to do, and move earlier attempts at them out of the way.

    A trial is done when its journal ended `ok`, or, unless `retry_failed`, in any way but `killed` and `interrupted`.

    Raises:
        StoreError: where a journal is damaged: it is neither overwritten nor counted, so the user decides.
    """
    todo = []
    for trial in record.suite.trials:
        journal = load_journal(folder, trial.trial_id, record.run_id)
        if journal and (
            journal.status == "ok" or (journal.status not in ("killed", "interrupted") and not retry_failed)
        ):
            continue
        if journal_path(folder, trial.trial_id).exists():
            move_to_attempts(folder, trial.trial_id)
        todo.append(trial)
    return todo


def _run_trial(context: RunContext, trial: Trial) -> EndEvent:
    _check_free_space(context.folder)
    path = journal_path(context.folder, trial.trial_id)
    start = _start_event(context, trial)
    context.observer.trial_started(trial)
    oom_kills = count_oom_kills()
    try:
        exit_ = run_worker(
            context.worker_command,
            spec=lambda descriptor: _spec(path, start, descriptor),
            timeout_s=context.record.suite.timeout_s,
            on_line=lambda line: _tell(context.observer, trial, line),
            on_tick=context.observer.tick,
            tick_s=context.observer.tick_s,
        )
    except Interrupted as signal:
        end = _complete(path, start, interrupted(str(signal)))
        context.observer.trial_ended(trial, end)
        raise
    end = _complete(path, start, explain_exit(exit_, context.record.suite.timeout_s, count_oom_kills() - oom_kills))
    context.observer.trial_ended(trial, end)
    return end


def _start_event(context: RunContext, trial: Trial) -> StartEvent:
    """Return the start line; its pid is the parent's until the worker puts its own."""
    return StartEvent(
        run_id=context.record.run_id,
        trial_id=trial.trial_id,
        case=trial.case,
        seed=trial.seed,
        index=trial.index,
        environment=context.record.environment,
        argv=context.record.command,
        data=context.data[trial.case],
        concurrent=context.concurrent,
        pid=os.getpid(),
        started_at=datetime.now(UTC),
    )


def _spec(path: Path, start: StartEvent, descriptor: int) -> bytes:
    return WorkerSpec(journal=path, start=start, event_fd=descriptor).model_dump_json().encode()


def _tell(observer: Observer, trial: Trial, line: bytes) -> None:
    event = decode(line, trial.trial_id)
    if isinstance(event, BuiltEvent | EpochEvent):
        observer.event(trial, event)


def _complete(path: Path, start: StartEvent, end: EndEvent) -> EndEvent:
    try:
        return complete_journal(path, start, end)
    except OSError as error:
        raise _disk_error(path, error) from None


def _check_free_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise _disk_error(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))


def _disk_error(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: {error.strerror}; trials that ended are intact: make room, then finish with `--resume`")
