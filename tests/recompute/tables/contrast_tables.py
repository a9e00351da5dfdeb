"""Two cases against each other, measure by measure, on the seeds that they share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Run, Trial
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.tables.contrast import Contrast, Side
from tests.recompute.tables.target_tables import targets_of
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values.interval import geometric_mean
from tests.recompute.wording import (
    cell,
    count,
    epochs,
    fraction,
    percent,
    plural,
    rate,
    three_digits,
)


def contrast_table(run: Run, table: Table) -> Recomputed:
    """Return the comparison of the two cases in the heading."""
    cases = {label: case for case, label in name_cases(run.cases).items()}
    sides = {label: cases[label] for label in table.header[1:3]}
    share = frozenset({"P({} > {})".format(*sides)})
    return Recomputed(contrasts(run, sides, targets_of(run)), contrast_columns(table), share)


def contrast_columns(table: Table) -> Columns:
    """Return the columns of a comparison whose heading names its two sides."""
    a, b = table.header[1:3]
    return {
        table.header[0]: lambda row: row.name,
        a: lambda row: row.side(row.a),
        b: lambda row: row.side(row.b),
        "effect": lambda row: row.effect_cell,
        "pairs": lambda row: count(len(row.pairs)),
        "better on": lambda row: row.better_on,
        f"P({a} > {b})": lambda row: cell(row.share, lambda share: f"{share:.2f}"),
        "ahead": lambda row: row.ahead,
        "decided": lambda row: row.decided,
    }


def contrasts(run: Run, sides: Mapping[str, Case], targets: Sequence[float]) -> list[Contrast]:
    """Return every measure of two cases by their labels; accuracies by difference, the rest by ratio."""
    budgets = [case["epochs"] for case in sides.values()]
    at_end = f"after {plural(min(budgets), 'epoch')}, the shorter budget"
    if len(set(budgets)) == 1:
        at_end = "at the end of the budget"
    first, last = (_accuracies(run, sides, epoch) for epoch in (1, min(budgets)))
    return [
        Contrast("validation accuracy after one epoch", *first, False, True, fraction),
        Contrast(f"validation accuracy {at_end}", *last, False, True, fraction),
        *(
            Contrast(name, *_speeds(run, sides, speed), True, more_is_better, form, "pair")
            for name, speed, more_is_better, form in _SPEEDS
        ),
        *(contrast for target in targets for contrast in _of_target(run, sides, target)),
    ]


def _seconds(value: float) -> str:
    return f"{three_digits(value)} s"


_SPEEDS = (
    ("training examples per second, as `fit` costs", of_trial.fit_throughput, True, rate),
    ("training examples per second, steady", of_trial.steady_throughput, True, rate),
    ("training time per epoch, as `fit` costs", of_trial.over_epochs(of_trial.fit_s), False, _seconds),
    ("training time per epoch, steady", of_trial.over_epochs(of_trial.steady_s), False, _seconds),
)


def _accuracies(run: Run, sides: Mapping[str, Case], epoch: int) -> list[Side]:
    """Return both sides' accuracy after an epoch, by seed."""
    found = []
    for label, case in sides.items():
        values = {trial.seed: of_trial.accuracy_after(trial, epoch) for trial in run.of(case)}
        known = {seed: value for seed, value in values.items() if value is not None}
        found.append(Side(label, math.fsum(known.values()) / len(known), known))
    return found


def _speeds(run: Run, sides: Mapping[str, Case], speed: Callable[[Trial], float]) -> list[Side]:
    """Return both sides' speeds by their place in time: a machine drifts, and a seed makes nothing faster."""
    found = []
    for label, case in sides.items():
        values = [speed(trial) for trial in sorted(run.of(case), key=lambda trial: trial.start["started_at"])]
        found.append(Side(label, geometric_mean(values), dict(enumerate(values))))
    return found


def _of_target(run: Run, sides: Mapping[str, Case], target: float) -> list[Contrast]:
    known = {label: of_trial.to_target(run.of(case), target) for label, case in sides.items()}
    times = [_times(label, found) for label, found in known.items()]
    numbers = [_numbers(label, found) for label, found in known.items()]
    return [
        Contrast(f"training time to {percent(target)}", *times, True, False, _seconds),
        Contrast(f"epochs to {percent(target)}", *numbers, True, False, epochs),
    ]


def _times(label: str, found: of_trial.Target) -> Side:
    return Side(
        label,
        found.median_s,
        {one.seed: one.seconds for one in found.hits},
        {one.seed: math.nextafter(one.seconds, math.inf) for one in found.arrivals if not one.is_hit},
        frozenset(one.seed for one in found.hits if one.is_bound),
        found.beyond(lambda one: one.seconds),
        found.is_bound,
    )


def _numbers(label: str, found: of_trial.Target) -> Side:
    return Side(
        label,
        found.median_epochs,
        {one.seed: float(one.epochs) for one in found.hits},
        {one.seed: one.epochs + 1.0 for one in found.arrivals if not one.is_hit},
        beyond=found.beyond(lambda one: one.epochs),
    )
