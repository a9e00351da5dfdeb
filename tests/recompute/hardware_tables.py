"""The tables of a hardware report over one run: rates, ratios, crossings, scaling, agreement and noise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from tests.recompute import trial_values as of_trial
from tests.recompute.checking import Columns, Recomputed
from tests.recompute.interval import Interval, geometric_mean, seen_ratio, summarize_rates, welch_ratio
from tests.recompute.journals import Case, Json, Run, Trial
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.target_tables import alike, seconds_cell, targets_of
from tests.recompute.wording import (
    NONE,
    binary,
    cell,
    count,
    in_units,
    percent,
    rate,
    ratio,
    share_of_ceiling,
    signed,
    yes_no,
)

_GIGA = 1e9
_STEP_BATCH = 32  # of the product that stands for one step of an LSTM
_APART = frozenset({"device", "batch_size", "train_size"})
_SLOW = 1.25


class Row(NamedTuple):
    """One case; `name` is its network's."""

    name: str
    case: Case
    rates: list[float]
    fit_rates: list[float]


def recompute(run: Run, table: Table) -> Recomputed:
    """Return what one table of the hardware report should hold.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    return _TABLES[table.header[0], table.header[-1] if table.header[0] in _SEVERAL else ""](run, table)


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
    return sorted(rows, key=lambda row: (order.index(row.name), row.case["batch_size"], _threads(row.case)))


def _threads(case: Case) -> int:
    kind, _, number = case["device"].partition(":")
    if kind != "cpu" or not number:
        raise NotImplementedError(f"expected a number of threads, received {case['device']}")
    return int(number)


def _heads(run: Run) -> Columns:
    return {
        "network": lambda row: row.name,
        "batch": lambda row: count(row.case["batch_size"]),
        "machine": lambda _: run.environment["hostname"],
        "device": lambda row: row.case["device"],
    }


def _machine(run: Run, _: Table) -> Recomputed:
    known = run.environment
    versions = [f"{name} {known['libraries'][name]}" for name in ("tensorflow", "keras")]
    columns: Columns = {
        "machine": lambda _: known["hostname"],
        "processor": lambda _: known["cpu_model"],
        "cores": lambda _: count(known["num_cpus_usable"]),
        "memory": lambda _: binary(known["memory_bytes"]),
        "GPU": lambda _: "; ".join(gpu["name"] for gpu in known["gpus"]) or "none",
        "system": lambda _: f"{known['os']}, {known['virtualization']}",
        "libraries": lambda _: ", ".join(versions),
        "fingerprint": lambda _: known["fingerprint"],
    }
    return Recomputed([known], columns)


def ceiling_of(run: Run, device: str) -> Json:
    """Return a device's ceilings; what fewer threads of the machine reached, more of them can reach."""
    threads = int(device.partition(":")[2])
    fewer = [one for one in run.ceilings if int(one["device"].partition(":")[2]) <= threads]
    names = ("gemm_flops_per_s", "lstm_gemm_flops_per_s", "bandwidth_bytes_per_s")
    return {name: max(one[name] for one in fewer) for name in names}


def _ceilings(run: Run, _: Table) -> Recomputed:
    def of(name: str) -> Callable[[Json], str]:
        return lambda one: in_units(_GIGA)(ceiling_of(run, one["device"])[name])

    columns: Columns = {
        "machine": lambda _: run.environment["hostname"],
        "device": lambda one: one["device"],
        "precision": lambda one: one["precision"],
        "large product (GFLOP/s)": of("gemm_flops_per_s"),
        "one LSTM step's product (GFLOP/s)": of("lstm_gemm_flops_per_s"),
        "memory (GB/s)": of("bandwidth_bytes_per_s"),
    }
    return Recomputed(run.ceilings, columns)


def _is_recurrent(run: Run, case: Case) -> bool:
    return any(layer["kind"] == "LSTM" for layer in of_trial.built(run.of(case)[0])["layers"])


def _base(rows: list[Row], row: Row) -> Row:
    """Return the same network and batch size on the fewest threads, which speed-ups are against."""
    same = [one for one in rows if (one.name, one.case["batch_size"]) == (row.name, row.case["batch_size"])]
    return min(same, key=lambda one: _threads(one.case))


def _speedup(rows: list[Row], row: Row, kind: str = "rates") -> Interval:
    base = _base(rows, row)
    return Interval(1.0) if base is row else seen_ratio(getattr(row, kind), getattr(base, kind))


def _throughput(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)

    def achieved(row: Row) -> Interval | None:
        return summarize_rates([of_trial.achieved(trial) for trial in run.of(row.case)])

    def of_ceiling(row: Row, name: str) -> str:
        return share_of_ceiling(achieved(row).value / ceiling_of(run, row.case["device"])[name])

    def of_step(row: Row) -> str:
        is_step = _is_recurrent(run, row.case) and row.case["batch_size"] == _STEP_BATCH
        return of_ceiling(row, "lstm_gemm_flops_per_s") if is_step else NONE

    columns: Columns = {
        **_heads(run),
        "as `fit` costs (examples/s)": lambda row: cell(summarize_rates(row.fit_rates), rate),
        "speed-up": lambda row: cell(_speedup(rows, row, "fit_rates"), ratio),
        "steady (examples/s)": lambda row: cell(summarize_rates(row.rates), rate),
        "achieved GFLOP/s": lambda row: cell(achieved(row), in_units(_GIGA)),
        "of the ceiling": lambda row: of_ceiling(row, "gemm_flops_per_s"),
        "of one LSTM step's ceiling": of_step,
    }
    return Recomputed(rows, columns)


def _costs(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)
    pairs = [
        (a, b)
        for a in rows
        for b in rows
        if _is_recurrent(run, a.case) and not _is_recurrent(run, b.case) and _place(a) == _place(b)
    ]

    def cheaper(pair: tuple[Row, Row]) -> str:
        cost = welch_ratio(pair[1].fit_rates, pair[0].fit_rates)
        return (pair[1] if cost.value > 1 else pair[0]).name if cost.excludes(1) else "undecided"

    heads = {name: _first(value) for name, value in _heads(run).items()}
    columns: Columns = {
        **heads,
        "networks": lambda pair: f"{pair[0].name} / {pair[1].name}",
        "cost ratio": lambda pair: cell(seen_ratio(pair[1].fit_rates, pair[0].fit_rates), ratio),
        "cheaper per example": cheaper,
    }
    return Recomputed(pairs, columns)


def _first(value: Callable[[Row], Any]) -> Callable[[Sequence[Any]], Any]:
    """Return a column of rows that begin with a case."""
    return lambda row: value(row[0])


def _place(row: Row) -> tuple[str, int]:
    return row.case["device"], row.case["batch_size"]


class Crossing(NamedTuple):
    where: str
    below: str
    above: str
    size: float
    before: int
    after: int
    is_clear: bool


def _crossings(run: Run, _: Table) -> Recomputed:
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
    recurrent = {row.name for row in rows if _is_recurrent(run, row.case)}
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


def _targets(run: Run, table: Table) -> Recomputed:
    here = [row for row in rows_of(run) if row.case in alike(run, table)]
    rows = [(row, goal, of_trial.to_target(run.of(row.case), goal)) for row in here for goal in targets_of(run)]
    heads = {name: _first(value) for name, value in _heads(run).items()}
    columns: Columns = {
        **heads,
        "target": lambda one: percent(one[1]),
        "hits": lambda one: f"{len(one[2].hits)}/{len(one[2].arrivals)}",
        "median (s)": lambda one: seconds_cell(one[2].median_s, one[2]),
    }
    return Recomputed(rows, columns)


def _scaling(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)

    def factor(row: Row) -> float:
        return _threads(row.case) / _threads(_base(rows, row).case)

    def serial(row: Row) -> str:
        """Karp and Flatt (1990): (1/s − 1/p) / (1 − 1/p)."""
        if factor(row) == 1:
            return NONE
        value = (1 / _speedup(rows, row).value - 1 / factor(row)) / (1 - 1 / factor(row))
        return f"{value:+.2f}".lstrip("+").replace("-", "−")

    columns: Columns = {
        **_heads(run),
        "threads": lambda row: count(_threads(row.case)),
        "speed-up": lambda row: cell(_speedup(rows, row), ratio),
        "efficiency": lambda row: share_of_ceiling(_speedup(rows, row).value / factor(row)),
        "serial share (Karp–Flatt)": serial,
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


def _agreement(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)
    pairs: dict[tuple[str, int], list[Pair]] = {}
    for row in rows:
        base = _base(rows, row)
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
        "difference": lambda case: signed(worst(case).difference) if worst(case).difference else "0",
        "tolerance": lambda case: f"{worst(case).tolerance:.4f}",
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


def _noise(run: Run, _: Table) -> Recomputed:
    columns: Columns = {
        "machine": lambda _: run.environment["hostname"],
        "trials": lambda _: count(len(run.trials)),
        "with a slow canary": lambda _: count(sum(_is_slow(run, trial) for trial in run.trials)),
        "beside another measurement": lambda _: count(sum(trial.start["concurrent"] for trial in run.trials)),
    }
    return Recomputed([run], columns, rare=frozenset({"beside another measurement"}))


def _is_slow(run: Run, trial: Trial) -> bool:
    """Tell whether a trial's median canary is 25 % above the best quartile of all readings on its device."""
    alike = [one for one in run.trials if one.case["device"] == trial.case["device"]]
    return any(
        statistics.median(of_trial.canary(trial, part))
        > _SLOW * float(np.quantile([value for one in alike for value in of_trial.canary(one, part)], 0.25))
        for part in ("gemm_s", "copy_s")
    )


_SEVERAL = {"machine", "network"}  # of which several tables begin with such a column
_TABLES: dict[tuple[str, str], Callable[[Run, Table], Recomputed]] = {
    ("machine", "fingerprint"): _machine,
    ("machine", "memory (GB/s)"): _ceilings,
    ("network", "of one LSTM step's ceiling"): _throughput,
    ("networks", ""): _costs,
    ("what is compared", ""): _crossings,
    ("network", "median (s)"): _targets,
    ("network", "serial share (Karp–Flatt)"): _scaling,
    ("network", "tolerance"): _agreement,
    ("machine", "with a slow canary"): _noise,
}
