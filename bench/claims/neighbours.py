"""Finds which other settings of a network come nearest to what a claim says, where the claimed ones do not."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.analysis.case_labels import case_labels
from bench.analysis.equal_cases import group_equal_cases
from bench.analysis.run_journals import RunJournals, ended_trials, one_a_seed, planned_cases
from bench.analysis.trial.time_to_target import TargetResult, summarize_target
from bench.claims.statements import NeedsAtLeast
from bench.plan.case import Case
from bench.store.records import Journal

_NEARLY = 0.02  # of accuracy


@dataclass(frozen=True)
class Neighbour:
    """Another case of the claim's model; `label` names what tells it from the others.

    `same` are the labels of cases that computed the same to the last bit, and count as this one.
    `best` is the median over its trials of their best val_accuracy. `is_as_claimed`: it passes the target, or nearly,
    and in its median trial not before the epoch that the claim names.
    """

    case_id: str
    label: str
    result: TargetResult
    best: float | None
    is_as_claimed: bool
    same: tuple[str, ...] = ()


def find_neighbours(claim: NeedsAtLeast, case: Case, runs: Sequence[RunJournals]) -> tuple[Neighbour, ...]:
    """Return the trained cases of the same model but for `case` itself, the nearest to the claimed epoch first.

    Near is by the ratio of epochs: 5 and 20 are equally far from 10. A case that is less than two points short of the
    target when its budget ends is taken to pass one epoch later; one that is further off comes last, for it may never
    pass. A case on part of the data counts here: it is one of the explanations. Cases whose curves are bit-equal count
    once.
    """
    others = [other for other in planned_cases(runs) if other.model == case.model and other.case_id != case.case_id]
    labels = case_labels([case, *others])
    groups = group_equal_cases({one: one_a_seed(ended_trials(one, runs)) for one in (case, *others)})
    found = [
        replace(_neighbour(claim, first, labels[first.case_id], runs), same=tuple(labels[one.case_id] for one in rest))
        for first, *rest in groups
        if first != case
    ]
    return tuple(sorted((one for one in found if one.result.num_trials), key=lambda one: _distance(one, claim)))


def _neighbour(claim: NeedsAtLeast, case: Case, label: str, runs: Sequence[RunJournals]) -> Neighbour:
    trials = tuple(one_a_seed(ended_trials(case, runs)).values())
    longest = max((journal.start.case.epochs for journal in trials), default=case.epochs)
    result = summarize_target(trials, claim.target, longest, with_trials=case.reports_times)
    best = _best(trials)
    epochs = _epochs(result, best)
    return Neighbour(case.case_id, label, result, best, epochs is not None and epochs >= claim.at_least_epochs)


def _best(trials: Sequence[Journal]) -> float | None:
    curves = ([epoch.val_accuracy for epoch in journal.epochs if epoch.val_accuracy is not None] for journal in trials)
    found = [max(curve) for curve in curves if curve]
    return statistics.median(found) if found else None


def _epochs(result: TargetResult, best: float | None) -> float | None:
    """Return after how many epochs the median trial passes, or is taken to; None where it may never."""
    if result.median_epochs is not None:
        return result.median_epochs
    return result.epoch_budget + 1 if best is not None and best >= result.target - _NEARLY else None


def _distance(neighbour: Neighbour, claim: NeedsAtLeast) -> tuple[float, str]:
    epochs = _epochs(neighbour.result, neighbour.best)
    far = math.inf if epochs is None else abs(math.log(epochs / claim.at_least_epochs))
    return far, neighbour.label
