"""`bench prove-gpu`: what a GPU really runs, checked in eight minutes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import get_args

import click

from bench.api import prove_gpu as api
from bench.cli.exit_status import status_of_proof
from bench.cli.notes import tell, tell_not_run
from bench.cli.parsing.options import list_option, output_option, parse_duration, typed_command
from bench.errors import DeviceError
from bench.reports.gpu.page import render_checks, render_proofs
from bench.reports.kit.json_document import make_document
from bench.reports.run.observer import RunObserver
from bench.reports.terminal.console import make_observer
from bench.run.session.executor import Executor
from bench.run.session.open_session import Session
from bench.settings import Backend

_EPILOG = """
\b
Examples:
  python -m bench prove-gpu                    every backend that is installed
  python -m bench prove-gpu --backend jax,torch
"""


@click.command("prove-gpu", epilog=_EPILOG)
@list_option(
    "--backend", "backends", type=click.Choice(get_args(Backend)), help="Backends to ask; default: all installed."
)
@click.option(
    "--time-budget",
    callback=parse_duration,
    metavar="DURATION",
    help="About how long it takes; no trial begins in its last 75 s. Default: 8m.",
)
@output_option
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
def command(backends: tuple[Backend, ...], time_budget: float | None, output: Path, quiet: bool, as_json: bool) -> int:
    """Prove on this machine's GPU what its kernels, seconds, memory and joules are, from the kernels' own names.

    Each backend shows in a profile what it runs, then networks train on GPU and CPU. Writes a run with gpu.md,
    hardware.md and claims-gpu.md, and prints the table of checks and the path of gpu.md. Without a GPU it says what it
    would check.
    """

    def watch(session: Session, _executor: Executor) -> RunObserver:
        if not quiet:
            tell_not_run(session.record.suite)
        return make_observer(quiet=quiet, stdout=sys.stderr)  # stdout is for what the checks came to

    try:
        run = api.prove_gpu(
            output,
            backends=backends,
            budget_s=api.DEFAULT_BUDGET_S if time_budget is None else time_budget,
            watch=watch,
            tell=(lambda _: None) if quiet else tell,
            command=typed_command(),
        )
    except DeviceError:
        if not as_json:
            click.echo(f"With a GPU this would check:\n\n{render_checks()}\n")
        raise
    proofs = run.gpu.proofs if run.gpu else ()
    if as_json:
        click.echo(
            json.dumps(
                make_document({"run_id": run.summary.run_id, "checks": [vars(one) for one in proofs]}),
                indent=1,
            )
        )
    else:
        click.echo(f"{render_proofs(proofs)}\n\n{run.gpu.page if run.gpu else run.report}")
    return status_of_proof(run)
