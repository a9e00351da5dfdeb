"""What two runs amount to beside each other: the values that every renderer of a comparison consumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.sample_size import More
from bench.analysis.trial.measures import ChangeVerdict, Measure

Pairing = Literal["unpaired", "paired by seed, not interleaved"]


class NotComparable(StrEnum):
    """Why a measure of two runs is not compared; each code's comment names the keys of `MeasureChange.data`."""

    NO_FIGURE = "no_figure"  # a, b: trials with a figure
    DATA_DIFFERS = "data_differs"  # (none)
    BUDGETS_DIFFER = "budgets_differ"  # a, b: epochs
    NO_COMMON_SEED = "no_common_seed"  # (none)
    BETWEEN_VALIDATIONS = "between_validations"  # (none)
    NOT_ALL_HIT = "not_all_hit"  # a, b: hits; seeds: the shared ones
    DETERMINISTIC = "deterministic"  # (none)


class ComparisonCaution(StrEnum):
    """What a reader must know about a value that is compared."""

    MACHINES_DIFFER = "machines differ"
    CONCURRENT = "measured beside others"
    TURNS_DIFFER = "in turns in one run alone"


@dataclass(frozen=True)
class MachineDifference:
    """The fingerprints of both runs, and each part or variable (field, A's, B's) in which the first that differ do."""

    fingerprints_a: tuple[str, ...]
    fingerprints_b: tuple[str, ...]
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class MeasureChange:
    """One measure of one case: `a` and `b` are means (geometric, but of accuracy) over `num_a` and `num_b` trials.

    `effect` is B / A (`kind` ratio) or B − A (difference). For `needs` and `num_more` see
    `bench.analysis.statistics.change`.
    """

    measure: Measure
    target: float | None
    kind: Literal["ratio", "difference"]
    pairing: Pairing
    a: float | None
    b: float | None
    num_a: int
    num_b: int
    effect: Interval | None
    p_value: float | None
    verdict: ChangeVerdict
    needs: int | None
    num_more: More | None
    labels: tuple[ComparisonCaution, ...]
    why: NotComparable | None
    data: Mapping[str, int]


@dataclass(frozen=True)
class CaseChange:
    """One case that both runs have; `num_not_ok` are the trials of A and of B that did not end ok."""

    case_id: str
    label: str
    num_trials: tuple[int, int]
    num_not_ok: tuple[int, int]
    rows: tuple[MeasureChange, ...]


@dataclass(frozen=True)
class RunChange:
    """Two runs compared; `only_a` and `only_b` are ids of cases that the other run lacks."""

    run_a: str
    run_b: str
    max_change: float
    max_accuracy_change: float
    machines: MachineDifference | None
    cases: tuple[CaseChange, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
