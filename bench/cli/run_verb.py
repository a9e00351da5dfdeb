"""`bench run`: resolve a suite and flags to trials, train them, and report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from bench.api import run as api
from bench.api.estimate import estimate
from bench.cli.exit_status import status_of_runs
from bench.cli.notes import tell, tell_data, tell_imitated, tell_not_run, tell_untuned
from bench.cli.parsing.case_options import HOW, WHAT, CaseCommand, case_options
from bench.cli.parsing.completion import complete_runs, complete_suites, words_completion
from bench.cli.parsing.executors import LOCAL, choose_executors, choose_for_resume, open_executors
from bench.cli.parsing.options import (
    check_targets,
    list_option,
    output_option,
    parse_axes,
    parse_size,
    timeout_option,
    typed_command,
)
from bench.errors import EXIT_OK, ConfigError
from bench.reports.run.observer import RunObserver
from bench.reports.terminal.console import make_observer, print_plan
from bench.reports.trackers.observer import follow_run
from bench.reports.trackers.tracker import TrackerSpec, builtin_trackers, check_trackers
from bench.run.session.executor import Executor
from bench.run.session.open_session import Session
from bench.run.session.planning import Request, make_plan
from bench.store.find_runs import find_run
from bench.store.run_folder import read_record

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


@click.command("run", cls=CaseCommand, epilog=_EPILOG)
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
@click.option(
    "--match",
    type=click.Choice(["parameters"]),
    help="Choose --units and --filters so that all networks have the parameters of the smallest, within 5 %.",
)
@click.option("--tuned", is_flag=True, help="Beside each case its fastest settings, as `bench tune` found them here.")
@click.option(
    "--in-turns/--alone",
    "in_turns",
    default=None,
    help="Train the cases of a seed in turns of a few steps, or one after the other; default: as the suite has it.",
)
@output_option
@click.option("--resume", metavar="RUN", shell_complete=complete_runs, help="Finish a run: a folder, an id, or latest.")
@click.option("--retry-failed", is_flag=True, help="With --resume: repeat trials that failed, too.")
@click.option("--allow-concurrent", is_flag=True, help="Measure while another measurement runs, and label the results.")
@click.option(
    "--ceilings", is_flag=True, help="First measure the highest speed of the devices, as suite hardware does."
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
    match: Literal["parameters"] | None,
    tuned: bool,
    in_turns: bool | None,
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
        suite, parse_axes(axes), seeds, check_targets(target_accuracy), timeout, matched, memory_limit, tuned, in_turns,
        match,
    )  # fmt: skip
    settings = _Settings(output, check_trackers(trackers), ceilings, quiet, as_json)
    if resume is not None and dry_run:
        raise ConfigError("--dry-run prints what a new run would train; leave it or --resume out")
    if each_host and executor == LOCAL:
        raise ConfigError("--each-host runs every case on each kind of machine of a cluster: name it with --executor")
    if in_turns and executor != LOCAL:
        raise ConfigError("--in-turns: on a cluster each trial has a host to itself; leave it or --executor out")
    if retry_failed and resume is None:
        raise ConfigError("--retry-failed goes with --resume RUN: it repeats the failed trials of that run")
    with open_executors(executor, output, allow_concurrent=allow_concurrent) as executors:
        if resume is not None:
            return _resume(find_run(resume, output), request, executors, each_host, retry_failed, settings)
        chosen = choose_executors(executors, each_host=each_host)
        if dry_run:
            return _print_plans(chosen, request, output)
        plans = [(one, api.plan_run(request, one)) for one in chosen]
        return status_of_runs(api.run_each(plans, output, settings.watch, ceilings, typed_command()))


@dataclass(frozen=True)
class _Settings:
    """What is asked of every run besides what to train."""

    output: Path
    trackers: Sequence[TrackerSpec]
    ceilings: bool
    quiet: bool
    as_json: bool

    def watch(self, session: Session, executor: Executor) -> RunObserver:
        """Say what the plan leaves out, and return the view of a run, with its trackers."""
        if not self.quiet:
            tell_data(session.plan)
            tell_imitated(session.record.suite, executor.environment)
            tell_not_run(session.record.suite)
            tell_untuned(session.plan)
        expected_s = None
        if not (self.quiet or self.as_json):
            expected_s = estimate(session.plan, executor.environment, self.output).seconds_by_case
        view = make_observer(quiet=self.quiet, as_json=self.as_json, expected_s=expected_s)
        return follow_run(view, self.trackers, session.folder, session.record.run_id)


def _print_plans(executors: Sequence[Executor], request: Request, output: Path) -> int:
    for executor in executors:
        plan = make_plan(request, executor.environment)
        executor.check_networks(dict.fromkeys(trial.case.model for trial in plan.suite.trials))
        tell_data(plan)
        tell_imitated(plan.suite, executor.environment)
        tell_untuned(plan)
        print_plan(plan.suite, estimate(plan, executor.environment, output))
    return EXIT_OK


def _resume(
    folder: Path,
    request: Request,
    executors: Sequence[Executor],
    each_host: bool,
    retry_failed: bool,
    settings: _Settings,
) -> int:
    """Finish an earlier run where it can be finished."""
    executor = choose_for_resume(executors, read_record(folder), each_host=each_host)
    finished = api.resume(
        folder,
        request,
        executor=executor,
        watch=settings.watch,
        with_ceilings=settings.ceilings,
        retry_failed=retry_failed,
    )
    if not (finished.is_whole or retry_failed or finished.interrupt or settings.quiet):
        tell(f"note: trials that failed stay as they are; --resume {folder.name} --retry-failed repeats them")
    return status_of_runs([finished])
