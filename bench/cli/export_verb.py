"""`bench export`: what was measured, in formats that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from bench.analysis.frames import FRAMES
from bench.analysis.run_summary import summarize_run
from bench.api.named_runs import default_folder, open_runs
from bench.cli.notes import tell, warn_of_damage
from bench.cli.parsing.options import NearestChoice, output_option, runs_argument
from bench.errors import ConfigError, NothingSelectedError, StoreError
from bench.reports.export.bencher import write_bencher
from bench.reports.export.bigger_is_better import write_custom
from bench.reports.export.csv_files import write_csv
from bench.reports.export.mlperf import write_mlperf
from bench.reports.export.parquet import check_parquet, write_parquet
from bench.reports.export.pytest_benchmark import write_pytest_benchmark
from bench.store.archive import ARCHIVE_SUFFIX, write_archive
from bench.store.find_runs import find_run
from bench.store.run_folder import LoadedRun

_EPILOG = """
\b
Examples:
  python -m bench export latest --format csv
  python -m bench export RUN1 RUN2 --format parquet --to tables
  python -m bench export latest --format pytest-benchmark          for `pytest-benchmark compare`
  python -m bench export latest --format custom-bigger-is-better   for benchmark-action/github-action-benchmark
  python -m bench export latest --format bencher                   for `bencher run --adapter json`
  python -m bench export latest --format mlperf                    a log of MLPerf's form for each trial
  python -m bench export RUN1 RUN2 --archive node7.tar.gz          for `bench compare` and `bench hardware` elsewhere
"""

WriteFormat = Callable[[Path, Sequence[LoadedRun]], Iterator[Path]]


def _write_csv(folder: Path, runs: Sequence[LoadedRun]) -> Iterator[Path]:
    journals = [journal for run in runs for journal in run.journals]
    for name, frame in FRAMES.items():
        yield write_csv(folder, name, frame(journals))


def _write_parquet(folder: Path, runs: Sequence[LoadedRun]) -> Iterator[Path]:
    check_parquet()
    journals = [journal for run in runs for journal in run.journals]
    for name, frame in FRAMES.items():
        yield write_parquet(folder, name, frame(journals))


def _write_pytest_benchmark(folder: Path, runs: Sequence[LoadedRun]) -> Iterator[Path]:
    run = _only(runs, "pytest-benchmark")
    yield write_pytest_benchmark(folder, summarize_run(run.record, run.journals))


def _write_custom(folder: Path, runs: Sequence[LoadedRun]) -> Iterator[Path]:
    run = _only(runs, "custom-bigger-is-better")
    yield write_custom(folder, summarize_run(run.record, run.journals))


def _write_bencher(folder: Path, runs: Sequence[LoadedRun]) -> Iterator[Path]:
    run = _only(runs, "bencher")
    yield write_bencher(folder, summarize_run(run.record, run.journals))


def _write_mlperf(folder: Path, runs: Sequence[LoadedRun]) -> Iterator[Path]:
    journals = [journal for run in runs for journal in run.journals]
    if not any(journal.start.case.reports_times for journal in journals):
        raise NothingSelectedError("--format mlperf: a log is times, and deterministic trials report none")
    yield from write_mlperf(folder, journals)


def _only(runs: Sequence[LoadedRun], file_format: str) -> LoadedRun:
    if len(runs) > 1:
        raise ConfigError(f"--format {file_format}: expected one run a file, received {len(runs)}; export each alone")
    return runs[0]


_FORMATS: Mapping[str, WriteFormat] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "pytest-benchmark": _write_pytest_benchmark,
    "custom-bigger-is-better": _write_custom,
    "bencher": _write_bencher,
    "mlperf": _write_mlperf,
}


@click.command("export", epilog=_EPILOG)
@runs_argument
@click.option("--format", "file_format", type=NearestChoice(list(_FORMATS)), help="Default: csv.")
@click.option("--to", type=click.Path(path_type=Path), help="Folder to write to; default: the first run's.")
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    help="Write the runs themselves, as one .tar.gz for another machine, and no table.",
)
@output_option
def command(
    runs: tuple[str, ...], file_format: str | None, to: Path | None, archive: Path | None, output: Path
) -> None:
    """Write what RUNs (folders, ids, latest, or archives) measured, and print the paths of the files.

    csv and parquet: all runs' trials, epochs and validations as one table each; mlperf: a log for each trial of all
    runs. The JSON formats: one run's cases.
    """
    if archive is not None:
        if file_format or to:
            raise ConfigError(f"--archive: holds whole runs; leave {'--format' if file_format else '--to'} out")
        click.echo(_archive(archive, runs, output))
        return
    with open_runs(runs, output, tell) as loaded:
        warn_of_damage(problem for run in loaded for problem in run.set_aside)
    if not any(run.journals for run in loaded):
        raise NothingSelectedError("export: no trial has started in these runs")
    folder = to or default_folder(runs[0], loaded[0])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"--to: cannot write to {folder}: {error.strerror}; name another folder") from None
    for path in _FORMATS[file_format or "csv"](folder, loaded):
        click.echo(path)


def _archive(path: Path, names: tuple[str, ...], output: Path) -> Path:
    """Pack the runs, each once, and return the archive's path."""
    if not path.name.endswith(ARCHIVE_SUFFIX):
        raise ConfigError(f"--archive: expected a name ending in {ARCHIVE_SUFFIX}, received {path.name!r}")
    write_archive(path, list(dict.fromkeys(find_run(name, output) for name in names)))
    return path
