"""`bench env`: what this machine is, and what would spoil a measurement on it."""

from __future__ import annotations

import json

import click

from bench.host.ceilings import probe_gpu
from bench.host.diagnose import diagnose
from bench.host.environment import capture_environment
from reports.listing import check_table, diagnoses_text, environment_table

_EPILOG = """
\b
Examples:
  python -m bench env
  python -m bench env --check          start TensorFlow and try a cuDNN LSTM
  python -m bench env --json
"""


@click.command("env", epilog=_EPILOG)
@click.option("--check", is_flag=True, help="Start TensorFlow in a child process and try a cuDNN LSTM on its GPU.")
@click.option("--json", "as_json", is_flag=True, help="For a machine: one JSON object on stdout.")
def command(check: bool, as_json: bool) -> None:
    """Tell what this machine is, and what to know before measuring on it."""
    environment = capture_environment()
    gpu_check = probe_gpu() if check else None
    diagnoses = diagnose(environment, check=gpu_check)
    if as_json:
        content = {
            "environment": environment.model_dump(mode="json"),
            "check": gpu_check.model_dump(mode="json") if gpu_check else None,
            "diagnoses": [vars(diagnosis) for diagnosis in diagnoses],
        }
        click.echo(json.dumps(content, indent=1))
        return
    click.echo(environment_table(environment))
    if gpu_check:
        click.echo(f"\n{check_table(gpu_check)}")
    click.echo(f"\n{diagnoses_text(diagnoses)}")
