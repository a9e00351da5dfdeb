"""What can be wrong with a run that a stranger hands in: codes and figures, which `bench.reports.validate` words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FlawCode(StrEnum):
    """What is wrong; each code's comment names the keys of `Flaw.data`."""

    UNREADABLE = "unreadable"  # why: what the strict reader said
    TWICE = "twice"  # other: where else a run of this id lies
    FOLDER_NAME = "folder_name"  # expected, received
    RUN_ID = "run_id"  # part: "suite" or "time"; expected, received
    FINGERPRINT = "fingerprint"  # expected: as its environment makes it; received
    OTHER_MACHINE = "other_machine"  # expected: the run's fingerprint; received
    CEILINGS = "ceilings"  # received: a fingerprint that no trial has
    STRAY = "stray"  # (none)
    TORN = "torn"  # why
    OTHER_CASE = "other_case"  # names: the settings that differ from the record's
    OTHER_TRIAL = "other_trial"  # names: seed, index
    IN_TURNS = "in_turns"  # expected, received
    NOT_WHOLE = "not_whole"  # what: "epochs", "end", "built", "examples"; expected, received
    NO_SHARE = "no_share"  # epoch, name, received
    QUANTILES = "quantiles"  # epoch
    PARTS_EXCEED = "parts_exceed"  # parts_s, total_s
    UNACCOUNTED = "unaccounted"  # unaccounted_s, total_s, limit_s
    COPIED = "copied"  # other: the trial with the same seconds
    OTHER_DATA = "other_data"  # name; expected, received
    DATA_FIELD = "data_field"  # name, field; expected, received


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong. `where` is the file within the run, empty for the run as a whole."""

    code: FlawCode
    where: str
    data: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Unchecked:
    """A data set whose checksum cannot be checked here: the contributor's own, or one that is not on this machine."""

    dataset: str
    why: str


@dataclass(frozen=True)
class CheckedRun:
    """One run with all that is wrong with it; `source` is the archive or folder as it was named.

    `run_id` and what follows it are None, or empty, where the run's record cannot be read.
    """

    source: str
    run_id: str | None
    suite: str | None
    machines: tuple[str, ...]
    num_planned: int
    num_trials: int
    flaws: tuple[Flaw, ...]
    unchecked: tuple[Unchecked, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.flaws
