"""`bench tune`: search for each network's fastest execution settings, print them, and keep them for `run --tuned`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bench.cli.case_options import case_options
from bench.cli.completion import complete_runs
from bench.cli.options import output_option, parse_axes, parse_duration, typed_command
from bench.cli.plan_notes import tell_not_run
from bench.errors import EXIT_OK, EXIT_TRIAL_FAILED, ConfigError
from bench.host.capture import capture_environment
from bench.host.environment import Environment
from bench.reports.terminal.console import make_observer
from bench.reports.tune.outcomes import outcomes_json, render_outcomes, render_searches
from bench.run.session.planning import Plan, Request
from bench.run.session.resume import resume_session
from bench.run.session.session import Session, start_session
from bench.run.session.signals import Interrupted, interruptible
from bench.settings import TABLE
from bench.store.find_runs import find_run
from bench.store.records import RunRecord
from bench.store.run_folder import LoadedRun, load_run
from bench.store.tunings_file import version_differences, versions_of, write_tunings
from bench.tune.outcome import SearchResult, judge_searches, next_trials, to_tuning
from bench.tune.tuning_run import check_searches, plan_tuning, run_tuning

DEFAULT_BUDGET_S = 1200.0
DEFAULT_TIMEOUT_S = 120.0
_EPILOG = """
\b
Examples:
  python -m bench tune                                 the tutorial's networks, 20 minutes
  python -m bench tune --model lstm --batch-size 32,128 --time-budget 1h
  python -m bench tune --resume latest                 go on after an interrupt
  python -m bench run --tuned                          stock and tuned side by side

Short trials in fresh processes: a third of the candidates goes on to the next rung, and the last one meets the stock
settings in pairs. It counts only where the whole 95 % interval of its gain lies beyond 1.02×.
"""


@click.command("tune", epilog=_EPILOG)
@case_options(
    *(name for name, setting in TABLE.items() if setting.tuning == "apart"),
    "train_size",
    model="Models to tune; default: lstm,cnn.",
    train_size="Examples in a trial; default: seconds of steady steps.",
)
@click.option(
    "--time-budget",
    callback=parse_duration,
    metavar="DURATION",
    help="Time for the trials of all cases together: 20m (default), 1h30m.",
)
@click.option(
    "--timeout", callback=parse_duration, metavar="DURATION", help="Time after which a trial is ended; default: 2m."
)
@output_option
@click.option("--resume", metavar="RUN", shell_complete=complete_runs, help="Go on: a folder, an id, or latest.")
@click.option("--allow-concurrent", is_flag=True, help="Measure beside another measurement, and keep no outcome.")
@click.option("--dry-run", is_flag=True, help="Print what would be tried, and train nothing.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="For a machine: one JSON object on stdout.")
def command(
    time_budget: float | None,
    timeout: float | None,
    output: Path,
    resume: str | None,
    allow_concurrent: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **axes: Any,
) -> int:
    """Find the execution settings under which each network trains fastest here; what it computes stays the same.

    Threads, compilation, unrolling, steps in one call, and the network's faster twin where there is one. The outcome is
    kept for this machine and these library versions alone.
    """
    asked = Request(None, parse_axes(axes), timeout_s=timeout)
    environment = capture_environment()
    if resume is not None:
        if not asked.is_empty or time_budget is not None or dry_run:
            raise ConfigError("--resume goes on with what the tuning was started for; leave the other flags out")
        session = _resume(find_run(resume, output), environment)
    else:
        request = replace(asked, timeout_s=DEFAULT_TIMEOUT_S if timeout is None else timeout)
        if len(asked.flags.train_size or ()) > 1:
            raise ConfigError("--train-size: a tuning has trials of one size, since it holds for all; name one")
        plan = plan_tuning(request, environment, time_budget or DEFAULT_BUDGET_S)
        if not quiet:
            tell_not_run(plan.suite)
        if dry_run:
            click.echo(render_searches(plan.suite.searches))
            return EXIT_OK
        session = start_session(plan, environment, output, typed_command())
    return _tune(session, allow_concurrent=allow_concurrent, quiet=quiet, as_json=as_json)


def _resume(folder: Path, environment: Environment) -> Session:
    session = resume_session(folder, environment, None, retry_failed=False)
    suite = session.record.suite
    if not suite.searches:
        raise ConfigError(f"--resume: {session.record.run_id} is no tuning; `python -m bench run --resume` finishes it")
    check_versions(session.record, environment)
    return replace(session, plan=Plan(suite, check_searches(suite)))


def check_versions(record: RunRecord, environment: Environment) -> None:
    """Refuse to mix what two versions measured: the outcome is kept for the versions of one.

    Raises:
        ConfigError: with what differs.
    """
    then, now = versions_of(record.environment, record.version), versions_of(environment)
    differences = [f"{name} {before} then, {after} now" for name, before, after in version_differences(then, now)]
    if differences:
        raise ConfigError(f"--resume: a tuning holds for one set of versions ({'; '.join(differences)}); start anew")


def _tune(session: Session, *, allow_concurrent: bool, quiet: bool, as_json: bool) -> int:
    """Search, and tell and keep what came of it, also after an interrupt."""
    observer = make_observer(quiet=quiet, live=False)
    interrupt: Interrupted | None = None
    try:
        with interruptible():
            run_tuning(session, observer, next_trials, allow_concurrent=allow_concurrent)
    except Interrupted as signal:
        interrupt = signal
    run = load_run(session.folder)
    outcomes = judge_searches(run.record.suite, run.journals)
    click.echo(
        json.dumps(outcomes_json(run.record.run_id, outcomes), indent=1) if as_json else render_outcomes(outcomes)
    )
    _keep(run, outcomes)
    click.echo(f"journals: {session.folder}", err=True)
    if interrupt:
        click.echo(f"go on with `python -m bench tune --resume {shlex.quote(str(session.folder))}`", err=True)
        return interrupt.exit_code
    return EXIT_OK if all(outcome.stock_ran for outcome in outcomes) else EXIT_TRIAL_FAILED


def _keep(run: LoadedRun, outcomes: Sequence[SearchResult]) -> None:
    """Write what was decided into the user's cache; times that were measured beside others decide nothing."""
    if any(journal.start.concurrent for journal in run.journals):
        click.echo("note: nothing is kept for `run --tuned`: other measurements ran beside this one", err=True)
        return
    whole = [outcome for outcome in outcomes if outcome.is_whole and outcome.stock_ran]
    if whole:
        now = datetime.now(UTC)
        tunings = [to_tuning(outcome, run.record.run_id, now) for outcome in whole]
        path = write_tunings(run.record.environment, tunings)
        click.echo(f"kept for `run --tuned`: {path}", err=True)
