"""What a step takes, where a call into the backend runs one or several of them."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from bench.store.records import EpochEvent, Journal, StepQuantiles


def step_quantiles(journal: Journal, epoch: EpochEvent) -> StepQuantiles | None:
    """Return the quantiles of an epoch's steps in seconds: of calls that run several, a step's share of each."""
    num_steps = journal.resolved.steps_per_execution if journal.resolved else 1
    calls = epoch.step_s
    if calls is None or num_steps == 1:
        return calls
    return StepQuantiles(**{name: seconds / num_steps for name, seconds in calls})


def mean_step_s(journal: Journal, quantile: Callable[[StepQuantiles], float]) -> float | None:
    """Return the mean over a trial's epochs of one quantile of their steps, in seconds; None where none is above 0."""
    quantiles = (step_quantiles(journal, epoch) for epoch in journal.epochs)
    found = [seconds for steps in quantiles if steps and (seconds := quantile(steps)) > 0]
    return statistics.fmean(found) if found else None
