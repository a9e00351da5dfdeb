"""Curves of a hardware report: where they cross, how they scale with threads, and whether seeds learn alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Run, Trial
from tests.recompute.markdown import Table
from tests.recompute.tables.hardware_rows import (
    Row,
    SpeedRatio,
    base_of,
    head_columns,
    is_recurrent,
    rows_of,
    speedup,
    threads_of,
)
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values.interval import geometric_mean, welch_ratio
from tests.recompute.wording import (
    NONE,
    cell,
    count,
    points,
    ratio,
    share_of_ceiling,
    yes_no,
)


class Crossing(NamedTuple):
    where: str
    below: str
    above: str
    size: float
    before: int
    after: int
    is_clear: bool


def crossings(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)
    curves: dict[tuple[str, str], dict[int, list[float]]] = {}
    for row in rows:
        curves.setdefault((row.name, row.case["device"]), {})[row.case["batch_size"]] = row.fit_rates
    found = [
        *(one for key in curves for other in curves for one in _between_devices(curves, key, other)),
        *(one for key in curves for other in curves for one in _between_networks(run, rows, curves, key, other)),
    ]
    columns: Columns = {
        "what is compared": lambda one: one.where,
        "faster below": lambda one: one.below,
        "faster above": lambda one: one.above,
        "batch, about": lambda one: count(round(one.size)),
        "measured between": lambda one: f"{one.before:,} and {one.after:,}",
        "decided": lambda one: yes_no(one.is_clear),
    }
    return Recomputed(found, columns)


Key = tuple[str, str]
Curves = dict[Key, dict[int, list[float]]]


def _between_devices(curves: Curves, a: Key, b: Key) -> Iterator[Crossing]:
    keys = list(curves)
    if a[0] == b[0] and keys.index(a) < keys.index(b):
        yield from _cross(a[0], a[1], b[1], curves[a], curves[b])


def _between_networks(run: Run, rows: list[Row], curves: Curves, a: Key, b: Key) -> Iterator[Crossing]:
    recurrent = {row.name for row in rows if is_recurrent(run, row.case)}
    if a[1] == b[1] and a[0] in recurrent and b[0] not in recurrent:
        yield from _cross(a[1], a[0], b[0], curves[a], curves[b])


def _cross(
    where: str, name_a: str, name_b: str, a: dict[int, list[float]], b: dict[int, list[float]]
) -> Iterator[Crossing]:
    """Yield where two curves of geometric means cross, both being straight between sizes on logarithmic axes."""
    leads = {size: math.log(geometric_mean(a[size]) / geometric_mean(b[size])) for size in sorted(a.keys() & b.keys())}
    for before, after in pairwise(leads):
        if (leads[before] > 0) == (leads[after] > 0):
            continue
        share = leads[before] / (leads[before] - leads[after])
        size = math.exp((1 - share) * math.log(before) + share * math.log(after))
        is_clear = all(welch_ratio(a[one], b[one]).excludes(1) for one in (before, after))
        below, above = (name_a, name_b) if leads[before] > 0 else (name_b, name_a)
        yield Crossing(where, below, above, size, before, after, is_clear)


def scaling(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)

    def factor(row: Row) -> float:
        return threads_of(row.case) / threads_of(base_of(rows, row).case)

    def of_steps(row: Row) -> SpeedRatio:
        return speedup(run, rows, row, of_trial.steady_throughput)

    def serial(row: Row) -> str:
        """Karp and Flatt (1990): (1/s − 1/p) / (1 − 1/p)."""
        if factor(row) == 1:
            return NONE
        value = (1 / of_steps(row).interval.value - 1 / factor(row)) / (1 - 1 / factor(row))
        return f"{value:+.2f}".lstrip("+").replace("-", "−")

    columns: Columns = {
        **head_columns(run),
        "threads": lambda row: count(threads_of(row.case)),
        "speed-up": lambda row: cell(of_steps(row).interval, ratio),
        "efficiency": lambda row: share_of_ceiling(of_steps(row).interval.value / factor(row)),
        "serial share (Karp–Flatt)": serial,
        "speed-up is": lambda row: of_steps(row).how,
    }
    return Recomputed(rows, columns)


class Pair(NamedTuple):
    """One seed's curves on two devices, at the epoch where they are furthest apart for their tolerance."""

    base: Row
    row: Row
    seed: int
    epoch: int
    difference: float
    tolerance: float


def agreement(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)
    pairs: dict[tuple[str, int], list[Pair]] = {}
    for row in rows:
        base = base_of(rows, row)
        if base is not row:
            pairs.setdefault((row.name, row.case["batch_size"]), []).extend(_pairs(run, base, row))

    def worst(case: tuple[str, int]) -> Pair:
        return max(pairs[case], key=lambda pair: abs(pair.difference) / pair.tolerance)

    columns: Columns = {
        "network": lambda case: case[0],
        "batch": lambda case: count(case[1]),
        "pairs": lambda case: count(len(pairs[case])),
        "that differ": lambda case: count(sum(abs(pair.difference) > pair.tolerance for pair in pairs[case])),
        "furthest apart": lambda case: " and ".join(one.case["device"] for one in worst(case)[:2]),
        "seed": lambda case: str(worst(case).seed),
        "epoch": lambda case: count(worst(case).epoch),
        "difference": lambda case: points(worst(case).difference) if worst(case).difference else "0",
        "tolerance": lambda case: f"{worst(case).tolerance * 100:.2f} pp",
    }
    return Recomputed(list(pairs), columns)


def _pairs(run: Run, base: Row, row: Row) -> Iterator[Pair]:
    of_base = {trial.seed: trial for trial in run.of(base.case)}
    for trial in run.of(row.case):
        yield max(
            (_at(base, row, of_base[trial.seed], trial, epoch) for epoch in range(1, len(trial.epochs) + 1)),
            key=lambda pair: abs(pair.difference) / pair.tolerance,
        )


def _at(base: Row, row: Row, a: Trial, b: Trial, epoch: int) -> Pair:
    """Four standard errors of the difference of two shares of the validation examples, a hundredth at least."""
    x, y = (trial.epochs[epoch - 1]["val_accuracy"] for trial in (a, b))
    share = (x + y) / 2
    error = math.sqrt(2 * share * (1 - share) / a.start["data"]["num_test"])
    return Pair(base, row, a.seed, epoch, x - y, max(0.01, 4 * error))
