"""A check on disk: `check.json`, and one run folder for each stage and side, so that its verdict can be made again.

    results/20261122T081500Z-check-3f2a/
      check.json                    what is compared with what, and how the pairs' order was drawn
      screen-base/ screen-head/     stage 1: the runs of both sides, trial by trial of one name a pair
      confirm-base/ confirm-head/   stage 2: fresh pairs of what stage 1 flagged

Each of the four is a run like any other: `bench report`, `bench compare` and `bench export` read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bench.errors import StoreError
from bench.frozen_model import Count, Frozen, PositiveInt
from bench.host.environment import Environment
from bench.store.document import read_document, write_document
from bench.store.records import Journal, Moment, ResolvedSuite, RunRecord
from bench.store.run_folder import (
    MAX_RUN_FILE_BYTES,
    RUN_FILE,
    TRIALS_FOLDER,
    LoadedRun,
    create_run_folder,
    load_run,
    new_run_id,
    write_record,
)

CHECK_FILE = "check.json"
Stage = Literal["screen", "confirm"]
SideName = Literal["base", "head"]


class RevisionRecord(Frozen):
    """One side's code: what people call it, its commit where it has one, and whether it differs from that."""

    name: str
    commit: str | None
    is_dirty: bool = False


class CheckRecord(Frozen):
    """`check.json`: written before the first trial starts; after that only `back_to_back` changes.

    `baseline` is the id of the stored run that stands for the base, None where both sides are trained; then `base` is
    its code. `order_seed` draws which side of each pair goes first. `back_to_back` says which cases' pairs do not take
    turns, and why or since when; None where all do, and in older records.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    check_id: str
    created_at: Moment
    version: str
    command: tuple[str, ...]
    base: RevisionRecord
    head: RevisionRecord
    baseline: str | None = None
    num_pairs: PositiveInt
    num_confirm_pairs: PositiveInt
    order_seed: Count
    back_to_back: str | None = None


@dataclass(frozen=True)
class LoadedCheck:
    """A check as it reads back; `set_aside` names each journal that is damaged."""

    folder: Path
    record: CheckRecord
    journals: dict[tuple[Stage, SideName], tuple[Journal, ...]]
    set_aside: tuple[str, ...]


def create_check_folder(output: Path, now: datetime) -> tuple[str, Path]:
    """Create a check's folder under `output`, and return its id with it.

    Raises:
        StoreError: where the folder cannot be written.
    """
    check_id, folder = create_run_folder(output, lambda: new_run_id("check", now))
    (folder / TRIALS_FOLDER).rmdir()
    return check_id, folder


def write_check_record(folder: Path, record: CheckRecord) -> None:
    """Write `check.json`, whole or not at all."""
    write_document(folder / CHECK_FILE, record)


def create_side_run(
    folder: Path, check: CheckRecord, stage: Stage, side: SideName, suite: ResolvedSuite, environment: Environment
) -> tuple[Path, RunRecord]:
    """Create the run folder of one stage and side, and return it with its record.

    Raises:
        StoreError: where the disk refuses.
    """
    stamp, _, token = check.check_id.partition("-check-")
    run = RunRecord(
        run_id=f"{stamp}-check-{stage}-{side}-{token}",
        created_at=check.created_at,
        version=check.version,
        command=check.command,
        suite=suite,
        environment=environment,
    )
    path = side_folder(folder, stage, side)
    try:
        (path / TRIALS_FOLDER).mkdir(parents=True)
    except OSError as error:
        raise StoreError(f"cannot create {path}: {error.strerror}; choose another folder with --output") from None
    write_record(path, run)
    return path, run


def side_folder(folder: Path, stage: Stage, side: SideName) -> Path:
    """Return where the run of one stage and side stands."""
    return folder / f"{stage}-{side}"


def load_check(folder: Path) -> LoadedCheck:
    """Read a check and all its journals; a stage that was not reached has none.

    Raises:
        StoreError: where `check.json` is missing or damaged.
    """
    path = folder / CHECK_FILE
    if not path.is_file():
        raise StoreError(f"check: expected a folder that holds {CHECK_FILE}, received {str(folder)!r}")
    record = read_document(path, CheckRecord, MAX_RUN_FILE_BYTES, "the record of a check")
    stages: Sequence[Stage] = ("screen", "confirm")
    sides: Sequence[SideName] = ("base", "head")
    runs = {(stage, side): _load(side_folder(folder, stage, side)) for stage in stages for side in sides}
    set_aside = tuple(problem for run in runs.values() if run for problem in run.set_aside)
    return LoadedCheck(folder, record, {key: run.journals if run else () for key, run in runs.items()}, set_aside)


def _load(folder: Path) -> LoadedRun | None:
    return load_run(folder) if (folder / RUN_FILE).is_file() else None
