"""Checks one run's folder: read strictly, then hold what it says against itself and against the data it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from bench.errors import StoreError
from bench.settings import Backend
from bench.store.ceilings_file import read_ceilings
from bench.store.document import tell_within
from bench.store.gpu_evidence import read_evidence
from bench.store.run_folder import TRIALS_FOLDER, LoadedRun, load_run
from bench.validate.check_data import KnownSets, check_data
from bench.validate.check_figures import check_copies, check_figures
from bench.validate.check_ids import check_files, check_record, check_trial, machines_of
from bench.validate.flaws import CheckedRun, Flaw, FlawCode, Unchecked


def check_run(folder: Path, source: str, known: KnownSets) -> CheckedRun:
    """Return a run with all that is wrong with it.

    Args:
        folder: the run's folder; what was in an archive is unpacked already.
        source: what the user named.
        known: the data sets, shared by all runs that are checked.

    Raises:
        DataError: where a bundled data set of this installation was altered.
    """
    try:
        run, ceilings = load_run(folder), read_ceilings(folder)
    except StoreError as error:
        return unreadable(source, tell_within(folder, error))
    flaws = (
        *(Flaw(FlawCode.UNREADABLE, "", {"why": problem}) for problem in run.set_aside),
        *_check_evidence(folder),
        *check_record(run),
        *check_files(run, ceilings),
        *_check_trials(run, known),
        *check_copies(run.journals),
    )
    names = dict.fromkeys(journal.start.case.dataset for journal in run.journals)
    return CheckedRun(
        source=source,
        run_id=run.record.run_id,
        suite=run.record.suite.name,
        machines=tuple(machines_of(run)),
        num_planned=len(run.record.suite.trials),
        num_trials=len(run.journals),
        flaws=flaws,
        unchecked=tuple(one for name in names if isinstance(one := known.find(name), Unchecked)),
    )


def unreadable(source: str, why: str) -> CheckedRun:
    """Return a run, or an archive, of which nothing can be read but why not."""
    return CheckedRun(source, None, None, (), 0, 0, (Flaw(FlawCode.UNREADABLE, "", {"why": why}),))


def _check_evidence(folder: Path) -> Iterator[Flaw]:
    for backend in get_args(Backend):
        try:
            read_evidence(folder, backend)
        except StoreError as error:
            yield Flaw(FlawCode.UNREADABLE, "", {"why": tell_within(folder, error)})


def _check_trials(run: LoadedRun, known: KnownSets) -> Iterator[Flaw]:
    planned = {f"{trial.file_stem}.jsonl": trial for trial in run.record.suite.trials}
    for journal in run.journals:
        trial = planned[journal.source]
        where = f"{TRIALS_FOLDER}/{journal.source}"
        yield from check_trial(run, trial, journal, where)
        yield from check_data(journal, known.find(journal.start.case.dataset), where)
        yield from check_figures(journal, where)
