"""Time to accuracy in a run's report: a row a target and case, and the sweep from easy targets to hard ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Run
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.values.interval import wilson
from tests.recompute.values.trial_values import Target, to_target
from tests.recompute.wording import NONE, OVER, cell, count, epochs, percent, three_digits, whole_percent

_SWEEP = (0.80, 0.90, 0.95, 0.97, 0.98, 0.99)


def targets_of(run: Run) -> list[float]:
    """Return the suite's targets, easiest first."""
    return sorted(set(run.record["suite"]["targets"] or _SWEEP))


def or_over(value: float | None, form: Callable[[float], str]) -> str:
    return OVER if value is None else form(value)


def seconds_cell(value: float | None, *, is_bound: bool) -> str:
    """Return a target's seconds; an upper bound where a trial came before its first validation."""
    return f"{'≤ ' if is_bound and value is not None else ''}{or_over(value, three_digits)}"


def alike(run: Run, table: Table) -> list[Case]:
    """Return the cases of one table: of the data set and with as many examples as the line above it says."""
    kinds = {case: (case["dataset"], run.of(case)[0].start["data"]["num_train"]) for case in run.cases}
    named = re.fullmatch(r"\**(?:Data set (.+)\. )?Trained on ([0-9,]+) examples?\**", table.lead)
    has_sets = len({dataset for dataset, _ in kinds.values()}) > 1
    if (len(set(kinds.values())) > 1 and not named) or (named and bool(named[1]) != has_sets):
        raise ValueError(
            f"line {table.line}: expected the examples, and of several sets the data set, above the table, "
            f"received {table.lead!r}"
        )
    if not named:
        return list(kinds)
    size = int(named[2].replace(",", ""))
    return [case for case, kind in kinds.items() if kind == (named[1] or kind[0], size)]


def target_table(run: Run, table: Table) -> Recomputed:
    labels = name_cases(run.cases)
    rows = [(goal, case, to_target(run.of(case), goal)) for goal in targets_of(run) for case in alike(run, table)]

    def of(form: Callable[[Target], str]) -> Callable[[Any], str]:
        return lambda row: form(row[2])

    columns: Columns = {
        "target": lambda row: percent(row[0]),
        "case": lambda row: labels[row[1]],
        "hits": of(lambda target: f"{len(target.hits)}/{len(target.arrivals)}"),
        "share of trials": of(lambda target: cell(wilson(len(target.hits), len(target.arrivals)), whole_percent)),
        "median epochs": of(lambda target: or_over(target.median_epochs, epochs)),
        "median training time (s)": of(lambda target: seconds_cell(target.median_s, is_bound=target.is_bound)),
        "expected training time (s)": of(
            lambda target: seconds_cell(target.expected_s, is_bound=any(one.is_bound for one in target.hits))
        ),
        "crashed before": of(lambda target: count(target.num_crashed)),
    }
    return Recomputed(rows, columns, rare=frozenset({"crashed before"}))


def sweep_table(run: Run, table: Table) -> Recomputed:
    labels, cases = name_cases(run.cases), alike(run, table)

    def median(goal: float) -> Callable[[Case | str], str]:
        known = {case: to_target(run.of(case), goal) for case in cases}

        def text(case: Case | str) -> str:
            if isinstance(case, Case):
                return seconds_cell(known[case].median_s, is_bound=known[case].is_bound)
            first = soonest(known)
            return labels[first] if first else NONE

        return text

    rows: list[Case | str] = [*cases, *(["fastest"] if len(cases) > 1 else [])]
    first = {table.header[0]: lambda case: labels[case] if isinstance(case, Case) else case}
    return Recomputed(rows, {**first, **{percent(goal): median(goal) for goal in _SWEEP}})


def soonest(known: dict[Case, Target]) -> Case | None:
    """Return the case whose median is known to come before all others'; of a bound it is not known."""
    medians = {case: target.median_s for case, target in known.items() if target.median_s is not None}
    if not medians:
        return None
    first = min(medians, key=lambda case: medians[case])
    others = [other.beyond(lambda one: one.since) for case, other in known.items() if case != first]
    return first if all(medians[first] <= since for since in others) else None
