"""The folder of a check that begins: its record, and with a stored baseline a copy of that run."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import __version__
from bench.errors import StoreError
from bench.gate.check_folder import (
    CheckRecord,
    RevisionRecord,
    SideName,
    create_check_folder,
    side_folder,
    write_check_record,
)
from bench.gate.request import CheckRequest
from bench.gate.sides.revision import Revision
from bench.store.run_folder import RUN_FILE, TRIALS_FOLDER, LoadedRun


def create_check(asked: CheckRequest, revisions: Mapping[SideName, Revision]) -> tuple[Path, CheckRecord]:
    """Create the check's folder before anything is checked out or trained; a stored baseline is copied into it."""
    now = datetime.now(UTC)
    check_id, folder = create_check_folder(asked.output, now)
    head = _record(revisions["head"])
    record = CheckRecord(
        check_id=check_id,
        created_at=now,
        version=__version__,
        command=asked.command,
        base=_record(revisions["base"]) if asked.baseline is None else _record_of_run(asked.baseline),
        head=head,
        baseline=asked.baseline.record.run_id if asked.baseline else None,
        num_pairs=asked.calibration_pairs or asked.num_pairs,
        num_confirm_pairs=asked.num_confirm_pairs,
        order_seed=secrets.randbits(32),
    )
    write_check_record(folder, record)
    if asked.baseline is not None:
        _copy_run(asked.baseline.folder, side_folder(folder, "screen", "base"))
    return folder, record


def add_back_to_back(folder: Path, record: CheckRecord, why: str | None) -> CheckRecord:
    """Write down which cases' pairs do not take turns: known once the machine is held, or once memory runs out."""
    record = record.model_copy(update={"back_to_back": why})
    write_check_record(folder, record)
    return record


@contextlib.contextmanager
def remove_if_refused(folder: Path) -> Iterator[None]:
    """Take a check's folder away again where the block ends, however, before anything could be measured."""
    try:
        yield
    finally:
        if not (side_folder(folder, "screen", "head") / RUN_FILE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _copy_run(source: Path, target: Path) -> None:
    """Keep a stored baseline with the check, so that its verdict can be made again without that run."""
    try:
        shutil.copytree(source / TRIALS_FOLDER, target / TRIALS_FOLDER)
        shutil.copy(source / RUN_FILE, target / RUN_FILE)
    except OSError as error:
        raise StoreError(f"cannot copy {source} to {target}: {error.strerror or error}") from None


def _record(revision: Revision) -> RevisionRecord:
    return RevisionRecord(name=revision.name, commit=revision.commit, is_dirty=revision.is_dirty)


def _record_of_run(run: LoadedRun) -> RevisionRecord:
    environment = run.record.environment
    return RevisionRecord(name="its code", commit=environment.git_commit, is_dirty=bool(environment.git_dirty))
