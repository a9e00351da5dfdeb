"""The rows of a hardware report: a case with its rates, and what it is compared with."""

from __future__ import annotations

from typing import NamedTuple

from tests.recompute.checking import Columns
from tests.recompute.journals import Case, Run
from tests.recompute.labels import name_cases
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values.interval import Interval, seen_ratio
from tests.recompute.wording import (
    count,
)

_APART = frozenset({"device", "batch_size", "train_size"})


class Row(NamedTuple):
    """One case; `name` is its network's."""

    name: str
    case: Case
    rates: list[float]
    fit_rates: list[float]


def rows_of(run: Run) -> list[Row]:
    """Return every case by network, batch size and number of threads."""
    names = name_cases(run.cases, _APART)
    rows = [
        Row(
            names[case],
            case,
            [of_trial.steady_throughput(trial) for trial in run.of(case)],
            [of_trial.fit_throughput(trial) for trial in run.of(case)],
        )
        for case in run.cases
    ]
    order = list(dict.fromkeys(row.name for row in rows))
    return sorted(rows, key=lambda row: (order.index(row.name), row.case["batch_size"], threads_of(row.case)))


def threads_of(case: Case) -> int:
    kind, _, number = case["device"].partition(":")
    if kind != "cpu" or not number:
        raise NotImplementedError(f"expected a number of threads, received {case['device']}")
    return int(number)


def head_columns(run: Run) -> Columns:
    return {
        "network": lambda row: row.name,
        "batch": lambda row: count(row.case["batch_size"]),
        "machine": lambda _: run.environment["hostname"],
        "device": lambda row: row.case["device"],
    }


def is_recurrent(run: Run, case: Case) -> bool:
    return any(layer["kind"] == "LSTM" for layer in of_trial.built(run.of(case)[0])["layers"])


def base_of(rows: list[Row], row: Row) -> Row:
    """Return the same network and batch size on the fewest threads, which speed-ups are against."""
    same = [one for one in rows if (one.name, one.case["batch_size"]) == (row.name, row.case["batch_size"])]
    return min(same, key=lambda one: threads_of(one.case))


def speedup(rows: list[Row], row: Row, kind: str = "rates") -> Interval:
    base = base_of(rows, row)
    return Interval(1.0) if base is row else seen_ratio(getattr(row, kind), getattr(base, kind))
