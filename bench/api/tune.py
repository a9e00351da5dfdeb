"""Searches each network's fastest execution settings: plan, open, search, read back, judge, keep."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import ConfigError
from bench.host.capture import capture_environment
from bench.host.environment import Environment
from bench.reports.terminal.run_view import QuietView
from bench.run.session.observer import Observer
from bench.run.session.open_session import Session, start_session
from bench.run.session.planning import Plan, Request
from bench.run.session.resume import resume_session
from bench.run.session.signals import Interrupted, interruptible
from bench.store.records import RunRecord
from bench.store.run_folder import LoadedRun, load_run
from bench.store.tunings_file import version_differences, versions_of, write_tunings
from bench.tune.outcome import SearchResult, judge_searches, next_trials, to_tuning
from bench.tune.tuning_run import check_searches, plan_tuning, run_tuning

DEFAULT_BUDGET_S = 1200.0
DEFAULT_TIMEOUT_S = 120.0
ObserverFor = Callable[[Session], Observer]


@dataclass(frozen=True)
class FinishedTuning:
    """A tuning that was searched as far as it went.

    `kept_in` is the file that `run --tuned` reads them from, None where nothing was decided; `was_concurrent` says that
    times were taken beside other measurements, which decide nothing. `interrupt` is the signal that cut it short.
    """

    run_id: str
    folder: Path
    outcomes: tuple[SearchResult, ...]
    kept_in: Path | None
    was_concurrent: bool
    interrupt: Interrupted | None = None


def tune(
    request: Request,
    output: Path,
    *,
    budget_s: float = DEFAULT_BUDGET_S,
    allow_concurrent: bool = False,
    watch: ObserverFor | None = None,
    command: Sequence[str] = ("bench.api.tune",),
) -> FinishedTuning:
    """Find the execution settings under which each network of a request trains fastest on this machine.

    Args:
        request: what to tune; a trial takes two minutes at most where it names no limit.
        output: the folder that holds the runs.
        budget_s: seconds for the trials of all cases together.
        allow_concurrent: measure beside another measurement, and keep no outcome.
        watch: returns what is told of the session while it runs; nothing is where None.
        command: what asked for it, as the run's record keeps it.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked, before any training.
    """
    environment = capture_environment()
    plan = plan_search(request, environment, budget_s)
    session = start_session(plan, environment, output, command)
    return _finish(session, watch, allow_concurrent)


def resume(folder: Path, *, allow_concurrent: bool = False, watch: ObserverFor | None = None) -> FinishedTuning:
    """Go on with a tuning that was cut short.

    Raises:
        ConfigError: for a run that is none, or where the machine or a version differs.
    """
    environment = capture_environment()
    session = resume_session(folder, environment, None, retry_failed=False)
    suite = session.record.suite
    if not suite.searches:
        raise ConfigError(f"--resume: {session.record.run_id} is no tuning; `python -m bench run --resume` finishes it")
    check_versions(session.record, environment)
    return _finish(replace(session, plan=Plan(suite, check_searches(suite))), watch, allow_concurrent)


def plan_search(request: Request, environment: Environment, budget_s: float = DEFAULT_BUDGET_S) -> Plan:
    """Resolve what is to be tuned.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked.
    """
    if len(request.flags.train_size or ()) > 1:
        raise ConfigError("--train-size: a tuning has trials of one size, since it holds for all; name one")
    timeout_s = DEFAULT_TIMEOUT_S if request.timeout_s is None else request.timeout_s
    return plan_tuning(replace(request, timeout_s=timeout_s), environment, budget_s)


def check_versions(record: RunRecord, environment: Environment) -> None:
    """Refuse to mix what two versions measured: the outcome is kept for the versions of one.

    Raises:
        ConfigError: with what differs.
    """
    then, now = versions_of(record.environment, record.version), versions_of(environment)
    differences = [f"{name} {before} then, {after} now" for name, before, after in version_differences(then, now)]
    if differences:
        raise ConfigError(f"--resume: a tuning holds for one set of versions ({'; '.join(differences)}); start anew")


def _finish(session: Session, watch: ObserverFor | None, allow_concurrent: bool) -> FinishedTuning:
    """Search, and judge and keep what came of it, also after an interrupt."""
    observer = watch(session) if watch else QuietView(io.StringIO())
    interrupt = _search(session, observer, allow_concurrent)
    run = load_run(session.folder)
    outcomes = judge_searches(run.record.suite, run.journals)
    was_concurrent = any(journal.start.concurrent for journal in run.journals)
    kept_in = None if was_concurrent else _keep(run, outcomes)
    return FinishedTuning(run.record.run_id, session.folder, tuple(outcomes), kept_in, was_concurrent, interrupt)


def _search(session: Session, observer: Observer, allow_concurrent: bool) -> Interrupted | None:
    """Run rung after rung, and return the signal that cut it short."""
    try:
        with interruptible():
            run_tuning(session, observer, next_trials, allow_concurrent=allow_concurrent)
    except Interrupted as signal:
        return signal
    return None


def _keep(run: LoadedRun, outcomes: Sequence[SearchResult]) -> Path | None:
    """Write what was decided into the user's cache, and return the file."""
    whole = [outcome for outcome in outcomes if outcome.is_whole and outcome.stock_ran]
    if not whole:
        return None
    now = datetime.now(UTC)
    return write_tunings(run.record.environment, [to_tuning(outcome, run.record.run_id, now) for outcome in whole])
