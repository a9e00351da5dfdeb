"""A bisection on disk: `bisect.json` beside the folders of its checks, so that it can go on where it was left.

Its folder holds:

    results/20261122T081500Z-bisect-3f2a/
      bisect.json                              the ends, and each commit that was tested with its verdict
      20261122T081512Z-check-91bc/ …           the check of each commit against the good one

Each check is one like any other: `bench check --again` judges it anew.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bench.errors import StoreError
from bench.frozen_model import Frozen, StrictBool
from bench.gate.judgement.findings import CaseMeasure
from bench.store.document import read_document, write_document
from bench.store.run_folder import MAX_RUN_FILE_BYTES, TRIALS_FOLDER, create_run_folder, new_run_id

BISECT_FILE = "bisect.json"
StepOutcome = Literal["good", "bad", "skipped"]


class FailedMeasure(Frozen):
    """A measure of a case by which a commit is worse."""

    case_id: str
    measure: str

    @classmethod
    def of(cls, key: CaseMeasure) -> FailedMeasure:
        """Return what a check found."""
        return cls(case_id=key.case_id, measure=key.measure)


class BisectStep(Frozen):
    """One commit that was tested: `check_id` names its check's folder, None where nothing could be trained.

    `why` says what kept it from a verdict, and `may_pass` whether that may be otherwise another time: it is nothing
    that a whole check found, but for memory that held one worker at a time. `failed` are the measures by which it is
    worse.
    """

    commit: str
    subject: str
    outcome: StepOutcome
    check_id: str | None
    why: str | None = None
    may_pass: StrictBool = False
    failed: tuple[FailedMeasure, ...] = ()


class BisectRecord(Frozen):
    """`bisect.json`: written anew after each commit; `asked` is what every check was asked for, to the letter."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    bisect_id: str
    created_at: datetime
    good: str
    bad: str
    asked: str
    steps: tuple[BisectStep, ...] = ()


def create_bisect(output: Path, good: str, bad: str, asked: str) -> tuple[Path, BisectRecord]:
    """Create the folder of a bisection that begins.

    Raises:
        StoreError: where the folder cannot be written.
    """
    now = datetime.now(UTC)
    bisect_id, folder = create_run_folder(output, lambda: new_run_id("bisect", now))
    (folder / TRIALS_FOLDER).rmdir()
    record = BisectRecord(bisect_id=bisect_id, created_at=now, good=good, bad=bad, asked=asked)
    write_bisect(folder, record)
    return folder, record


def write_bisect(folder: Path, record: BisectRecord) -> None:
    """Write `bisect.json`, whole or not at all."""
    write_document(folder / BISECT_FILE, record)


def load_bisect(folder: Path) -> BisectRecord:
    """Read a bisection.

    Raises:
        StoreError: where `bisect.json` is missing or damaged.
    """
    path = folder / BISECT_FILE
    if not path.is_file():
        raise StoreError(f"--resume: expected a folder that holds {BISECT_FILE}, received {str(folder)!r}")
    return read_document(path, BisectRecord, MAX_RUN_FILE_BYTES, "the record of a bisection")
