"""The tables of a run's report: settings, networks, accuracy, speed, memory, and how quiet the machine was."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Json, Run, Trial
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.tables import machine_tables
from tests.recompute.tables.case_tables import (
    NETWORKS,
    RAN,
    SETTINGS,
    classes_table,
    evidence_table,
    layers_table,
    of_cases,
)
from tests.recompute.tables.contrast_tables import contrast_table, tuned_table
from tests.recompute.tables.target_tables import sweep_table, target_table
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values.interval import Interval, summarize, summarize_rates
from tests.recompute.values.turns import num_partners
from tests.recompute.wording import accuracy, cell, count, in_units, plural, rate, three_digits

_MILLI, _GIGA, _MEBI = 1e-3, 1e9, 2.0**20
Measure = Callable[[Trial], float]


def recompute(run: Run, table: Table) -> Recomputed:
    """Return what one table of a run's report should hold.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    return (
        _TABLES[table.header[:1], table.header[1:2]](run, table)
        if _is_named(table)
        else _BY_FIRST[table.header[0]](run, table)
    )


def _is_named(table: Table) -> bool:
    return (table.header[:1], table.header[1:2]) in _TABLES


def _machine(run: Run, _: Table) -> Recomputed:
    return machine_tables.describe(run.environment)


def _accuracy(run: Run, table: Table) -> Recomputed:
    """Return accuracy per epoch of the cases in the heading; a row for each epoch that any of them trained."""
    columns: dict[str, Callable[[int], str | None]] = {"epoch": count}
    longest = 0
    for case, label in name_cases(run.cases).items():
        if f"{label} validation" in table.header:
            columns[f"{label} validation"] = partial(_accuracy_cell, run.of(case), "val_accuracy")
            columns[f"{label} training"] = partial(_accuracy_cell, run.of(case), "accuracy")
            longest = max([longest, *(len(trial.epochs) for trial in run.of(case))])
    return Recomputed(range(1, longest + 1), columns)


def _accuracy_cell(trials: tuple[Trial, ...], kind: str, epoch: int) -> str:
    values = [trial.epochs[epoch - 1][kind] for trial in trials if len(trial.epochs) >= epoch]
    if not values:
        return ""
    mean = summarize(values)
    assert mean is not None
    return accuracy(mean.value) if kind == "accuracy" else cell(mean, accuracy)


def _over(measure: Measure, form: Callable[[float], str], mean: Callable[..., Interval | None] = summarize) -> Any:
    return lambda run, case: cell(mean([measure(trial) for trial in run.of(case)]), form)


_SPEED: Columns = {
    "as fit costs (examples/s)": _over(of_trial.fit_throughput, rate, summarize_rates),
    "steady (examples/s)": _over(of_trial.steady_throughput, rate, summarize_rates),
    "achieved GFLOP/s": _over(of_trial.achieved, in_units(_GIGA), summarize_rates),
    "median step (ms)": _over(of_trial.step_s("p50"), in_units(_MILLI)),
    "95th percentile (ms)": _over(of_trial.step_s("p95"), in_units(_MILLI)),
}
_EPOCH_TIMES: Columns = {
    "training as fit costs (s)": _over(of_trial.fit_epoch_s, three_digits, summarize_rates),
    "training, steady (s)": _over(of_trial.steady_epoch_s, three_digits, summarize_rates),
    "validation (s)": _over(of_trial.over_epochs(of_trial.validation_s), three_digits),
    "first step (s)": _over(of_trial.first_step, three_digits),
}


def _mean_seconds(run: Run, case: Case, part: str) -> str:
    return f"{statistics.fmean(of_trial.ledger(trial)[part] for trial in run.of(case)):,.2f}"


_PARTS = ("set-up", "steps", "first steps", "iterator", "validation", "other", "ending", "whole trial")
_LEDGER: Columns = {f"{part} (s)": partial(_mean_seconds, part=part) for part in _PARTS}
_MEMORY: Columns = {"process, resident (MiB)": _over(of_trial.peak_memory, in_units(_MEBI))}


def _trials(run: Run, _: Table) -> Recomputed:
    labels = name_cases(run.cases)
    columns: Columns = {
        "order": lambda trial: count(trial.start["index"] + 1),
        "case": lambda trial: labels[trial.case],
        "seed": lambda trial: str(trial.seed),
        "status": lambda trial: trial.status,
        "epochs": lambda trial: count(len(trial.epochs)),
        "as fit costs (examples/s)": lambda trial: rate(of_trial.fit_throughput(trial)),
        "steady (examples/s)": lambda trial: rate(of_trial.steady_throughput(trial)),
        "canary gemm (ms)": lambda trial: in_units(_MILLI)(statistics.median(of_trial.canary(trial, "gemm_s"))),
        "canary copy (ms)": lambda trial: in_units(_MILLI)(statistics.median(of_trial.canary(trial, "copy_s"))),
        "trial (s)": lambda trial: three_digits(trial.end["total_s"]),
        "in turns with": _partners,
    }
    return Recomputed(run.trials, columns)


def _partners(trial: Trial) -> str:
    number = num_partners(trial)
    return f"{plural(number, 'other')} of its seed" if number else "none: alone"


def _refused(run: Run, _: Table) -> Recomputed:
    columns: Columns = {"cannot run here": _case_id, "why": lambda left: left["reason"]}
    return Recomputed(run.record["suite"]["not_run"], columns)


def _attempts(run: Run, _: Table) -> Recomputed:
    """Return the earlier attempts at trials that were trained again."""
    columns: Columns = {
        "earlier attempt": lambda one: one[0],
        "status": lambda one: one[1].status,
        "epochs kept": lambda one: count(len(one[1].epochs)),
        "why": lambda one: "{type}: {message}".format(**one[1].end["error"]),
    }
    return Recomputed(list(run.attempts.items()), columns)


def _case_id(left: Json) -> str:
    case = left["case"]
    device = case["device"].replace(":", "")
    fed_by = "-pipeline" if case.get("input") == "pipeline" else ""
    return f"{case['model']}-{case['dataset']}-b{case['batch_size']}-{case['precision']}-{device}{fed_by}"


_TABLES: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[[Run, Table], Recomputed]] = {
    (("what",), ("this machine",)): _machine,
    (("case",), ("epochs",)): of_cases(SETTINGS),
    (("case",), ("network",)): of_cases(NETWORKS),
    (("layer",), ("kind",)): layers_table,
    (("target",), ("case",)): target_table,
    (("case",), ("as fit costs (examples/s)",)): of_cases(_SPEED),
    (("case",), ("training as fit costs (s)",)): of_cases(_EPOCH_TIMES),
    (("case",), ("set-up (s)",)): of_cases(_LEDGER),
    (("case",), ("process, resident (MiB)",)): of_cases(_MEMORY),
    (("case",), ("balanced accuracy",)): classes_table,
    (("case",), ("tuned settings",)): tuned_table,
    (("case",), ("kernel path",)): of_cases(RAN),
    (("case",), ("layer",)): evidence_table,
    (("order",), ("case",)): _trials,
    (("cannot run here",), ("why",)): _refused,
    (("earlier attempt",), ("status",)): _attempts,
}
_BY_FIRST: dict[str, Callable[[Run, Table], Recomputed]] = {
    "epoch": _accuracy,
    "measure": contrast_table,
    "median seconds to": sweep_table,
}
