"""`bench run`: resolve a suite and flags to trials, train them, and report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.analysis.run_summary import summarize_run
from bench.analysis.time_estimate import REFERENCES, PlanEstimate, collect_history, estimate_plan
from bench.cli.case_options import HOW, WHAT, case_options
from bench.cli.completion import complete_runs, complete_suites, words_completion
from bench.cli.executors import LOCAL, choose_executors, choose_for_resume, open_executors
from bench.cli.options import (
    check_targets,
    list_option,
    output_option,
    parse_axes,
    parse_size,
    timeout_option,
    typed_command,
)
from bench.cli.plan_notes import tell_not_run, tell_untuned
from bench.errors import EXIT_OK, EXIT_SIGINT, EXIT_TRIAL_FAILED, ClusterLostError, ConfigError
from bench.host.environment import Environment
from bench.reports.run.markdown import write_report
from bench.reports.run.observer import RunObserver
from bench.reports.terminal.console import make_observer, print_plan
from bench.reports.trackers.observer import follow_run
from bench.reports.trackers.tracker import TrackerSpec, builtin_trackers, check_trackers
from bench.run.session.executor import Executor
from bench.run.session.planning import Plan, Request, make_plan
from bench.run.session.record_ceilings import CEILINGS_SUITE
from bench.run.session.resume import resume_session
from bench.run.session.run_session import run_session
from bench.run.session.session import Session, start_session
from bench.run.session.signals import Interrupted, interruptible
from bench.store.find_runs import find_run, list_runs, load_readable
from bench.store.run_folder import load_run, read_record

_HISTORY_RUNS = 20
_EPILOG = """
\b
Examples:
  python -m bench run                                  the tutorial's comparison, all of MNIST
  python -m bench run quick                            a first look within about a minute
  python -m bench run --seeds 5 --model lstm,cnn       five seeds each
  python -m bench run --batch-size 32,128,512 --dry-run
  python -m bench run --resume latest                  finish what was interrupted
  python -m bench run hardware --executor dask://head:8786 --each-host
"""


@click.command("run", epilog=_EPILOG)
@click.argument("suite", required=False, shell_complete=complete_suites)
@case_options(*WHAT)
@click.option("--seeds", help="A count (5), a range (0-4) or a list (1,7).")
@list_option("--target-accuracy", type=float, help="Validation accuracies to time: 0.9 or 0.9,0.97.")
@timeout_option
@click.option(
    "--memory-limit",
    callback=parse_size,
    metavar="SIZE",
    help="Private memory that a trial may take, such as 8GB; beyond it the trial ends as oom. Linux alone.",
)
@case_options(*HOW)
@click.option("--matched", is_flag=True, help="Equal execution settings for all models: no compiler's choice by model.")
@click.option("--tuned", is_flag=True, help="Beside each case its fastest settings, as `bench tune` found them here.")
@output_option
@click.option("--resume", metavar="RUN", shell_complete=complete_runs, help="Finish a run: a folder, an id, or latest.")
@click.option("--retry-failed", is_flag=True, help="With --resume: repeat trials that failed, too.")
@click.option("--allow-concurrent", is_flag=True, help="Measure beside another measurement, and label the results.")
@click.option(
    "--ceilings", is_flag=True, help="Measure first what the devices can do at most; suite hardware always does."
)
@list_option(
    "--tracker",
    "trackers",
    shell_complete=words_completion(*builtin_trackers()),
    help=f"Copy each ended trial to {', '.join(builtin_trackers())}.",
)
@click.option("--executor", default=LOCAL, metavar="WHERE", help="local (default), or dask://host:port: its hosts.")
@click.option("--each-host", is_flag=True, help="With dask: every case on every kind of machine, a run for each.")
@click.option("--dry-run", is_flag=True, help="Print the trials and a time estimate, and train nothing.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines on stdout.")
def command(
    suite: str | None,
    output: Path,
    seeds: str | None,
    target_accuracy: tuple[float, ...],
    timeout: float | None,
    memory_limit: int | None,
    matched: bool,
    tuned: bool,
    resume: str | None,
    retry_failed: bool,
    allow_concurrent: bool,
    ceilings: bool,
    trackers: tuple[str, ...],
    executor: str,
    each_host: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **axes: Any,
) -> int:
    """Train every case of SUITE (a name or a .toml file; default: tutorial) and write a report.

    Progress goes to stderr; the report's path is the last line on stdout. Options of a
    network, such as --units or --activation, go to the models that have them.
    """
    request = Request(
        suite, parse_axes(axes), seeds, check_targets(target_accuracy), timeout, matched, memory_limit, tuned
    )
    settings = _Settings(output, check_trackers(trackers), ceilings, quiet, as_json)
    if resume is not None and dry_run:
        raise ConfigError("--dry-run prints what a new run would train; leave it or --resume out")
    if each_host and executor == LOCAL:
        raise ConfigError("--each-host runs every case on each kind of machine of a cluster: name it with --executor")
    with open_executors(executor, allow_concurrent=allow_concurrent) as executors:
        if resume is not None:
            return _run(*_resume(request, executors, each_host, find_run(resume, output), retry_failed), settings)
        if retry_failed:
            raise ConfigError("--retry-failed goes with --resume RUN: it repeats the failed trials of that run")
        chosen = choose_executors(executors, each_host=each_host)
        plans = [make_plan(request, one.environment) for one in chosen]
        if dry_run:
            return _print_plans(chosen, plans, output)
        return _run_each(chosen, plans, settings)


@dataclass(frozen=True)
class _Settings:
    """What is asked of every run besides what to train."""

    output: Path
    trackers: Sequence[TrackerSpec]
    ceilings: bool
    quiet: bool
    as_json: bool


def _print_plans(executors: Sequence[Executor], plans: Sequence[Plan], output: Path) -> int:
    for executor, plan in zip(executors, plans, strict=True):
        tell_untuned(plan)
        print_plan(plan.suite, _estimate(plan, executor.environment, output))
    return EXIT_OK


def _run_each(executors: Sequence[Executor], plans: Sequence[Plan], settings: _Settings) -> int:
    """Run each plan on its kind of machine, one after the other; an interrupt ends them all."""
    for executor, plan in zip(executors, plans, strict=True):
        executor.check_data(plan.data)
    code = EXIT_OK
    for executor, plan in zip(executors, plans, strict=True):
        session = start_session(plan, executor.environment, settings.output, typed_command())
        code = max(code, _run(session, executor, settings))
        if code >= EXIT_SIGINT:
            break
    return code


def _resume(
    request: Request, executors: Sequence[Executor], each_host: bool, folder: Path, retry_failed: bool
) -> tuple[Session, Executor]:
    """Open an earlier run where it can be finished."""
    record = read_record(folder)
    if record.suite.searches:
        raise ConfigError(f"--resume: {record.run_id} is a tuning; `python -m bench tune --resume` finishes it")
    executor = choose_for_resume(executors, record, each_host=each_host)
    asked = None if request.is_empty else make_plan(request, executor.environment)
    session = resume_session(folder, executor.environment, asked, retry_failed)
    executor.check_data(session.plan.data)
    return session, executor


def _run(session: Session, executor: Executor, settings: _Settings) -> int:
    shows_progress = not (settings.quiet or settings.as_json)
    expected = _estimate(session.plan, executor.environment, settings.output) if shows_progress else None
    observer = make_observer(
        quiet=settings.quiet, as_json=settings.as_json, expected_s=expected.seconds_by_case if expected else None
    )
    observer = follow_run(observer, settings.trackers, session.folder, session.record.run_id)
    if not settings.quiet:
        tell_not_run(session.record.suite)
        tell_untuned(session.plan)
    with_ceilings = settings.ceilings or session.record.suite.name == CEILINGS_SUITE
    return _run_and_report(session, observer, executor, with_ceilings)


def _estimate(plan: Plan, environment: Environment, output: Path) -> PlanEstimate:
    """Expect what the latest runs on this machine took, and else what the reference machine took."""
    folders = list_runs(output)[-_HISTORY_RUNS:]
    # One run at a time: of a sweep of thousands of trials the paces alone are kept.
    runs = (run for folder in folders for run in load_readable([folder], load_run)[0])
    journals = (journal for run in runs for journal in run.journals)
    history = collect_history(journals, environment.fingerprint)
    num_train = {info.name: info.num_train_available for info in plan.data.values()}
    return estimate_plan(plan.suite.trials, history, REFERENCES, num_train)


def _run_and_report(session: Session, observer: RunObserver, executor: Executor, with_ceilings: bool) -> int:
    """Run what is left, and report whatever there is, also after an interrupt or the loss of all hosts."""
    interrupt: Interrupted | None = None
    lost: ClusterLostError | None = None
    try:
        with interruptible():
            run_session(session, observer, executor=executor, with_ceilings=with_ceilings)
    except Interrupted as signal:
        interrupt = signal
    except ClusterLostError as error:
        lost = error
    run = load_run(session.folder)
    summary = summarize_run(run.record, run.journals, set_aside=run.set_aside)
    report = write_report(session.folder, summary)
    observer.run_ended(summary, report)
    if lost:
        raise lost
    if interrupt:
        return interrupt.exit_code
    is_whole = summary.num_by_status.get("ok", 0) == summary.num_planned
    return EXIT_OK if is_whole else EXIT_TRIAL_FAILED
