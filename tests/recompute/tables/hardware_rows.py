"""The rows of a hardware report: a case with its rates, and what it is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from tests.recompute.checking import Columns
from tests.recompute.journals import Case, Run, Trial, pair_by_seed
from tests.recompute.labels import name_cases
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values import turns
from tests.recompute.values.interval import Interval, paired_ratio, seen_ratio, welch_ratio
from tests.recompute.wording import NONE, count

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
    return sorted(
        rows, key=lambda row: (order.index(row.name), row.case["batch_size"], threads_up_to(row.case["device"]))
    )


def threads_up_to(device: str) -> float:
    """Return the threads of `cpu:2`, and infinity for `cpu`, which is all that there are."""
    kind, _, number = device.partition(":")
    if kind != "cpu":
        raise NotImplementedError(f"expected a processor, received {device}")
    return int(number) if number else math.inf


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
    return min(same, key=lambda one: threads_up_to(one.case["device"]))


class SpeedRatio(NamedTuple):
    """A ratio of speeds, whether its 95 % interval leaves 1 out, and how it was measured."""

    interval: Interval
    is_clear: bool
    how: str


def ratio_of(run: Run, a: Case, b: Case, speed: Callable[[Trial], float] = of_trial.fit_throughput) -> SpeedRatio:
    """Return a / b: seed by seed where on each both took turns with each other, else of two separate sides."""
    pairs = list(pair_by_seed(run.of(a), run.of(b)).values())
    factors = [turns.correct(*pair) for pair in pairs]
    told = [factor for factor in factors if factor]
    if told and len(told) == len(factors):
        over = [speed(one) * factor for (one, _), factor in zip(pairs, told, strict=True)]
        found = paired_ratio(over, [speed(other) for _, other in pairs])
        if found is not None:
            return SpeedRatio(found, found.excludes(1), "in turns")
    values = [speed(trial) for trial in run.of(a)], [speed(trial) for trial in run.of(b)]
    took_some = turns.any_took_turns((*run.of(a), *run.of(b)))
    return SpeedRatio(seen_ratio(*values), welch_ratio(*values).excludes(1), "not in turns" if took_some else NONE)


def speedup(
    run: Run, rows: list[Row], row: Row, speed: Callable[[Trial], float] = of_trial.fit_throughput
) -> SpeedRatio:
    base = base_of(rows, row)
    return SpeedRatio(Interval(1.0), False, NONE) if base is row else ratio_of(run, row.case, base.case, speed)
