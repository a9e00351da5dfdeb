"""`bench export`: trials and epochs in formats that other programs read."""

from __future__ import annotations

from pathlib import Path

import click

from bench.analysis.frames import epochs_frame, trials_frame
from bench.cli.options import NearestChoice, output_option, runs_argument
from bench.errors import ConfigError, NothingSelectedError, StoreError
from bench.store.archive import ARCHIVE_SUFFIX, write_archive
from bench.store.run_folder import find_run, load_run
from reports.csv_export import write_csv

_EPILOG = """
\b
Examples:
  python -m bench export latest --format csv
  python -m bench export RUN1 RUN2 --format csv --to tables
  python -m bench export RUN1 RUN2 --archive node7.tar.gz   for `bench hardware` elsewhere
"""


@click.command("export", epilog=_EPILOG)
@runs_argument
@click.option("--format", "file_format", type=NearestChoice(["csv"]), default="csv", show_default=True)
@click.option("--to", type=click.Path(path_type=Path), help="Folder to write to; default: the first run's.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    help="Write the runs themselves, as one .tar.gz for `bench hardware` on another machine, and no table.",
)
@output_option
def command(
    runs: tuple[str, ...],
    file_format: str,  # noqa: ARG001 - the one there is
    to: Path | None,
    archive: Path | None,
    output: Path,
) -> None:
    """Write the trials and the epochs of all RUNs as one table each, and print their paths."""
    if archive is not None:
        click.echo(_archive(archive, runs, output))
        return
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


def _archive(path: Path, names: tuple[str, ...], output: Path) -> Path:
    """Pack the runs, each once, and return the archive's path."""
    if not path.name.endswith(ARCHIVE_SUFFIX):
        raise ConfigError(f"--archive: expected a name ending in {ARCHIVE_SUFFIX}, received {path.name!r}")
    write_archive(path, list(dict.fromkeys(find_run(name, output) for name in names)))
    return path
