"""How long a plan will take, before it has begun: from what this machine has done before, or from a rough reference."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.trial.validations import validation_s
from bench.plan.case import Trial
from bench.store.records import Journal

PaceSource = Literal["history", "reference"]


@dataclass(frozen=True)
class Pace:
    """What a case costs on one machine: `epoch_s` each epoch with validation, and `fixed_s` around them."""

    epoch_s: float
    fixed_s: float


@dataclass(frozen=True)
class Reference:
    """A rough pace of a model where no history tells: seconds per training example, validation included."""

    example_s: float
    fixed_s: float


@dataclass(frozen=True)
class TrialEstimate:
    """One trial's expected seconds and where they come from; None where nothing is known of its model."""

    trial_id: str
    case_id: str
    seconds: float | None
    source: PaceSource | None


@dataclass(frozen=True)
class PlanEstimate:
    """A plan's expected seconds; `total_s` is None if no trial has an estimate, and leaves out `num_unknown` trials."""

    trials: tuple[TrialEstimate, ...]
    total_s: float | None
    num_unknown: int

    @property
    def seconds_by_case(self) -> dict[str, float]:
        """Return a trial's expected seconds by case_id, without the cases of which nothing is known."""
        return {one.case_id: one.seconds for one in self.trials if one.seconds is not None}


# As published, on two cores, at batch 32: the claims' run, and the ratios of the one against peers. A run corrects them
# by its own first epochs.
REFERENCES = {
    "lstm": Reference(1 / 1200, 12.0),
    "lstm-cpu": Reference(1 / 1100, 12.0),
    "lstm-fast": Reference(1 / 1900, 15.0),
    "lstm-cpu-fast": Reference(1 / 1800, 15.0),
    "cnn": Reference(1 / 2000, 10.0),
    "cnn-fast": Reference(1 / 2900, 10.0),
    "cnn-deep": Reference(1 / 540, 15.0),
}


def collect_history(journals: Iterable[Journal], fingerprint: str) -> dict[str, Pace]:
    """Return the pace of each case_id from earlier journals of this fingerprint: medians over its trials.

    A trial counts once it has finished an epoch. Its fixed seconds are those that are in no epoch, and the median of
    those trials that ended; first steps belong to the first epoch and so to neither figure alone: they count as fixed.
    """
    epochs: defaultdict[str, list[float]] = defaultdict(list)
    fixed: defaultdict[str, list[float]] = defaultdict(list)
    for journal in journals:
        if journal.start.environment.fingerprint != fingerprint or not journal.epochs:
            continue
        case_id = journal.start.case.case_id
        first_steps_s = math.fsum(epoch.first_step_s or 0.0 for epoch in journal.epochs)
        in_epochs_s = math.fsum(epoch.train_s + validation_s(epoch) + epoch.other_s for epoch in journal.epochs)
        epochs[case_id].append((in_epochs_s - first_steps_s) / len(journal.epochs))
        if journal.end and journal.end.total_s is not None:
            fixed[case_id].append(max(journal.end.total_s - in_epochs_s, 0.0) + first_steps_s)
    return {case_id: Pace(statistics.median(paces), statistics.median(fixed[case_id] or [0.0]))
            for case_id, paces in epochs.items()}  # fmt: skip


def estimate_plan(
    trials: Sequence[Trial],
    history: Mapping[str, Pace],
    references: Mapping[str, Reference],
    num_train: Mapping[str, int],
) -> PlanEstimate:
    """Return how long the trials will take one after the other.

    Args:
        trials: the plan.
        history: the pace by case_id on this machine, from `collect_history`.
        references: the pace by model name, for cases without a history.
        num_train: the training examples of each data set by name, where a case takes them all.
    """
    estimates = tuple(_estimate(trial, history, references, num_train) for trial in trials)
    known = [estimate.seconds for estimate in estimates if estimate.seconds is not None]
    return PlanEstimate(estimates, math.fsum(known) if known else None, len(estimates) - len(known))


def _estimate(
    trial: Trial, history: Mapping[str, Pace], references: Mapping[str, Reference], num_train: Mapping[str, int]
) -> TrialEstimate:
    case = trial.case
    pace = history.get(case.case_id)
    if pace is not None:
        return TrialEstimate(trial.trial_id, case.case_id, pace.fixed_s + case.epochs * pace.epoch_s, "history")
    reference, available = references.get(case.model), num_train.get(case.dataset)
    num_examples = case.train_size if available is None else min(case.train_size or available, available)
    if reference is None or num_examples is None:
        return TrialEstimate(trial.trial_id, case.case_id, None, None)
    seconds = reference.fixed_s + case.epochs * num_examples * reference.example_s
    return TrialEstimate(trial.trial_id, case.case_id, seconds, "reference")
