"""`bench env`: what this machine is, and what would spoil a measurement on it."""

from __future__ import annotations

import json

import click

from bench.errors import ChildError
from bench.host.capture import capture_environment
from bench.host.ceilings.ceilings import (
    Ceilings,
    GpuCheck,
    default_devices,
    measure_ceilings,
    probe_gpu,
    read_cached_ceilings,
)
from bench.host.diagnose import diagnose
from bench.host.environment import Environment
from bench.host.lock import measurement_lock
from bench.reports.kit.json_document import make_document
from bench.reports.terminal.listings import ceilings_list, check_table, diagnoses_text, environment_table

_EPILOG = """
\b
Examples:
  python -m bench env
  python -m bench env --check          start TensorFlow, try a cuDNN LSTM, measure ceilings
  python -m bench env --json
"""


@click.command("env", epilog=_EPILOG)
@click.option("--check", is_flag=True, help="Start TensorFlow, try a cuDNN LSTM on a GPU, and measure ceilings.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object on stdout.")
def command(check: bool, as_json: bool) -> None:
    """Describe this machine, and what to know before measuring on it."""
    environment = capture_environment()
    gpu_check, ceilings = _try(environment) if check else (None, read_cached_ceilings(environment))
    diagnoses = diagnose(environment, check=gpu_check)
    if as_json:
        content = make_document(
            {
                "environment": environment.model_dump(mode="json"),
                "check": gpu_check.model_dump(mode="json") if gpu_check else None,
                "ceilings": ceilings.model_dump(mode="json") if ceilings else None,
                "diagnoses": [vars(diagnosis) for diagnosis in diagnoses],
            }
        )
        click.echo(json.dumps(content, indent=1))
        return
    click.echo(environment_table(environment))
    if gpu_check:
        click.echo(f"\n{check_table(gpu_check)}")
    click.echo(f"\n{ceilings_list(ceilings)}")
    click.echo(f"\n{diagnoses_text(diagnoses)}")


def _try(environment: Environment) -> tuple[GpuCheck, Ceilings | None]:
    """Start TensorFlow and measure, when no other measurement would be disturbed."""
    with measurement_lock("env", on_wait=lambda message: click.echo(message, err=True), remedy=""):
        return probe_gpu(), _measure(environment)


def _measure(environment: Environment) -> Ceilings | None:
    """Measure every device, and what earlier runs measured, anew; return None where that fails, and say why."""
    known = read_cached_ceilings(environment)
    before = [(one.device, one.precision) for one in known.devices] if known else []
    try:
        return measure_ceilings(environment, [*default_devices(environment), *before], refresh=True)
    except ChildError as error:
        click.echo(f"no ceilings: {error}", err=True)
        return None
