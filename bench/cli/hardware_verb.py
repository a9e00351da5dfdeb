"""`bench hardware`: machines and devices side by side."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.named_runs import default_folder, open_runs
from bench.cli.options import check_targets, list_option, output_option, runs_argument
from bench.errors import NothingSelectedError
from bench.hardware.hardware_summary import summarize_hardware
from bench.hardware.machines import MeasuredRun
from bench.reports.hardware.page import write_hardware_report
from bench.store.ceilings_file import read_ceilings

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
@click.option("--reference", metavar="MACHINE[/DEVICE]", help="What speed-ups are against; default: the first place.")
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
    with open_runs(runs, output) as loaded:
        sources = [MeasuredRun(run.record, run.journals, read_ceilings(run.folder)) for run in loaded]
    problems = [problem for run in loaded for problem in run.set_aside]
    if not any(source.journals for source in sources):
        raise NothingSelectedError("hardware: no trial has started in these runs")
    summary = summarize_hardware(sources, targets or None, reference, prices, problems)
    click.echo(write_hardware_report(to or default_folder(runs[0], loaded[0]), summary))
