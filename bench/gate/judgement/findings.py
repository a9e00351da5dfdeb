"""What a check of one revision against another amounts to: the values that every renderer of a verdict consumes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bench.analysis.statistics.interval import Interval
from bench.analysis.trial.measures import SPEEDS, Measure
from bench.gate.check_folder import SideName, Stage
from bench.store.records import TrialStatus

GateVerdict = Literal["ok", "implausible", "inconclusive", "regression"]


@dataclass(frozen=True, order=True)
class CaseMeasure:
    """One test of a check: a case and what is measured of it."""

    case_id: str
    measure: Measure


@dataclass(frozen=True)
class Tolerances:
    """By how much each measure may become worse; shares, but for accuracy, which is absolute.

    `max_slowdown` is of trials that had the machine to themselves, `max_slowdown_in_turns` of pairs in turns.
    """

    max_slowdown: float = 0.02
    max_slowdown_in_turns: float = 0.01
    max_first_step_growth: float = 0.10
    max_memory_growth: float = 0.05
    max_accuracy_drop: float = 0.02

    def margin(self, measure: Measure, *, in_turns: bool = False) -> float:
        """Return the tolerance on the scale of `worse_scale`: a logarithm, or an absolute drop."""
        if measure == "final_val_accuracy":
            return self.max_accuracy_drop
        slowdown = self.max_slowdown_in_turns if in_turns else self.max_slowdown
        share = {**dict.fromkeys(SPEEDS, slowdown), "first_step_s": self.max_first_step_growth}
        return math.log1p(share.get(measure, self.max_memory_growth))


# The whole 95 % interval lies within the tolerance on both sides, or on the side of "worse".
Shown = Literal["equivalent", "no worse"]


class GateReason(StrEnum):
    """Why a figure has no clean verdict; the keys of `MeasureVerdict.data` stand behind each code."""

    TOO_FEW = "too_few"  # needs, has
    TOO_FEW_TO_CONFIRM = "too_few_to_confirm"  # needs, has
    ONE_SLOT = "one_slot"  # has
    NOT_CONFIRMED = "not_confirmed"  # (none)
    NOT_SURE = "not_sure"  # has
    NOT_SHOWN = "not_shown"  # more
    HALF_THE_ERRORS = "half_the_errors"  # (none)
    NO_FIGURE = "no_figure"  # base, head
    MACHINE_MOVED = "machine_moved"  # percent: by how much the canary took longer


_COULD_NOT_FAIL = frozenset(
    {GateReason.TOO_FEW, GateReason.TOO_FEW_TO_CONFIRM, GateReason.ONE_SLOT, GateReason.NO_FIGURE}
)


@dataclass(frozen=True)
class MeasureVerdict:
    """One measure of one case; `base` and `head` are means (geometric, but of accuracy) over what decided.

    Stage `screen`: stage 1's values. `confirm`: those of both stages, or the fresh ones alone where they are no worse.
    `in_turns`: told by turns that both sides had, and judged by looks while pairs were added.

    `worse` is by how much the head is worse: a share of the cost (0.1 is 10 % slower, larger), or a drop in accuracy;
    below 0 it is better. `visible` is the true worsening that stage 1 flags in nine of ten checks, by the spread among
    stage 1's values, whichever stage decided; None below five of them a side. The outcome `ok` says that nothing was
    flagged or confirmed; only `shown` says that the sides are equal within the tolerance, or the head no worse.
    """

    key: CaseMeasure
    label: str
    stage: Stage
    base: float | None
    head: float | None
    num_base: int
    num_head: int
    worse: Interval | None
    p_value: float | None
    visible: float | None
    outcome: GateVerdict
    reason: GateReason | None = None
    data: Mapping[str, int | None] = field(default_factory=dict)
    shown: Shown | None = None
    in_turns: bool = False
    spread: float | None = None

    @property
    def is_undecidable(self) -> bool:
        """Whether what ran could not fail this measure whatever it said."""
        return self.reason in _COULD_NOT_FAIL


@dataclass(frozen=True)
class TrialProblem:
    """A trial that did not end ok, which is no matter of statistics."""

    side: SideName
    trial_id: str
    status: TrialStatus
    message: str


@dataclass(frozen=True)
class CasePairs:
    """How many pairs of a case ran, whether or not they ended ok, and how many of them in turns."""

    case_id: str
    num_pairs: int
    num_in_turns: int


@dataclass(frozen=True)
class GateResult:
    """A check's findings in the order of its cases; `problems` void the verdict.

    `is_paired` is False where a stored run stands for the base; then there are no `pairs`.
    """

    findings: tuple[MeasureVerdict, ...]
    problems: tuple[TrialProblem, ...]
    tolerances: Tolerances
    is_paired: bool = True
    pairs: tuple[CasePairs, ...] = ()

    @property
    def in_turns(self) -> bool:
        """Whether every pair trained in turns."""
        return bool(self.pairs) and all(one.num_in_turns == one.num_pairs for one in self.pairs)

    @property
    def outcome(self) -> GateVerdict:
        """The gravest outcome of all findings."""
        order: tuple[GateVerdict, ...] = ("regression", "inconclusive", "implausible")
        found = {finding.outcome for finding in self.findings}
        return next((outcome for outcome in order if outcome in found), "ok")
