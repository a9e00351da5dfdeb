"""Finds, lists and loads the runs in a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from bench.errors import StoreError, suggest
from bench.store.run_folder import RUN_FILE, RUN_ID

LATEST = "latest"

Loaded = TypeVar("Loaded")


def find_run(name: str, output: Path) -> Path:
    """Return the folder that a user means: a path to a run folder, a run's id under `output`, or `latest`.

    Raises:
        StoreError: if there is no such run; the nearest id is suggested.
    """
    if os.sep in name or name in (".", ".."):
        return _existing(Path(name), name)
    if name == LATEST:
        runs = list_runs(output)
        if not runs:
            raise StoreError(
                f"run: there is no run in {output}; start one with `python -m bench run`, or name its --output"
            )
        return runs[-1]
    if not RUN_ID.fullmatch(name) and (Path(name) / RUN_FILE).is_file():
        return Path(name)
    known = [folder.name for folder in list_runs(output)]
    if name not in known:
        raise StoreError(
            f"run: expected a run folder, an id in {output}, or latest; received {name!r}{suggest(name, known)}"
        )
    return output / name


def _existing(folder: Path, name: str) -> Path:
    if not (folder / RUN_FILE).is_file():
        raise StoreError(f"run: expected a folder that holds {RUN_FILE}, received {name!r}")
    return folder


def list_runs(output: Path) -> list[Path]:
    """Return the run folders under `output`, oldest first; links and unreadable folders are skipped.

    Raises:
        StoreError: if `output` cannot be read.
    """
    try:
        folders = sorted(output.iterdir()) if output.is_dir() else []
    except OSError as error:
        raise StoreError(f"cannot read {output}: {error.strerror}; name another folder with --output") from None
    return [folder for folder in folders if RUN_ID.fullmatch(folder.name) and _is_run(folder)]


def _is_run(folder: Path) -> bool:
    try:
        return not folder.is_symlink() and (folder / RUN_FILE).is_file()
    except OSError:
        return False  # another user's, without permission to read it


def load_readable(folders: Iterable[Path], load: Callable[[Path], Loaded]) -> tuple[list[Loaded], list[str]]:
    """Return what `load` reads from each folder, and a message for each that it rejects."""
    loaded: list[Loaded] = []
    problems: list[str] = []
    for folder in folders:
        try:
            loaded.append(load(folder))
        except StoreError as error:
            problems.append(str(error))
    return loaded, problems
