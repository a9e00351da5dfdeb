"""A session: one run's folder, record and plan; how it is started, and how its folder and the machine are held."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import StoreError
from bench.host.environment import Environment
from bench.host.file_lock import try_file_lock
from bench.run.session.executor import Executor
from bench.run.session.observer import Observer
from bench.run.session.planning import Plan
from bench.run.session.run_trials import RunContext
from bench.store.records import RunRecord
from bench.store.run_folder import start_run

_LOCK_FILE = ".lock"


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
    folder, record = start_run(output, plan.suite, environment, command)
    return Session(folder, record, plan)


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
