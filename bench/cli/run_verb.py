"""`bench run`: resolve a suite and flags to trials, train them, and report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bench.analysis.estimate import REFERENCES, PlanEstimate, collect_history, estimate_plan
from bench.analysis.summary import summarize_run
from bench.cli.options import check_targets, list_option, output_option, parse_axes
from bench.errors import EXIT_OK, EXIT_TRIAL_FAILED, ConfigError
from bench.host.environment import Environment, capture_environment
from bench.run.planning import Plan, Request, make_plan
from bench.run.session import Session, resume_session, run_session, start_session
from bench.run.signals import Interrupted, interruptible
from bench.store.run_folder import find_run, list_runs, load_run
from reports.console import RunObserver, make_observer, print_plan
from reports.markdown import write_report

_HISTORY_RUNS = 20
_EPILOG = """
\b
Examples:
  python -m bench run                                  the tutorial's comparison, all of MNIST
  python -m bench run quick                            a first look within about a minute
  python -m bench run --seeds 5 --model lstm,cnn       five seeds each
  python -m bench run --batch-size 32,128,512 --dry-run
  python -m bench run --resume latest                  finish what was interrupted
"""


@click.command("run", epilog=_EPILOG)
@click.argument("suite", required=False)
@list_option("--model", help="Models to train, by name (`bench list models`) or package.module:build.")
@list_option("--device", help="auto, cpu, cpu:N (N threads), gpu or gpu:N.")
@list_option("--backend", help="tensorflow, jax or torch.")
@list_option("--dataset", help="Data sets, by name (`bench list datasets`), file.npz or IDX folder.")
@list_option("--train-size", type=int, help="Train on a fixed stratified subset of N examples.")
@click.option("--test-size", type=int, help="Validate on a fixed stratified subset of N examples.")
@click.option("--epochs", type=int, help="Epoch budget of every case.")
@list_option("--batch-size", type=int, help="Examples in a batch.")
@click.option("--seeds", help="A count (5), a range (0-4) or a list (1,7).")
@list_option("--target-accuracy", type=float, help="Validation accuracies to time: 0.9 or 0.9,0.97.")
@click.option("--timeout", type=float, help="Seconds after which a trial is ended.")
@list_option("--precision", help="float32, mixed_float16, mixed_bfloat16 or float64.")
@list_option("--scaling", help="unit (pixels / 255) or none (as the tutorial's author once forgot).")
@list_option("--jit", help="auto, on or off: compilation by XLA, or by TorchInductor on PyTorch.")
@click.option("--unroll", is_flag=True, default=None, help="Unroll recurrent layers.")
@list_option("--units", type=int, help="Units of recurrent layers.")
@list_option("--filters", type=int, help="Filters of convolutional layers.")
@list_option("--depth", type=int, help="Convolutional layers of cnn-deep.")
@list_option("--activation", help="Activation of the shallow CNN's hidden layers: relu, tanh or sigmoid.")
@list_option("--optimizer", help="adam (as in the tutorial) or sgd.")
@list_option("--learning-rate", type=float, help="Rate of the first update; default: the optimizer's.")
@list_option("--steps-per-execution", type=int, help="Steps in one call of the compiled function.")
@click.option("--deterministic", is_flag=True, default=None, help="Reproducible operations: slower, so kept apart.")
@click.option("--matched", is_flag=True, help="Equal execution settings for all models: no compiler's choice by model.")
@output_option
@click.option("--resume", metavar="RUN", help="Finish a run: a folder, an id, or latest.")
@click.option("--retry-failed", is_flag=True, help="With --resume: repeat trials that failed, too.")
@click.option("--allow-concurrent", is_flag=True, help="Measure beside another measurement, and label the results.")
@click.option("--dry-run", is_flag=True, help="Print the trials and a time estimate, and train nothing.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines on stdout.")
def command(
    suite: str | None,
    output: Path,
    seeds: str | None,
    target_accuracy: tuple[float, ...],
    timeout: float | None,
    matched: bool,
    resume: str | None,
    retry_failed: bool,
    allow_concurrent: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **axes: Any,
) -> int:
    """Train every case of SUITE (a name or a .toml file; default: tutorial) and write a report.

    Progress goes to stderr; the report's path is the last line on stdout. --unroll, --units, --filters and --depth go
    to the models that have them.
    """
    request = Request(suite, parse_axes(axes), seeds, check_targets(target_accuracy), timeout, matched)
    environment = capture_environment()
    if dry_run:
        plan = make_plan(request, environment)
        print_plan(plan.suite, _estimate(plan, environment, output))
        return EXIT_OK
    session = _open(request, environment, output, resume, retry_failed)
    observer = make_observer(quiet=quiet, as_json=as_json)
    return _run_and_report(session, observer, allow_concurrent)


def _estimate(plan: Plan, environment: Environment, output: Path) -> PlanEstimate:
    """Expect what the latest runs on this machine took, and else what the reference machine took."""
    journals = [journal for folder in list_runs(output)[-_HISTORY_RUNS:] for journal in load_run(folder).journals]
    history = collect_history(journals, environment.fingerprint)
    num_train = {info.name: info.num_train_available for info in plan.data.values()}
    return estimate_plan(plan.suite.trials, history, REFERENCES, num_train)


def _open(request: Request, environment: Environment, output: Path, resume: str | None, retry_failed: bool) -> Session:
    """Open a new run, or the one to resume."""
    if resume is None:
        if retry_failed:
            raise ConfigError("--retry-failed goes with --resume RUN: it repeats the failed trials of that run")
        return start_session(
            make_plan(request, environment), environment, output, ["python", "-m", "bench", *sys.argv[1:]]
        )
    asked: Plan | None = None if request.is_empty else make_plan(request, environment)
    return resume_session(find_run(resume, output), environment, asked, retry_failed)


def _run_and_report(session: Session, observer: RunObserver, allow_concurrent: bool) -> int:
    """Run what is left, and report whatever there is, also after an interrupt."""
    interrupt: Interrupted | None = None
    try:
        with interruptible():
            run_session(session, observer, allow_concurrent=allow_concurrent)
    except Interrupted as signal:
        interrupt = signal
    run = load_run(session.folder)
    summary = summarize_run(run.record, run.journals, set_aside=run.set_aside)
    report = write_report(session.folder, summary)
    observer.run_ended(summary, report)
    if interrupt:
        return interrupt.exit_code
    is_whole = summary.num_by_status.get("ok", 0) == summary.num_planned
    return EXIT_OK if is_whole else EXIT_TRIAL_FAILED
