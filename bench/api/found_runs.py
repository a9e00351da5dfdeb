"""Every run that lies in some folders and archives, readable or not: for what shows all of them, as a site does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import StoreError
from bench.gate.bisect.bisect_record import BISECT_FILE
from bench.gate.check_folder import CHECK_FILE
from bench.store.archive import ARCHIVE_SUFFIX, unpack_archive
from bench.store.find_runs import find_run
from bench.store.run_folder import RUN_FILE

MAX_DEPTH = 8  # of folders in folders: enough for year, team and machine
_NO_RUN = (CHECK_FILE, BISECT_FILE)


@dataclass(frozen=True)
class FoundRun:
    """One run: `source` is the archive or folder that it lies in, `folder` where it can be read.

    `folder` is None for an archive that cannot be unpacked, and `problem` then says why.
    """

    source: Path
    folder: Path | None
    problem: str = ""


def spread_folders(names: Sequence[str], output: Path) -> list[Path]:
    """Return the run folders and archives that some names stand for, each once.

    A name is an archive, a run's folder, its id under `output` or `latest`, or a folder that holds any number of runs
    and archives, also in folders of its own; see `find_results`.

    Raises:
        StoreError: where a name stands for nothing.
    """
    paths: dict[Path, Path] = {}
    for name in names:
        for path in _spread(name, output):
            paths.setdefault(path.resolve(), path)
    return list(paths.values())


def _spread(name: str, output: Path) -> list[Path]:
    path = Path(name)
    if name.endswith(ARCHIVE_SUFFIX) and not path.is_dir():
        if not path.is_file() or path.is_symlink():
            raise StoreError(f"{name}: expected an archive of runs; there is no such file")
        return [path]
    if path.is_dir() and not (path / RUN_FILE).is_file():
        return find_results(path)
    return [find_run(name, output)]


def find_results(folder: Path, depth: int = MAX_DEPTH) -> list[Path]:
    """Return the run folders and archives in a folder and in its folders, in the order of their names.

    Links, hidden folders, checks and bisections are passed over, and so is whatever is nested deeper than `depth`.
    A folder that may not be read is returned as if it were a run's: whoever reads it is told why it cannot be.
    """
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return [folder]
    found: list[Path] = []
    for path in inside:
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_file() and path.name.endswith(ARCHIVE_SUFFIX):
            found.append(path)
        elif path.is_dir():
            found += _find_inside(path, depth)
    return found


def _find_inside(folder: Path, depth: int) -> list[Path]:
    if (folder / RUN_FILE).is_file():
        return [folder]
    if depth <= 1 or any((folder / name).is_file() for name in _NO_RUN):
        return []
    return find_results(folder, depth - 1)


def open_found(paths: Sequence[Path], unpacked: Path) -> Iterator[FoundRun]:
    """Yield every run of some run folders and archives; what was unpacked is gone when the next one is asked for.

    Args:
        paths: run folders and archives.
        unpacked: an empty folder to unpack into.
    """
    for path in paths:
        if not path.name.endswith(ARCHIVE_SUFFIX):
            yield FoundRun(path, path)
            continue
        into = unpacked / "archive"
        into.mkdir()
        try:
            yield from [FoundRun(path, folder) for folder in unpack_archive(path, into)]
        except StoreError as error:
            yield FoundRun(path, None, str(error).removeprefix(f"{path}: "))
        finally:
            shutil.rmtree(into)
