"""Checks strangers' runs: find them, unpack what is packed, check each, compare their ids."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.api.found_runs import FoundRun, open_found, spread_folders
from bench.errors import NothingSelectedError
from bench.validate.check_data import KnownSets
from bench.validate.check_run import check_run, unreadable
from bench.validate.flaws import CheckedRun, Flaw, FlawCode


def validate(names: Sequence[str], output: Path) -> tuple[CheckedRun, ...]:
    """Return every run that some names stand for with all that is wrong with it; nothing of it is executed.

    Args:
        names: archives of `bench export --archive`, folders of runs, ids or `latest`; or folders that hold such.
        output: the folder that holds the runs.

    Raises:
        StoreError: where a name stands for nothing.
        NothingSelectedError: where no run is in a folder.
        DataError: where a bundled data set of this installation was altered.
    """
    known = KnownSets()
    paths = spread_folders(names, output)
    with tempfile.TemporaryDirectory(prefix="rnn-or-cnn-") as unpacked:
        checked = [_check(found, known) for found in open_found(paths, Path(unpacked))]
    if not checked:
        raise NothingSelectedError(f"validate: there is no run and no archive in {', '.join(names)}")
    return tuple(_mark_twice(checked))


def _check(found: FoundRun, known: KnownSets) -> CheckedRun:
    source = str(found.source)
    return check_run(found.folder, source, known) if found.folder else unreadable(source, found.problem)


def _mark_twice(checked: Sequence[CheckedRun]) -> Iterator[CheckedRun]:
    """Yield the runs, with a flaw in each whose id an earlier one has."""
    first: dict[str, str] = {}
    for run in checked:
        other = run.source if run.run_id is None else first.setdefault(run.run_id, run.source)
        flaw = Flaw(FlawCode.TWICE, "", {"other": other})
        yield run if other == run.source else replace(run, flaws=(*run.flaws, flaw))
