"""Runs as users name them: folders, ids, `latest`, or archives of `bench export --archive`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.errors import ConfigError
from bench.gate.check_folder import CHECK_FILE
from bench.store.archive import ARCHIVE_SUFFIX, unpack_archive
from bench.store.find_runs import find_run
from bench.store.run_folder import LoadedRun, load_run

Tell = Callable[[str], None]
# What else `bench export` writes: tables of figures, from which no fingerprint and no data set can be checked.
_TABLES = (".csv", ".json", ".parquet")


def say_nothing(_sentence: str) -> None:
    """Tell nobody."""


@contextmanager
def open_runs(names: Sequence[str], output: Path, tell: Tell = say_nothing) -> Iterator[list[LoadedRun]]:
    """Yield the runs, each once, whether named twice or in two archives; what was unpacked goes with the block.

    Checks are passed over, since `results/*` names them, too; `tell` is called with a sentence for each.

    Raises:
        ConfigError: for a table that `bench export` wrote, or where every name is a check's.
        StoreError: where a run or an archive is missing, damaged or made to harm.
    """
    with tempfile.TemporaryDirectory(prefix="rnn-or-cnn-") as unpacked:
        runs: dict[str, LoadedRun] = {}
        for number, name in enumerate(names):
            for folder in _folders(name, output, Path(unpacked) / str(number), tell):
                run = load_run(folder)
                runs.setdefault(run.record.run_id, run)
        if not runs:
            raise ConfigError(f"expected a run, received the check {names[0]}; its four runs lie in it, as folders")
        yield list(runs.values())


def load_one_run(name: str, output: Path, tell: Tell = say_nothing) -> LoadedRun:
    """Return the one run that a name stands for; its folder is gone where it came from an archive.

    Raises:
        ConfigError: for an archive of several runs.
        StoreError: as `open_runs`.
    """
    with open_runs([name], output, tell) as runs:
        if len(runs) > 1:
            ids = ", ".join(run.record.run_id for run in runs)
            raise ConfigError(f"{name}: expected one run, this archive holds {len(runs)}: {ids}; export one alone")
        return runs[0]


def default_folder(name: str, run: LoadedRun) -> Path:
    """Return where a report goes that the user gave no place: the run's folder, or the one its archive lies in."""
    return Path(name).parent if name.endswith(ARCHIVE_SUFFIX) else run.folder


def _folders(name: str, output: Path, unpacked: Path, tell: Tell) -> list[Path]:
    if name.endswith(ARCHIVE_SUFFIX):
        unpacked.mkdir()
        return unpack_archive(Path(name), unpacked)
    if name.lower().endswith(_TABLES) and not Path(name).is_dir():
        raise ConfigError(
            f"{name}: expected a run or an archive of runs, received a table, which holds no journals; where the run "
            f"is, make an archive: `python -m bench export RUN --archive FILE{ARCHIVE_SUFFIX}`"
        )
    if any((folder / CHECK_FILE).is_file() for folder in (Path(name), output / name)):
        tell(f"note: passed over {name}, a check: `bench check --again` judges it")
        return []
    return [find_run(name, output)]
