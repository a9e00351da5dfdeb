"""Opens a run folder, new or resumed, and runs what is left to do in it under the host's lock."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import __version__
from bench.data.dataset import DataInfo
from bench.errors import ConfigError, DataError, StoreError
from bench.host.environment import Environment
from bench.host.file_lock import try_file_lock
from bench.host.fingerprint import explain_difference
from bench.plan.backends import check_backend
from bench.plan.case import Case
from bench.run.session.executor import Executor, LocalExecutor
from bench.run.session.observer import Observer
from bench.run.session.planning import Plan, check_data, check_variables
from bench.run.session.record_ceilings import record_ceilings
from bench.run.session.runner import RunContext, select_trials
from bench.run.trial.trial import WORKER_COMMAND
from bench.store.records import EndEvent, ResolvedSuite, RunRecord
from bench.store.run_folder import create_run_folder, load_run, new_run_id, read_record, write_record

_LOCK_FILE = ".lock"
_RUN_SETTINGS = ("targets", "timeout_s", "memory_limit_bytes")
_MAX_SHOWN = 5


@dataclass(frozen=True)
class Session:
    """A run folder with its record and plan, ready to run; `environment` is this machine now, None as recorded."""

    folder: Path
    record: RunRecord
    plan: Plan
    retry_failed: bool = False
    environment: Environment | None = None


def start_session(plan: Plan, environment: Environment, output: Path, command: Sequence[str]) -> Session:
    """Create a run folder and write what will be run into it, before anything is.

    Raises:
        StoreError: where the output folder cannot be written.
    """
    now = datetime.now(UTC)
    run_id, folder = create_run_folder(output, lambda: new_run_id(plan.suite.name, now))
    record = RunRecord(
        run_id=run_id,
        created_at=now,
        version=__version__,
        command=tuple(command),
        suite=plan.suite,
        environment=environment,
    )
    write_record(folder, record)
    return Session(folder, record, plan)


def resume_session(folder: Path, environment: Environment, asked: Plan | None, retry_failed: bool) -> Session:
    """Open an earlier run to finish it on the same machine with the same settings.

    Args:
        folder: the run's folder.
        environment: this machine now.
        asked: what the command line asks for besides, or None; it must be what the run was started with.
        retry_failed: repeat trials that failed, too.

    Raises:
        ConfigError: where the machine or the plan differ, with the differences, or a backend is gone.
        DataError: where the data set changed.
    """
    record = read_record(folder)
    check_variables(environment.variables)
    difference = explain_difference(record.environment, environment)
    if difference:
        shown = "; ".join(f"{field}: {before} then, {now} now" for field, before, now in difference)
        raise ConfigError(f"--resume: timings of two machines cannot be mixed in one run ({shown}); start a new run")
    if asked:
        _check_same_plan(record.suite, asked.suite)
    for backend in {trial.case.backend for trial in record.suite.trials}:
        check_backend(backend)
    data = check_data([trial.case for trial in record.suite.trials])
    _check_same_data(folder, data)
    return Session(folder, record, Plan(record.suite, data), retry_failed, environment)


def run_session(
    session: Session,
    observer: Observer,
    *,
    allow_concurrent: bool = False,
    with_ceilings: bool = False,
    worker_command: Sequence[str] = WORKER_COMMAND,
    executor: Executor | None = None,
) -> list[EndEvent]:
    """Run what is left to do, and return how each of these trials ended.

    Args:
        session: a run that was started, or opened to be resumed.
        observer: is told what happens.
        allow_concurrent: measure beside another measurement on this machine, which labels the results.
        with_ceilings: measure first what this machine can do at best, and keep it with the run.
        worker_command: the program that trains one trial, and its arguments, on this machine.
        executor: runs the trials; None for this machine.

    Raises:
        Interrupted: on a signal.
        StoreError: where the run is already being run, or the disk is full.
    """
    record = session.record
    executor = executor or LocalExecutor(session.environment or record.environment, allow_concurrent)
    with hold_session(session, observer, executor, worker_command) as context:
        if with_ceilings:
            record_ceilings(session.folder, record, observer.waiting, executor.measure_ceilings)
        todo = select_trials(session.folder, record, session.retry_failed)
        observer.run_started(record.run_id, todo, len(record.suite.trials) - len(todo))
        return executor.run_trials(context, todo)


@contextlib.contextmanager
def hold_session(
    session: Session, observer: Observer, executor: Executor, worker_command: Sequence[str]
) -> Iterator[RunContext]:
    """Keep a run's folder and the machine for it, and yield what its trials share.

    Raises:
        StoreError: where the run is already being run.
    """
    with _folder_lock(session.folder), executor.hold(session.record.run_id, observer.waiting) as concurrent:
        yield RunContext(
            session.folder, session.record, session.plan.data, observer, concurrent, worker_command, session.environment
        )


def _check_same_plan(before: ResolvedSuite, now: ResolvedSuite) -> None:
    """Refuse to finish a run under another plan; its trials would not be comparable with those that ended."""
    fields = [name for name in _RUN_SETTINGS if getattr(before, name) != getattr(now, name)]
    old = {trial.trial_id: trial for trial in before.trials}
    new = {trial.trial_id: trial for trial in now.trials}
    differences = [f"{name}: {getattr(before, name)} then, {getattr(now, name)} now" for name in fields]
    differences += [f"{trial_id} is no longer asked for" for trial_id in old if trial_id not in new]
    differences += [f"{trial_id} is new" for trial_id in new if trial_id not in old]
    differences += [f"{key}: other settings" for key in old if key in new and old[key].case != new[key].case]
    if differences:
        hidden = len(differences) - _MAX_SHOWN
        shown = "; ".join(differences[:_MAX_SHOWN]) + (f"; and {hidden} more" if hidden > 0 else "")
        raise ConfigError(f"--resume: the run was started with another plan ({shown}); leave suite and flags out")


def _check_same_data(folder: Path, data: Mapping[Case, DataInfo]) -> None:
    """Refuse to train the rest of a run on other data than the trials before; a damaged journal tells nothing."""
    for journal in load_run(folder).journals:
        before, now = journal.start.data, data.get(journal.start.case)
        if now is not None and now != before:
            raise DataError(
                f"--resume: data set {before.name} changed since {journal.trial_id} trained on it ({before} then, "
                f"{now} now): bring the old one back, or start a new run"
            )


@contextlib.contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Keep a second process from resuming the same run at the same time."""
    try:
        lock = try_file_lock(folder / _LOCK_FILE, 0o644)
    except OSError as error:
        raise StoreError(f"{folder / _LOCK_FILE}: cannot lock this run: {error.strerror or error}") from None
    if lock is None:
        raise StoreError(f"{folder}: another process is running this run now; wait until it ends")
    try:
        yield
    finally:
        os.close(lock)
