"""Trains what is asked and reports it: plan, open, train, read back, summarise, write."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.analysis.run_summary import summarize_loaded
from bench.analysis.summary_types import RunSummary
from bench.api.answers import page_answers
from bench.api.gpu_page import GpuPage, write_gpu_page
from bench.errors import ClusterLostError, ConfigError
from bench.host.capture import capture_environment
from bench.reports.run.markdown import write_report
from bench.reports.run.observer import RunObserver
from bench.reports.terminal.run_view import QuietView
from bench.run.session.executor import Executor, LocalExecutor
from bench.run.session.open_session import Session, start_session
from bench.run.session.planning import Plan, Request, make_plan
from bench.run.session.resume import resume_session
from bench.run.session.run_session import run_session
from bench.run.session.signals import Interrupted, interruptible
from bench.store.run_folder import load_run

ObserverFor = Callable[[Session, Executor], RunObserver]
_NOTEBOOK = ("bench.api.run",)


@dataclass(frozen=True)
class FinishedRun:
    """A run that was trained as far as it went: its folder, what it amounts to, and where its report stands.

    `interrupt` is the signal that cut it short, None where none did. `gpu` is what `prove-gpu` saw, or None.
    """

    folder: Path
    summary: RunSummary
    report: Path
    interrupt: Interrupted | None = None
    gpu: GpuPage | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every planned trial ended ok."""
        return self.summary.num_by_status.get("ok", 0) == self.summary.num_planned


def run(
    request: Request,
    output: Path,
    *,
    executor: Executor | None = None,
    watch: ObserverFor | None = None,
    with_ceilings: bool = False,
    command: Sequence[str] = _NOTEBOOK,
) -> FinishedRun:
    """Train every case of a request with every seed on one kind of machine, and report it.

    Args:
        request: what to train.
        output: the folder that holds the runs.
        executor: where the trials run; this machine, one trial at a time, where None.
        watch: returns what is told of the session while it runs; nothing is where None.
        with_ceilings: measure first what the devices can do at most, as some suites always do.
        command: what asked for it, as the run's record keeps it.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked, before any training.
        ClusterLostError: no host is left; what was measured is reported.
        StoreError: where the disk refuses.
    """
    executor = executor or LocalExecutor(capture_environment(output=output))
    plan = plan_run(request, executor)
    session = start_session(plan, executor.environment, output, command)
    return train_and_report(session, executor, watch, with_ceilings)


def run_each(
    plans: Sequence[tuple[Executor, Plan]],
    output: Path,
    watch: ObserverFor,
    with_ceilings: bool,
    command: Sequence[str],
) -> list[FinishedRun]:
    """Run one plan on each kind of machine, one after the other, into a run folder each; an interrupt ends them all."""
    finished: list[FinishedRun] = []
    for executor, plan in plans:
        session = start_session(plan, executor.environment, output, command)
        finished.append(train_and_report(session, executor, watch, with_ceilings))
        if finished[-1].interrupt:
            break
    return finished


def resume(
    folder: Path,
    request: Request | None = None,
    *,
    executor: Executor | None = None,
    watch: ObserverFor | None = None,
    with_ceilings: bool = False,
    retry_failed: bool = False,
) -> FinishedRun:
    """Finish an earlier run where it began, and report it.

    Args:
        folder: the run's.
        request: what is asked for besides, which must be what the run was started with; None for just that. Its
            `in_turns` alone may be another, for what is left.
        executor: as in `run`.
        watch: as in `run`.
        with_ceilings: as in `run`.
        retry_failed: repeat trials that failed, too.

    Raises:
        ConfigError: for a tuning, or another machine or plan.
        DataError: where the data set changed.
    """
    executor = executor or LocalExecutor(capture_environment(output=folder.parent))
    request = request or Request()
    is_bare = replace(request, in_turns=None).is_empty
    asked = None if is_bare else make_plan(request, executor.environment)
    session = resume_session(folder, executor.environment, asked, retry_failed, request.in_turns)
    if session.record.suite.searches:
        raise ConfigError(f"--resume: {session.record.run_id} is a tuning; `python -m bench tune --resume` finishes it")
    executor.check_data(session.plan.data)
    return train_and_report(session, executor, watch, with_ceilings)


def plan_run(request: Request, executor: Executor) -> Plan:
    """Resolve what is asked, and check it against the models, the data and the machines that are to train it.

    Raises:
        ConfigError, DataError, DeviceError, NothingSelectedError: for what cannot be run as asked.
    """
    plan = make_plan(request, executor.environment)
    executor.check_networks(dict.fromkeys(trial.case.model for trial in plan.suite.trials))
    executor.check_data(plan.data)
    return plan


def train_and_report(
    session: Session,
    executor: Executor,
    watch: ObserverFor | None,
    with_ceilings: bool = False,
    prepare: Callable[[], float] = lambda: math.inf,
) -> FinishedRun:
    """Train what is left, and report whatever there is, also after an interrupt or the loss of all hosts.

    Args:
        session: a run that was started, or opened to be resumed.
        executor: as in `run`.
        watch: as in `run`.
        with_ceilings: as in `run`.
        prepare: called first; returns the seconds after which no further trial begins.

    Raises:
        ClusterLostError, StoreError: as `run`.
    """
    observer = watch(session, executor) if watch else QuietView(io.StringIO())
    stop = _train(session, executor, observer, with_ceilings, prepare)
    loaded = load_run(session.folder)
    summary, answers = summarize_loaded(loaded), page_answers(loaded)
    gpu = write_gpu_page(loaded, session.folder)  # also of a proof that is finished by `--resume`
    del loaded  # as in `bench.api.report.report`
    report = write_report(session.folder, summary, answers)
    observer.run_ended(summary, report)
    if isinstance(stop, ClusterLostError):
        raise stop
    return FinishedRun(session.folder, summary, report, stop, gpu)


def _train(
    session: Session, executor: Executor, observer: RunObserver, with_ceilings: bool, prepare: Callable[[], float]
) -> Interrupted | ClusterLostError | None:
    """Run what is left of a session, and return what cut it short."""
    with_ceilings = with_ceilings or session.record.suite.ceilings
    try:
        with interruptible():
            budget_s = prepare()
            run_session(session, observer, executor=executor, with_ceilings=with_ceilings, budget_s=budget_s)
    except (Interrupted, ClusterLostError) as stop:
        return stop
    return None
