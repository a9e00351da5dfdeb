"""`bench export`: trials and epochs in formats that other programs read."""

from __future__ import annotations

from pathlib import Path

import click

from bench.analysis.frames import epochs_frame, trials_frame
from bench.cli.options import output_option
from bench.errors import NothingSelectedError, StoreError
from bench.store.run_folder import find_run, load_run
from reports.csv_export import write_csv

_EPILOG = """
\b
Examples:
  python -m bench export latest --format csv
  python -m bench export RUN1 RUN2 --format csv --to tables
"""


@click.command("export", epilog=_EPILOG)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--format", "file_format", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--to", type=click.Path(path_type=Path), help="Folder to write to; default: the first run's.")
@output_option
def command(runs: tuple[str, ...], file_format: str, to: Path | None, output: Path) -> None:  # noqa: ARG001
    """Write the trials and the epochs of all RUNs as one table each, and print their paths."""
    loaded = [load_run(find_run(name, output)) for name in runs]
    journals = [journal for run in loaded for journal in run.journals]
    for problem in (problem for run in loaded for problem in run.set_aside):
        click.echo(f"warning: set aside: {problem}", err=True)
    if not journals:
        raise NothingSelectedError("export: no trial has started in these runs")
    folder = to or loaded[0].folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"--to: cannot write to {folder}: {error.strerror}; name another folder") from None
    click.echo(write_csv(folder, "trials", trials_frame(journals)))
    click.echo(write_csv(folder, "epochs", epochs_frame(journals)))
