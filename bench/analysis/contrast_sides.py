"""The two sides of a contrast: each trial's value of one measure, and which of them are pairs.

Trials of one seed that took turns were slowed alike, so that their ratio is that of the turns both had.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bench.analysis.summary_types import CaseSummary, ContrastMeasure
from bench.analysis.trial.measures import average
from bench.analysis.trial.time_to_target import TargetResult
from bench.analysis.trial.trial_summary import TrialSummary
from bench.analysis.trial.turn_series import both_there, turns_factors
from bench.store.records import Journal

SPEEDS: Mapping[ContrastMeasure, Callable[[TrialSummary], float | None]] = {
    "fit_throughput": lambda trial: trial.fit_throughput,
    "whole_fit_throughput": lambda trial: trial.whole_fit_throughput,
    "throughput": lambda trial: trial.throughput,
    "fit_epoch_s": lambda trial: trial.fit_epoch_s,
    "steady_epoch_s": lambda trial: trial.steady_epoch_s,
}
_IN_SECONDS = frozenset({"fit_epoch_s", "steady_epoch_s"})
MeasuredCase = tuple[CaseSummary, Sequence[Journal]]


@dataclass(frozen=True)
class Side:
    """One side: its value over all its trials, and each trial's.

    `by_key` is by seed, or by a trial's place in the order they ran; trials of one key are a pair. Of a target:
    `missed` says from when on each seed that missed may have come to it, and `since` each that hit, where its value is
    not exact; `bounds` which seeds' values are upper bounds alone, `value_since` from when on the median may have come,
    `beyond` what a median that is None is larger than (None for never), and `is_bound` whether the median is an upper
    bound. `in_turns` are the seeds on which a speed is told by the turns that both sides had, or both trained in turns
    up to the target; None where no trial of either side took turns.
    """

    label: str
    value: float | None
    by_key: Mapping[int, float]
    missed: Mapping[int, float] = field(default_factory=dict)
    since: Mapping[int, float] = field(default_factory=dict)
    bounds: frozenset[int] = frozenset()
    value_since: float | None = None
    beyond: float | None = None
    is_bound: bool = False
    in_turns: frozenset[int] | None = None

    @property
    def is_counted(self) -> bool:
        """Whether any trial says something: one that crashed before a target, or has not started, does not."""
        return bool(self.by_key or self.missed)

    @property
    def all_values(self) -> Mapping[int, float]:
        """Each trial's value, a miss later than any hit: when it came to a target at the latest."""
        return {**self.by_key, **dict.fromkeys(self.missed, math.inf)}

    @property
    def at_earliest(self) -> Side:
        """The side with each hit at its earliest; any other value is what it is."""
        hits = {key: self.since.get(key, value) for key, value in self.by_key.items()}
        return replace(self, value=self.value if self.value_since is None else self.value_since, by_key=hits)

    @property
    def earliest(self) -> Mapping[int, float]:
        """Each trial's value at the earliest, that of a miss too."""
        return {**self.at_earliest.by_key, **self.missed}


@dataclass(frozen=True)
class TurnsOfTwo:
    """What the turns of two cases say; `factors` are by seed, see `bench.analysis.trial.turn_series.turns_factor`."""

    a: Mapping[int, Journal]
    b: Mapping[int, Journal]
    factors: Mapping[int, float]

    @classmethod
    def between(cls, a: Sequence[Journal], b: Sequence[Journal]) -> TurnsOfTwo:
        """Take each case's journals."""
        of_a, of_b = ({journal.start.seed: journal for journal in side} for side in (a, b))
        return cls(of_a, of_b, turns_factors(a, b))

    def seeds_until(self, a: Mapping[int, int], b: Mapping[int, int]) -> frozenset[int]:
        """Return the seeds whose trials took turns up to these epochs, by seed, of either side."""
        shared = a.keys() & b.keys()
        return frozenset(seed for seed in shared if both_there(self.a[seed], self.b[seed], a[seed], b[seed]))


def measure_sides(
    measure: ContrastMeasure, sides: tuple[MeasuredCase, MeasuredCase], budget: int, turns: TurnsOfTwo | None
) -> tuple[Side, Side]:
    """Return one measure of two cases, whose values are pairs where their keys are equal.

    Accuracies are paired by seed. A machine drifts, so that its times are alike for neighbours in time; a seed makes
    nothing faster. Where some trials took turns, speeds are paired by seed, and the turns' ratio stands in `by_key`.

    Args:
        measure: which; no time to a target.
        sides: each case with its journals.
        budget: in epochs, the shorter of both sides'.
        turns: what turns say of the two; None where no trial of the run took turns.
    """
    values = [_by_seed(measure, case, budget) for case, _ in sides]
    labels, averages = [case.label for case, _ in sides], [_average(measure, list(one.values())) for one in values]
    if measure not in SPEEDS:
        return Side(labels[0], averages[0], values[0]), Side(labels[1], averages[1], values[1])
    told = frozenset(turns.factors) if turns else None
    if turns and told:
        factors = turns.factors
        values[0] = {seed: _corrected(measure, one, factors.get(seed, 1.0)) for seed, one in values[0].items()}
    else:
        values = [in_time_order(one, journals) for one, (_, journals) in zip(values, sides, strict=True)]
    return (
        Side(labels[0], averages[0], values[0], in_turns=told),
        Side(labels[1], averages[1], values[1], in_turns=told),
    )


def target_sides(
    measure: ContrastMeasure, cases: tuple[CaseSummary, CaseSummary], index: int, turns: TurnsOfTwo | None
) -> tuple[Side, Side]:
    """Return the epochs or the seconds in which two cases came to one target; the seconds are each trial's own."""
    results = [case.targets[index] for case in cases]
    told = None
    if turns and measure == "train_s_to_target":
        told = turns.seeds_until(*({hit.seed: hit.epochs for hit in result.trials if hit.outcome == "hit"}
                                   for result in results))  # fmt: skip
    a, b = (_to_target(measure, case.label, one, told) for case, one in zip(cases, results, strict=True))
    return a, b


def _by_seed(measure: ContrastMeasure, case: CaseSummary, budget: int) -> Mapping[int, float]:
    if measure in SPEEDS:
        values = {trial.seed: SPEEDS[measure](trial) for trial in case.trials}
    else:
        epoch = 1 if measure == "val_accuracy_first_epoch" else budget
        values = {one.seed: one.val_accuracy[epoch - 1] for one in case.curve.seeds if len(one.epochs) >= epoch}
    return {seed: value for seed, value in values.items() if value is not None}


def in_time_order(by_seed: Mapping[int, float], journals: Sequence[Journal]) -> Mapping[int, float]:
    """Return values by their trials' place in the order they ran: a machine drifts, and a seed makes nothing faster."""
    started = {journal.start.seed: journal.start.started_at for journal in journals}
    return {place: by_seed[seed] for place, seed in enumerate(sorted(by_seed, key=started.__getitem__))}


def _corrected(measure: ContrastMeasure, value: float, factor: float) -> float:
    return value / factor if measure in _IN_SECONDS else value * factor


def _average(measure: ContrastMeasure, values: Sequence[float]) -> float | None:
    """Return the mean of accuracies, and the geometric mean of rates and times."""
    return average(values, is_accuracy=effect_kind(measure) == "difference") if values else None


def _to_target(measure: ContrastMeasure, label: str, result: TargetResult, told: frozenset[int] | None) -> Side:
    hits = [trial for trial in result.trials if trial.outcome == "hit"]
    misses = [trial for trial in result.trials if trial.outcome == "miss"]
    if measure == "epochs_to_target":
        missed = {miss.seed: miss.epochs + 1.0 for miss in misses}
        epochs = {hit.seed: float(hit.epochs) for hit in hits}
        return Side(label, result.median_epochs, epochs, missed, beyond=result.median_epochs_beyond)
    return Side(
        label,
        result.median_train_s,
        # A trial whose clock saw no time pass has no ratio.
        {hit.seed: hit.train_s for hit in hits if hit.train_s > 0},
        {miss.seed: miss.earliest_s for miss in misses},
        {hit.seed: hit.earliest_s for hit in hits},
        frozenset(hit.seed for hit in hits if not hit.since_s),
        result.median_since_s,
        result.median_train_s_beyond,
        result.is_bound,
        told,
    )


def effect_kind(measure: ContrastMeasure) -> Literal["ratio", "difference"]:
    """Return how two cases are compared: accuracies by their difference, all else by a ratio."""
    return "difference" if measure.startswith("val_accuracy") else "ratio"
