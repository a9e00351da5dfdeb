"""`bench hardware`: machines and devices side by side."""

from __future__ import annotations

from pathlib import Path

import click

from bench.api.hardware import hardware
from bench.cli.notes import tell
from bench.cli.parsing.options import check_targets, list_option, output_option, runs_argument

_EPILOG = """
\b
Examples:
  python -m bench run hardware                      on each machine
  python -m bench hardware latest
  python -m bench export latest --archive node7.tar.gz
  python -m bench hardware latest node7.tar.gz --reference laptop/cpu:1 --price node7=0.53 --to comparison
"""


@click.command("hardware", epilog=_EPILOG)
@runs_argument
@click.option(
    "--reference", metavar="MACHINE[/DEVICE]", help="What speed-ups are relative to; default: the first place."
)
@click.option("--price", "prices", multiple=True, metavar="MACHINE=USD", help="Dollars per hour of a machine.")
@list_option("--target-accuracy", type=float, help="Validation accuracies to cost; default: the suites'.")
@click.option("--to", type=click.Path(path_type=Path), help="Folder to write to; default: the first run's.")
@output_option
def command(
    runs: tuple[str, ...],
    reference: str | None,
    prices: tuple[str, ...],
    target_accuracy: tuple[float, ...],
    to: Path | None,
    output: Path,
) -> None:
    """Compare all RUNs (folders, ids, latest, or archives of `bench export --archive`) across machines and devices.

    A machine goes by its host's name or its fingerprint. Writes hardware.md with its figures, and prints its path.
    """
    targets = check_targets(target_accuracy)
    click.echo(hardware(runs, output, targets=targets or None, reference=reference, prices=prices, to=to, tell=tell))
