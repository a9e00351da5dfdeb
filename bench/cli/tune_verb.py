"""`bench tune`: search for each network's fastest execution settings, print them, and keep them for `run --tuned`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import click

from bench.api import tune as api
from bench.cli.exit_status import status_of_tuning
from bench.cli.notes import tell_not_run, tell_precision
from bench.cli.parsing.case_options import CaseCommand, case_options
from bench.cli.parsing.completion import complete_runs
from bench.cli.parsing.options import output_option, parse_axes, parse_duration, typed_command
from bench.errors import EXIT_OK, ConfigError
from bench.host.capture import capture_environment
from bench.reports.terminal.console import make_observer
from bench.reports.tune.outcomes import outcomes_json, render_outcomes, render_searches
from bench.run.session.observer import Observer
from bench.run.session.open_session import Session
from bench.run.session.planning import Request
from bench.settings import TABLE
from bench.store.find_runs import find_run

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


@click.command("tune", cls=CaseCommand, epilog=_EPILOG)
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
@click.option(
    "--in-turns/--alone",
    "in_turns",
    default=True,
    show_default=True,
    help="Train the candidates of a round in turns of a few steps, or one after the other.",
)
@output_option
@click.option(
    "--resume", metavar="RUN", shell_complete=complete_runs, help="Finish a tuning: a folder, an id, or latest."
)
@click.option("--allow-concurrent", is_flag=True, help="Measure while another measurement runs, and keep no outcome.")
@click.option("--dry-run", is_flag=True, help="Print what would be tried, and train nothing.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
def command(
    time_budget: float | None,
    timeout: float | None,
    in_turns: bool,
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
    request = Request(None, parse_axes(axes), timeout_s=timeout, in_turns=None if in_turns else False)
    budget_s = time_budget or api.DEFAULT_BUDGET_S
    if resume is None and dry_run:
        return _print_searches(request, budget_s, quiet=quiet)

    def watch(session: Session) -> Observer:
        if not quiet and resume is None:
            tell_not_run(session.record.suite)
            tell_precision(session.record.suite, session.record.environment)
        return make_observer(quiet=quiet, live=False)

    if resume is None:
        tuning = api.tune(
            request,
            output,
            budget_s=budget_s,
            allow_concurrent=allow_concurrent,
            watch=watch,
            command=typed_command(),
        )
    else:
        if not request.is_empty or time_budget is not None or dry_run:
            raise ConfigError("--resume goes on with what the tuning was started for; leave the other flags out")
        tuning = api.resume(find_run(resume, output), allow_concurrent=allow_concurrent, watch=watch)
    _show(tuning, as_json=as_json)
    return status_of_tuning(tuning)


def _print_searches(request: Request, budget_s: float, *, quiet: bool) -> int:
    environment = capture_environment()
    plan = api.plan_search(request, environment, budget_s)
    if not quiet:
        tell_not_run(plan.suite)
        tell_precision(plan.suite, environment)
    click.echo(render_searches(plan.suite.searches))
    return EXIT_OK


def _show(tuning: api.FinishedTuning, *, as_json: bool) -> None:
    """Print what came of a tuning, where it is kept, and how to go on with it."""
    outcomes = tuning.outcomes
    click.echo(json.dumps(outcomes_json(tuning.run_id, outcomes), indent=1) if as_json else render_outcomes(outcomes))
    if tuning.was_concurrent:
        click.echo("note: nothing is kept for `run --tuned`: other measurements ran beside this one", err=True)
    if tuning.kept_in:
        click.echo(f"kept for `run --tuned`: {tuning.kept_in}", err=True)
    click.echo(f"journals: {tuning.folder}", err=True)
    if tuning.interrupt:
        click.echo(f"go on with `python -m bench tune --resume {shlex.quote(str(tuning.folder))}`", err=True)
