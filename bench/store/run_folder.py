"""Run folders: one per run, with unique names, and read without trusting their content."""

from __future__ import annotations

import gc
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench import __version__
from bench.errors import StoreError
from bench.host.environment import Environment
from bench.host.identity import is_alive
from bench.plan.case import Case, Trial
from bench.store.document import read_document, tell_within, write_document
from bench.store.gpu_evidence import BackendEvidence, read_all_evidence
from bench.store.journal import read_journal
from bench.store.records import Journal, ResolvedSuite, RunRecord

RUN_FILE = "run.json"
TRIALS_FOLDER = "trials"
ATTEMPTS_FOLDER = "attempts"
MAX_RUN_FILE_BYTES = 16 << 20
FIGURES_FOLDER = "figures"
RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[a-z0-9][a-z0-9_-]{0,39}-[0-9a-f]{4}")
# With ".1234.jsonl" appended, a trial's id must still fit into a file name of at most 255 bytes.
_TRIAL_ID = re.compile(r"[A-Za-z0-9._-]{1,240}")


@dataclass(frozen=True)
class LoadedRun:
    """A run as read from disk; `set_aside` names each damaged journal, with file and line.

    `superseded` are the journals of earlier attempts at trials that were trained again, which count for nothing.
    `gpu_evidence` is what `prove-gpu` saw, of each backend that it asked.
    """

    folder: Path
    record: RunRecord
    journals: tuple[Journal, ...]
    set_aside: tuple[str, ...]
    superseded: tuple[Journal, ...] = ()
    gpu_evidence: tuple[BackendEvidence, ...] = ()


def new_run_id(suite: str, now: datetime, token: Callable[[], str] = lambda: secrets.token_hex(2)) -> str:
    """Return UTC time, suite and four random hex digits: `20261122T081500Z-tutorial-3f2a`."""
    return f"{now:%Y%m%dT%H%M%SZ}-{suite}-{token()}"


def create_run_folder(output: Path, make_id: Callable[[], str]) -> tuple[str, Path]:
    """Create a new folder under `output`, trying ids until one is free.

    Returns:
        The run's id and its folder, with an empty `trials` folder inside.

    Raises:
        StoreError: where the folder cannot be written.
    """
    while True:
        run_id = make_id()
        folder = output / run_id
        try:
            output.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            (folder / TRIALS_FOLDER).mkdir()
        except FileExistsError:
            if not output.is_dir():
                raise StoreError(
                    f"output: expected a folder, {output} is a file; choose another with --output"
                ) from None
            continue
        except OSError as error:
            raise StoreError(
                f"output: cannot write to {output}: {error.strerror}; choose another with --output"
            ) from None
        return run_id, folder


def start_run(
    output: Path, suite: ResolvedSuite, environment: Environment, command: Sequence[str]
) -> tuple[Path, RunRecord]:
    """Create a run folder with the record of what will stand in it, and return both.

    Raises:
        StoreError: where the folder cannot be written.
    """
    now = datetime.now(UTC)
    run_id, folder = create_run_folder(output, lambda: new_run_id(suite.name, now))
    record = RunRecord(
        run_id=run_id,
        created_at=now,
        version=__version__,
        command=tuple(command),
        suite=suite,
        environment=environment,
    )
    write_record(folder, record)
    return folder, record


def write_record(folder: Path, record: RunRecord) -> None:
    """Write `run.json` atomically."""
    write_document(folder / RUN_FILE, record)


def journal_path(folder: Path, trial_id: str) -> Path:
    """Return the path of a trial's journal."""
    return folder / TRIALS_FOLDER / f"{trial_id}.jsonl"


def move_to_attempts(folder: Path, trial_id: str) -> Path:
    """Keep the journal of a failed attempt next to the new one: `trials/attempts/<trial-id>.1.jsonl`.

    Raises:
        StoreError: if the disk refuses.
    """
    attempts = folder / TRIALS_FOLDER / ATTEMPTS_FOLDER
    number = 1
    try:
        attempts.mkdir(exist_ok=True)
        while os.path.lexists(target := attempts / f"{trial_id}.{number}.jsonl"):
            number += 1
        journal_path(folder, trial_id).rename(target)
    except OSError as error:
        raise StoreError(f"cannot keep an earlier attempt in {attempts}: {error.strerror}") from None
    return target


def load_run(folder: Path) -> LoadedRun:
    """Read a run and every journal that its record names, in the record's order.

    Raises:
        StoreError: if `run.json` is missing or damaged. A damaged journal is set aside instead.
    """
    record = read_record(folder)
    with paused_collection():
        journals, set_aside = _read_all(
            folder, (partial(_load_trial, folder, trial, record.run_id) for trial in record.suite.trials)
        )
        superseded, unread = load_attempts(folder)
    return LoadedRun(folder, record, journals, (*set_aside, *unread), superseded, read_all_evidence(folder))


def load_attempts(folder: Path) -> tuple[tuple[Journal, ...], tuple[str, ...]]:
    """Return the journals of earlier attempts, and for each damaged one what its reader said."""
    attempts = folder / TRIALS_FOLDER / ATTEMPTS_FOLDER
    return _read_all(folder, (partial(read_journal, path) for path in sorted(attempts.glob("*.jsonl"))))


def _read_all(
    folder: Path, reads: Iterable[Callable[[], Journal | None]]
) -> tuple[tuple[Journal, ...], tuple[str, ...]]:
    """Return the journals that exist, and for each damaged one what its reader said."""
    journals: list[Journal] = []
    set_aside: list[str] = []
    for read in reads:
        try:
            journal = read()
        except StoreError as error:
            set_aside.append(tell_within(folder, error))
        else:
            journals += [journal] if journal else []
    return tuple(journals), tuple(set_aside)


@contextmanager
def paused_collection() -> Iterator[None]:
    """Pause garbage collection: there are no cycles among the million objects that 10,000 journals create.

    The objects are excluded from later collections as well; reference counting still frees them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()


def _load_trial(folder: Path, trial: Trial, run_id: str) -> Journal | None:
    return load_journal(folder, trial.trial_id, trial.of_run or run_id, trial.file_stem)


def load_journal(folder: Path, trial_id: str, run_id: str, file_stem: str | None = None) -> Journal | None:
    """Return one trial's journal, or None if it never started; its file is named by its id where `file_stem` is None.

    Raises:
        StoreError: if the journal is damaged or belongs to another trial.
    """
    path = journal_path(folder, file_stem or trial_id)
    journal = read_journal(path) if os.path.lexists(path) else None
    if journal and (journal.start.trial_id, journal.start.run_id) != (trial_id, run_id):
        raise StoreError(f"{path}:1: belongs to {journal.start.trial_id[:80]!r} of run {journal.start.run_id[:80]!r}")
    return _mark_running(journal) if journal and journal.end is None else journal


def _mark_running(journal: Journal) -> Journal:
    """Mark a trial without an end line whose worker is still alive: it was not killed."""
    start = journal.start
    lives = is_alive(start.pid, start.start_ticks, start.environment.boot_id)
    return journal.model_copy(update={"is_running": lives})


def read_record(folder: Path) -> RunRecord:
    """Return the validated `run.json`.

    Raises:
        StoreError: if it is missing, damaged or of a newer schema, or if a folder of the run is a link.
    """
    path = folder / RUN_FILE
    record = _share_cases(read_document(path, RunRecord, MAX_RUN_FILE_BYTES, "the record of a run"))
    _check_ids(record, path)
    _check_own_folders(folder)
    return record


def _share_cases(record: RunRecord) -> RunRecord:
    """Let the trials of one case hold one: ten thousand equal ones are 35 MB, and compared at each look-up."""
    cases: dict[Case, Case] = {}
    trials = tuple(
        trial.model_copy(update={"case": cases.setdefault(trial.case, trial.case)}) for trial in record.suite.trials
    )
    return record.model_copy(update={"suite": record.suite.model_copy(update={"trials": trials})})


def _check_own_folders(folder: Path) -> None:
    """Reject a run whose inner folders are links: files written into them would end up outside."""
    for inner in (TRIALS_FOLDER, f"{TRIALS_FOLDER}/{ATTEMPTS_FOLDER}", FIGURES_FOLDER):
        if (folder / inner).is_symlink():
            raise StoreError(f"{folder / inner}: expected a folder, received a link; replace it by what it leads to")


def _check_ids(record: RunRecord, path: Path) -> None:
    """Reject forged ids, because an id becomes part of paths and pages."""
    if not RUN_ID.fullmatch(record.run_id):
        raise StoreError(
            f"{path}: run_id: expected UTC time, suite and four hex digits, received {record.run_id[:60]!r}"
        )
    forged = next(
        (t.of_run for t in record.suite.trials if t.of_run is not None and not RUN_ID.fullmatch(t.of_run)), None
    )
    if forged is not None:
        raise StoreError(f"{path}: expected trials of runs by their ids, received {forged[:60]!r}")
    ids = [trial.file_stem for trial in record.suite.trials]
    unsafe = next((trial_id for trial_id in ids if not _TRIAL_ID.fullmatch(trial_id)), None)
    if unsafe is not None:
        raise StoreError(f"{path}: expected trials whose names are file names, received {unsafe[:60]!r}")
    _check_unique(ids, path)


def _check_unique(ids: Iterable[str], path: Path) -> None:
    seen: set[str] = set()
    for trial_id in ids:
        if trial_id in seen:
            raise StoreError(f"{path}: trial {trial_id} appears twice")
        seen.add(trial_id)
