"""The tables of a hardware report over one run: rates, ratios, crossings, scaling, agreement and noise."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Json, Run, Trial
from tests.recompute.markdown import Table
from tests.recompute.tables import hardware_curves
from tests.recompute.tables.hardware_rows import (
    Row,
    SpeedRatio,
    head_columns,
    is_recurrent,
    ratio_of,
    rows_of,
    speedup,
    threads_up_to,
)
from tests.recompute.tables.target_tables import alike, seconds_cell, targets_of
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values.interval import Interval, summarize_rates
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
)

_GIGA = 1e9
_STEP_BATCH = 32  # of the product that stands for one step of an LSTM
_SLOW = 1.25


def recompute(run: Run, table: Table) -> Recomputed:
    """Return what one table of the hardware report should hold.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    return _TABLES[table.header[0], table.header[-1] if table.header[0] in _SEVERAL else ""](run, table)


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


def ceiling_of(run: Run, device: str, precision: str) -> Json:
    """Return a device's ceilings in a precision; what fewer threads of the machine reached, more of them can reach.

    Memory is one in all precisions.
    """
    fewer = [one for one in run.ceilings if threads_up_to(one["device"]) <= threads_up_to(device)]
    alike = [one for one in fewer if one["precision"] == precision]
    products = {name: max(one[name] for one in alike) for name in ("gemm_flops_per_s", "lstm_gemm_flops_per_s")}
    return {**products, "bandwidth_bytes_per_s": max(one["bandwidth_bytes_per_s"] for one in fewer)}


def _ceilings(run: Run, _: Table) -> Recomputed:
    def of(name: str) -> Callable[[Json], str]:
        return lambda one: in_units(_GIGA)(ceiling_of(run, one["device"], one["precision"])[name])

    columns: Columns = {
        "machine": lambda _: run.environment["hostname"],
        "device": lambda one: one["device"],
        "precision": lambda one: one["precision"],
        "large product (GFLOP/s)": of("gemm_flops_per_s"),
        "one LSTM step's product (GFLOP/s)": of("lstm_gemm_flops_per_s"),
        "memory (GB/s)": of("bandwidth_bytes_per_s"),
    }
    return Recomputed(run.ceilings, columns)


def _throughput(run: Run, _: Table) -> Recomputed:
    rows = rows_of(run)

    def achieved(row: Row) -> Interval | None:
        return summarize_rates([of_trial.achieved(trial) for trial in run.of(row.case)])

    def of_ceiling(row: Row, name: str) -> str:
        return share_of_ceiling(achieved(row).value / ceiling_of(run, row.case["device"], row.case["precision"])[name])

    def of_step(row: Row) -> str:
        is_step = is_recurrent(run, row.case) and row.case["batch_size"] == _STEP_BATCH
        return of_ceiling(row, "lstm_gemm_flops_per_s") if is_step else NONE

    columns: Columns = {
        **head_columns(run),
        "as fit costs (examples/s)": lambda row: cell(summarize_rates(row.fit_rates), rate),
        "speed-up": lambda row: cell(speedup(run, rows, row).interval, ratio),
        "speed-up is": lambda row: speedup(run, rows, row).how,
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
        if is_recurrent(run, a.case) and not is_recurrent(run, b.case) and _place(a) == _place(b)
    ]

    def cost_of(pair: tuple[Row, Row]) -> SpeedRatio:
        return ratio_of(run, pair[1].case, pair[0].case)

    def cheaper(pair: tuple[Row, Row]) -> str:
        cost = cost_of(pair)
        return (pair[1] if cost.interval.value > 1 else pair[0]).name if cost.is_clear else "undecided"

    heads = {name: _first(value) for name, value in head_columns(run).items()}
    columns: Columns = {
        **heads,
        "networks": lambda pair: f"{pair[0].name} / {pair[1].name}",
        "cost ratio": lambda pair: cell(cost_of(pair).interval, ratio),
        "cheaper per example": cheaper,
        "ratio is": lambda pair: cost_of(pair).how,
    }
    return Recomputed(pairs, columns)


def _first(value: Callable[[Row], Any]) -> Callable[[Sequence[Any]], Any]:
    """Return a column of rows that begin with a case."""
    return lambda row: value(row[0])


def _place(row: Row) -> tuple[str, int, str]:
    return row.case["device"], row.case["batch_size"], row.case["precision"]


def _targets(run: Run, table: Table) -> Recomputed:
    here = [row for row in rows_of(run) if row.case in alike(run, table)]
    rows = [(row, goal, of_trial.to_target(run.of(row.case), goal)) for row in here for goal in targets_of(run)]
    heads = {name: _first(value) for name, value in head_columns(run).items()}
    columns: Columns = {
        **heads,
        "target": lambda one: percent(one[1]),
        "hits": lambda one: f"{len(one[2].hits)}/{len(one[2].arrivals)}",
        "median (s)": lambda one: seconds_cell(one[2].median_s, is_bound=one[2].is_bound),
    }
    return Recomputed(rows, columns)


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


def _in_turns(run: Run, table: Table) -> Recomputed:
    """Return the rates or the scaling, which end alike where the trials took turns."""
    return (hardware_curves.scaling if "efficiency" in table.header else _throughput)(run, table)


_SEVERAL = {"machine", "network"}  # of which several tables begin with such a column
_TABLES: dict[tuple[str, str], Callable[[Run, Table], Recomputed]] = {
    ("machine", "fingerprint"): _machine,
    ("machine", "memory (GB/s)"): _ceilings,
    ("network", "of one LSTM step's ceiling"): _throughput,
    ("network", "speed-up is"): _in_turns,
    ("networks", ""): _costs,
    ("what is compared", ""): hardware_curves.crossings,
    ("network", "median (s)"): _targets,
    ("network", "serial share (Karp–Flatt)"): hardware_curves.scaling,
    ("network", "tolerance"): hardware_curves.agreement,
    ("machine", "with a slow canary"): _noise,
}
