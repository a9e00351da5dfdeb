"""Curves of a hardware report: where they cross, how they scale with threads, and whether seeds learn alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Run, Trial
from tests.recompute.markdown import Table
from tests.recompute.tables.hardware_rows import (
    Row,
    SpeedRatio,
    base_of,
    head_columns,
    is_recurrent,
    ratio_of,
    rows_of,
    speedup,
    threads_of,
)
from tests.recompute.values import trial_values as of_trial
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
    curves: Curves = {}
    for row in rows:
        curves.setdefault((row.name, row.case["device"]), {})[row.case["batch_size"]] = row.case
    found = [
        *(one for key in curves for other in curves for one in _between_devices(run, curves, key, other)),
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
Curves = dict[Key, dict[int, Case]]


def _between_devices(run: Run, curves: Curves, a: Key, b: Key) -> Iterator[Crossing]:
    keys = list(curves)
    if a[0] == b[0] and keys.index(a) < keys.index(b):
        yield from _cross(run, a[0], (a[1], curves[a]), (b[1], curves[b]))


def _between_networks(run: Run, rows: list[Row], curves: Curves, a: Key, b: Key) -> Iterator[Crossing]:
    recurrent = {row.name for row in rows if is_recurrent(run, row.case)}
    if a[1] == b[1] and a[0] in recurrent and b[0] not in recurrent:
        yield from _cross(run, a[1], (a[0], curves[a]), (b[0], curves[b]))


def _cross(run: Run, where: str, a: tuple[str, dict[int, Case]], b: tuple[str, dict[int, Case]]) -> Iterator[Crossing]:
    """Yield where the ratio of two curves is 1, its logarithm being straight between sizes on a logarithmic axis."""
    (name_a, of_a), (name_b, of_b) = a, b
    ratios = {size: ratio_of(run, of_a[size], of_b[size]) for size in sorted(of_a.keys() & of_b.keys())}
    leads = {size: math.log(one.interval.value) for size, one in ratios.items()}
    sure = {size: lead > 0 for size, lead in leads.items() if ratios[size].is_clear}
    told = 0
    for before, after in pairwise(leads):
        first = leads[before] > 0
        if first == (leads[after] > 0) or before < told:
            continue
        share = leads[before] / (leads[before] - leads[after])
        size = math.exp((1 - share) * math.log(before) + share * math.log(after))
        around = [*[one for one in sure if one <= before][-1:], *[one for one in sure if one >= after][:1]]
        is_clear = [sure[one] for one in around] == [first, not first]
        ends = around if is_clear else [before, after]
        told = ends[1] if is_clear else told
        yield Crossing(where, *((name_a, name_b) if first else (name_b, name_a)), size, *ends, is_clear)


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
