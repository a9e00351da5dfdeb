"""Runs what is left to do of a session, under the lock of its folder and of the machine."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

from bench.run.session.executor import Executor, LocalExecutor
from bench.run.session.observer import Observer
from bench.run.session.open_session import Session, hold_session
from bench.run.session.record_ceilings import record_ceilings
from bench.run.session.resume import select_trials
from bench.run.trial.trial import WORKER_COMMAND
from bench.store.records import EndEvent


def run_session(
    session: Session,
    observer: Observer,
    *,
    allow_concurrent: bool = False,
    with_ceilings: bool = False,
    worker_command: Sequence[str] = WORKER_COMMAND,
    executor: Executor | None = None,
    budget_s: float = math.inf,
) -> list[EndEvent]:
    """Run what is left to do, and return how each of these trials that began ended.

    Args:
        session: a run that was started, or opened to be resumed.
        observer: is notified of what happens.
        allow_concurrent: measure beside another measurement on this machine, which labels the results.
        with_ceilings: measure first what this machine can do at best, and keep it with the run.
        worker_command: the program that trains one trial, and its arguments, on this machine.
        executor: runs the trials; None for this machine.
        budget_s: seconds after which no further trial begins; those are left for another time, and so is the try alone
            of one that runs out of memory beside others.

    Raises:
        Interrupted: on a signal.
        StoreError: where the run is already being run, or the disk is full.
    """
    record = session.record
    executor = executor or LocalExecutor(session.environment or record.environment, allow_concurrent)
    with hold_session(session, observer, executor, worker_command) as context:
        begin = time.monotonic()
        if with_ceilings and budget_s > 0:
            record_ceilings(session.folder, record, observer.waiting, executor.measure_ceilings)
        todo = select_trials(session.folder, record, session.retry_failed)
        observer.run_started(record.run_id, todo, len(record.suite.trials) - len(todo))
        return executor.run_trials(replace(context, until=begin + budget_s), todo)
