"""What runs on a measuring host, inside a dask worker: it describes the host, and runs one trial at a time there.

The trial itself is the same worker process as on the user's own machine, with the journal in a folder of its own. Its
lines go to the user as they are written, as events on one topic (`Worker.log_event`); the task's result is the whole
journal once more, so that no line depends on an event that arrives late.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dask
from distributed import Status, get_worker
from distributed.scheduler import KilledWorker
from pydantic import TypeAdapter

from bench import __version__
from bench.data.dataset import DataInfo
from bench.errors import BenchError
from bench.frozen_model import Frozen, PositiveInt
from bench.host.capture import capture_environment
from bench.host.ceilings.ceilings import Wanted, ask_peak, measure_ceilings
from bench.host.environment import Environment
from bench.host.lock import measurement_lock
from bench.host.probe import Probe
from bench.plan.case import Case
from bench.run.session.planning import check_data
from bench.run.trial.trial import WORKER_COMMAND, Limits, TrialRequest, run_trial
from bench.store.records import StartEvent

# How often a running trial asks whether it is still wanted; one look is some microseconds of the dask worker's time.
CHECK_S = 1.0
_STOP_POLL_S = 0.05
_log = logging.getLogger(__name__)
_ALIVE = (Status.running, Status.paused)
_CASES: TypeAdapter[tuple[Case, ...]] = TypeAdapter(tuple[Case, ...])
_INFOS: TypeAdapter[tuple[DataInfo, ...]] = TypeAdapter(tuple[DataInfo, ...])


class WorkerReplacedError(BenchError):
    """The dask worker that a trial was sent to is gone, and another took its address."""


class NotWantedError(BenchError):
    """The trial was cancelled, or nobody is left who waits for it."""


LOST = (KilledWorker, WorkerReplacedError, NotWantedError)


class HostReport(Frozen):
    """What a dask worker says of itself and of the machine that it runs on."""

    worker_id: str
    version: str
    dask: str
    environment: Environment


class HostOptions(Frozen):
    """How trials run on their hosts.

    `allow_concurrent` measures beside another measurement, and labels the results. Tests put another program in place
    of the worker, and the measurement lock elsewhere; None is the real one, and each host's own place.
    """

    allow_concurrent: bool = False
    worker_command: tuple[str, ...] | None = None
    lock_folder: Path | None = None


class RemoteOptions(Frozen):
    """How a run's trials are sent, and how they run on their `host`.

    `max_attempts` is how often a trial is started at most, where hosts are lost under it; `patience_s` is how long to
    wait for a worker when none is left.
    """

    host: HostOptions = HostOptions()
    max_attempts: PositiveInt = 3
    patience_s: float = 60.0


class Assignment(Frozen):
    """One trial for one dask worker; `start` still lacks what only the host knows: process, time and neighbours."""

    key: str
    topic: str
    worker_id: str
    start: StartEvent
    limits: Limits
    options: HostOptions


class _Trials:
    """The trials that run in this process, and the topics of runs that were stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topic_by_key: dict[str, str] = {}
        self._stopped: set[str] = set()

    @contextlib.contextmanager
    def running(self, assignment: Assignment) -> Iterator[None]:
        with self._lock:
            self._topic_by_key[assignment.key] = assignment.topic
        try:
            yield
        finally:
            with self._lock:
                del self._topic_by_key[assignment.key]

    def stop(self, topic: str) -> None:
        with self._lock:
            self._stopped.add(topic)

    def is_stopped(self, topic: str) -> bool:
        with self._lock:
            return topic in self._stopped

    def any_of(self, topic: str) -> bool:
        with self._lock:
            return topic in self._topic_by_key.values()


_TRIALS = _Trials()


def describe_host(dask_worker: Any) -> str:
    """Return this host's report as JSON; dask passes its worker object in."""
    report = HostReport(
        worker_id=dask_worker.id,
        version=__version__,
        dask=dask.__version__,
        environment=capture_environment(Probe(environ=_trial_environ(dask_worker))),
    )
    return report.model_dump_json()


async def check_host_data(cases: str) -> str:
    """Load every data set that the cases (JSON) name, check it, and return the cases' infos as JSON, in order.

    Raises:
        DataError, ConfigError: where a case cannot be trained here.
    """
    parsed = _CASES.validate_json(cases)
    known = await asyncio.to_thread(check_data, parsed)
    return _INFOS.dump_json(tuple(known[case] for case in parsed)).decode()


def train(assignment_json: str) -> tuple[str, ...]:
    """Run one trial under this host's measurement lock, and return its journal's lines.

    Raises:
        WorkerReplacedError, NotWantedError: nothing runs any more, and nothing is left behind.
    """
    assignment = Assignment.model_validate_json(assignment_json)
    options, worker = assignment.options, get_worker()
    if worker.id != assignment.worker_id:
        raise WorkerReplacedError(f"expected dask worker {assignment.worker_id}, this is {worker.id}")

    def check() -> None:
        _check_wanted(assignment, worker)

    def tell(kind: str, text: str) -> None:
        check()
        worker.log_event(assignment.topic, {"kind": kind, "key": assignment.key, "text": text})

    with (
        _TRIALS.running(assignment),
        measurement_lock(
            assignment.start.run_id,
            on_wait=lambda message: tell("waiting", message),
            on_poll=check,
            allow_concurrent=options.allow_concurrent,
            folder=options.lock_folder,
        ) as concurrent,
        tempfile.TemporaryDirectory(prefix="rnn-or-cnn-") as folder,
    ):
        path = Path(folder) / "journal.jsonl"
        now = {"pid": os.getpid(), "started_at": datetime.now(UTC), "concurrent": concurrent}
        attempt = TrialRequest(
            path,
            assignment.start.model_copy(update=now),
            assignment.limits,
            on_line=lambda line: tell("line", line.decode(errors="replace")),
            worker_command=options.worker_command or WORKER_COMMAND,
            environ=_trial_environ(worker),
        )
        run_trial(attempt, on_tick=check, tick_s=CHECK_S)
        # Not splitlines(): it would cut at line ends that JSON allows inside a text.
        return tuple(path.read_text(encoding="utf-8").split("\n")[:-1])


def measure_host(environment: str, wanted: tuple[Wanted, ...], options_json: str) -> str:
    """Return this host's ceilings as JSON, measured under its lock; see `measure_ceilings`."""
    options = HostOptions.model_validate_json(options_json)
    machine = Environment.model_validate_json(environment)
    child = functools.partial(ask_peak, environ=_trial_environ(get_worker()))
    with measurement_lock(
        "ceilings", on_wait=_log.info, allow_concurrent=options.allow_concurrent, folder=options.lock_folder
    ):
        return measure_ceilings(machine, wanted, child=child).model_dump_json()


async def stop_trials(topic: str) -> None:
    """End every trial of a run in this process, and return when none is left."""
    _TRIALS.stop(topic)
    while _TRIALS.any_of(topic):
        await asyncio.sleep(_STOP_POLL_S)


def _check_wanted(assignment: Assignment, worker: Any) -> None:
    """End the trial where its run was stopped, its user is gone (dask then drops the task), or this worker closes."""
    task = worker.state.tasks.get(assignment.key)
    is_dropped = task is None or task.state == "cancelled"
    if is_dropped or _TRIALS.is_stopped(assignment.topic) or worker.status not in _ALIVE:
        raise NotWantedError(f"{assignment.start.trial_id}: cancelled")


def without_nanny_settings(environ: Mapping[str, str], settings: Mapping[str, Any]) -> dict[str, str]:
    """Return environment variables without those that dask's nanny put there.

    It sets OMP_NUM_THREADS=1 and its like, for tasks that share a process, and MALLOC_TRIM_THRESHOLD_: a trial under
    them would not be the trial that runs on the user's own machine. A value that differs from dask's is the user's.
    """
    return {name: value for name, value in environ.items() if str(settings.get(name)) != value}


def _trial_environ(worker: Any) -> dict[str, str]:
    if worker.nanny is None:
        return dict(os.environ)
    settings = dask.config.get("distributed.nanny.pre-spawn-environ") | dask.config.get("distributed.nanny.environ")
    return without_nanny_settings(os.environ, settings)
