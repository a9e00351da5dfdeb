"""What a check compares: each measure of each case on both sides, as pairs of one seed or as a stored run's trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.analysis.statistics.interval import Floats
from bench.analysis.trial.measures import TRIAL_MEASURES, Measure
from bench.analysis.trial.trial_summary import TrialSummary, summarize_trial
from bench.gate.judgement.findings import CaseMeasure
from bench.gate.judgement.two_stages import Test, run_test, run_unpaired_test, visible_worsening
from bench.store.records import Journal


@dataclass(frozen=True)
class StageJournals:
    """One stage's journals of both sides; trials of one case and seed are a pair where the design pairs them."""

    base: tuple[Journal, ...] = ()
    head: tuple[Journal, ...] = ()


@dataclass(frozen=True)
class MeasureValues:
    """One measure of one case on both sides; with `is_paired`, values of one place are a pair."""

    measure: Measure
    base: tuple[float, ...]
    head: tuple[float, ...]
    is_paired: bool = True

    @property
    def num_values(self) -> int:
        """How many values the smaller side has."""
        return min(len(self.base), len(self.head))

    def worsening(self) -> Floats:
        """Return each pair's worsening; positive is worse."""
        return worse_scale(self.measure, self.head) - worse_scale(self.measure, self.base)

    def test(self, margin: float) -> Test:
        """Return what these values say of the head being worse by more than `margin`."""
        if self.is_paired:
            return run_test(self.worsening(), margin)
        return run_unpaired_test(worse_scale(self.measure, self.base), worse_scale(self.measure, self.head), margin)

    def joined(self, later: MeasureValues) -> MeasureValues:
        """Return these with a later stage's; a stored baseline is the same on both."""
        base = self.base + later.base if self.is_paired else self.base
        return replace(self, base=base, head=self.head + later.head)

    def visible(self, margin: float) -> float | None:
        """Return what worsening is flagged in nine of ten checks of such values, on the scale of `worse_scale`."""
        if self.is_paired:
            return visible_worsening(self.worsening(), margin)
        return visible_worsening(worse_scale(self.measure, self.head), margin, worse_scale(self.measure, self.base))


def worse_scale(measure: Measure, values: Sequence[float]) -> Floats:
    """Return values on a scale where larger is worse and a difference tells: logarithms of costs, minus accuracies."""
    array = np.asarray(values, dtype=np.float64)
    if measure == "final_val_accuracy":
        return -array
    return -np.log(array) if measure == "throughput" else np.log(array)


def collect_values(sides: StageJournals, *, is_paired: bool) -> dict[CaseMeasure, MeasureValues]:
    """Return every measure of every case, in the order of the cases; what no trial of either side has is left out.

    Pairs are of one seed; a seed that lacks a value on one side is no pair. A throughput that no trial has, since each
    of its steps was a first one, is there without values: a check that sees no step's speed must not pass for one.
    """
    cases = {journal.start.case.case_id: journal.start.case for journal in (*sides.head, *sides.base)}
    found: dict[CaseMeasure, MeasureValues] = {}
    for case_id, case in cases.items():
        base, head = (_by_seed(journals, case_id) for journals in (sides.base, sides.head))
        for measure, read in TRIAL_MEASURES.items():
            values = _paired_values(measure, _values(base, measure, read), _values(head, measure, read), is_paired)
            if values is None and measure == "throughput" and case.reports_times and (base or head):
                values = MeasureValues(measure, (), (), is_paired)
            if values is not None:
                found[CaseMeasure(case_id, measure)] = values
    return found


def _by_seed(journals: Sequence[Journal], case_id: str) -> dict[int, TrialSummary]:
    """Return the trials of a case that came to their end; others are problems, and no evidence."""
    ended = (one for one in journals if one.start.case.case_id == case_id and one.status == "ok")
    return {journal.start.seed: summarize_trial(journal) for journal in ended}


def _values(
    trials: Mapping[int, TrialSummary], measure: Measure, read: Callable[[TrialSummary], float | None]
) -> dict[int, float]:
    """Return each seed's value; a cost or rate of 0 has no logarithm, and is no value."""
    values = {seed: read(trial) for seed, trial in trials.items()}
    is_accuracy = measure == "final_val_accuracy"
    return {seed: value for seed, value in values.items() if value is not None and (is_accuracy or value > 0)}


def _paired_values(
    measure: Measure, base: Mapping[int, float], head: Mapping[int, float], is_paired: bool
) -> MeasureValues | None:
    if not base and not head:
        return None
    if not is_paired:
        return MeasureValues(measure, tuple(base.values()), tuple(head.values()), is_paired=False)
    seeds = sorted(base.keys() & head.keys())
    return MeasureValues(measure, tuple(base[seed] for seed in seeds), tuple(head[seed] for seed in seeds))
