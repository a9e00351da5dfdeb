"""Finds which other settings of a network come nearest to what a claim says, where the claimed ones do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.evidence import RunJournals, ended_trials, one_a_seed, planned_cases
from bench.analysis.labels import case_labels
from bench.analysis.target import TargetResult, summarize_target
from bench.plan.case import Case
from bench.plan.claims import NeedsAtLeast


@dataclass(frozen=True)
class Neighbour:
    """Another case of the claim's model; `label` names what tells it from the others.

    `is_as_claimed`: it passes the target, and in its median trial not before the epoch that the claim names.
    """

    case_id: str
    label: str
    result: TargetResult
    is_as_claimed: bool


def find_neighbours(claim: NeedsAtLeast, case: Case, runs: Sequence[RunJournals]) -> tuple[Neighbour, ...]:
    """Return the trained cases of the same model but for `case` itself, the nearest to the claimed epoch first.

    Near is by the ratio of epochs: 5 and 20 are equally far from 10. Cases that miss the target within their budget
    come last. A case on part of the data counts here: it is one of the explanations.
    """
    others = [other for other in planned_cases(runs) if other.model == case.model and other.case_id != case.case_id]
    labels = case_labels([case, *others])
    found = [_neighbour(claim, other, labels[other.case_id], runs) for other in others]
    return tuple(sorted((one for one in found if one.result.num_trials), key=lambda one: _distance(one, claim)))


def _neighbour(claim: NeedsAtLeast, case: Case, label: str, runs: Sequence[RunJournals]) -> Neighbour:
    trials = tuple(one_a_seed(ended_trials(case, runs)).values())
    longest = max((journal.start.case.epochs for journal in trials), default=case.epochs)
    result = summarize_target(trials, claim.target, longest)
    median = result.median_epochs
    return Neighbour(case.case_id, label, result, median is not None and median >= claim.at_least_epochs)


def _distance(neighbour: Neighbour, claim: NeedsAtLeast) -> tuple[float, str]:
    median = neighbour.result.median_epochs
    far = math.inf if median is None else abs(math.log(median / claim.at_least_epochs))
    return far, neighbour.label
