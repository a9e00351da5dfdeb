"""The tables of a run's report: settings, networks, accuracy, speed, memory, and how quiet the machine was."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.recompute import machine_tables
from tests.recompute import trial_values as of_trial
from tests.recompute.checking import Columns, Recomputed
from tests.recompute.contrast_tables import contrast_table
from tests.recompute.interval import Interval, summarize, summarize_rates
from tests.recompute.journals import Case, Json, Run, Trial
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.target_tables import sweep_table, target_table
from tests.recompute.wording import cell, count, fraction, in_units, rate, shape, si, three_digits, yes_no

_MILLI, _GIGA, _MEBI = 1e-3, 1e9, 2.0**20
_MAIN = "lstm", "cnn"
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


def _of_cases(columns: Columns) -> Callable[[Run, Table], Recomputed]:
    """Return a table with a row a case; each column is made of the run and the case."""

    def make(run: Run, _: Table) -> Recomputed:
        labels = name_cases(run.cases)
        bound = {name: partial(make_cell, run) for name, make_cell in columns.items()}
        return Recomputed(run.cases, {"case": lambda case: labels[case], **bound})

    return make


def _setting(name: str) -> Callable[[Run, Case], str]:
    return lambda _, case: _word_setting(case[name])


def _word_setting(value: Any) -> str:
    if value is None:
        return "default"
    if isinstance(value, bool):
        return yes_no(value)
    return count(value) if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def _data(run: Run, case: Case, size: str) -> str:
    return count(run.of(case)[0].start["data"][size])


_SETTINGS: Columns = {
    "epochs": _setting("epochs"),
    "data": _setting("dataset"),
    "batch": _setting("batch_size"),
    "precision": _setting("precision"),
    "device": _setting("device"),
    "backend": _setting("backend"),
    "pixels / 255": lambda _, case: yes_no(case["scaling"] == "unit"),
    "training": partial(_data, size="num_train"),
    "validation": partial(_data, size="num_test"),
    "filters": _setting("filters"),
    "optimizer": _setting("optimizer"),
    "first rate": lambda _, case: f"{case.first_rate:g}",
    "decay per update": _setting("decay"),
    "activation": _setting("activation"),
    "output activation": _setting("output_activation"),
    "seeds": lambda run, case: ", ".join(map(str, run.seeds(case))),
}


def _built(run: Run, case: Case) -> Json:
    return of_trial.built(run.of(case)[0])


_NETWORKS: Columns = {
    "network": lambda *_: None,  # the registry's own words
    "parameters": lambda run, case: count(_built(run, case)["num_params"]),
    "cost per training example": lambda run, case: si(_built(run, case)["flops_per_example"], "FLOP"),
    "epoch budget": lambda _, case: count(case["epochs"]),
}


def _layers(run: Run, table: Table) -> Recomputed:
    """Return the layers of the cases that are named above the table, all of which have to have the same."""
    labels = name_cases(run.cases)
    named = table.lead.partition("Layers of ")[2].partition("</summary>")[0]
    sharing = [case for case in run.cases if labels[case] in named.split(", ")]
    layers = [_built(run, case)["layers"] for case in sharing]
    if not layers or ", ".join(labels[case] for case in sharing) != named or any(one != layers[0] for one in layers):
        raise ValueError(f"line {table.line}: expected the cases that share these layers, received {named!r}")
    columns: Columns = {
        "layer": lambda layer: layer["name"],
        "kind": lambda layer: layer["kind"],
        "output": lambda layer: shape(layer["output_shape"]),
        "parameters": lambda layer: count(layer["num_params"]),
        "cost of one forward pass": lambda layer: si(layer["flops"], "FLOP"),
    }
    return Recomputed(layers[0], columns)


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
    return fraction(mean.value) if kind == "accuracy" else cell(mean, fraction)


def _over(measure: Measure, form: Callable[[float], str], mean: Callable[..., Interval | None] = summarize) -> Any:
    return lambda run, case: cell(mean([measure(trial) for trial in run.of(case)]), form)


_SPEED: Columns = {
    "as `fit` costs (examples/s)": _over(of_trial.fit_throughput, rate, summarize_rates),
    "steady (examples/s)": _over(of_trial.steady_throughput, rate, summarize_rates),
    "achieved GFLOP/s": _over(of_trial.achieved, in_units(_GIGA), summarize_rates),
    "median step (ms)": _over(of_trial.over_epochs(lambda epoch: epoch["step_s"]["p50"]), in_units(_MILLI)),
    "95th percentile (ms)": _over(of_trial.over_epochs(lambda epoch: epoch["step_s"]["p95"]), in_units(_MILLI)),
}
_EPOCH_TIMES: Columns = {
    "training as `fit` costs (s)": _over(of_trial.over_epochs(of_trial.fit_s), three_digits, summarize_rates),
    "training, steady (s)": _over(of_trial.over_epochs(of_trial.steady_s), three_digits, summarize_rates),
    "validation (s)": _over(of_trial.over_epochs(lambda epoch: epoch["val_s"]), three_digits),
    "first step (s)": _over(of_trial.first_step, three_digits),
}


def _mean_seconds(run: Run, case: Case, part: str) -> str:
    return f"{statistics.fmean(of_trial.ledger(trial)[part] for trial in run.of(case)):,.2f}"


_PARTS = ("set-up", "steps", "first steps", "iterator", "validation", "other", "ending", "whole trial")
_LEDGER: Columns = {f"{part} (s)": partial(_mean_seconds, part=part) for part in _PARTS}
_MEMORY: Columns = {"process, resident (MiB)": _over(of_trial.peak_memory, in_units(_MEBI))}


def _resolved(name: str) -> Callable[[Run, Case], str]:
    return lambda run, case: _word_setting(_built(run, case)["resolved"][name])


def _kernels(run: Run, case: Case) -> str:
    paths = {layer["path"] for layer in _built(run, case)["resolved"]["layer_paths"]}
    return ", ".join(sorted(paths)) or "no recurrent layer"


def _threads(run: Run, case: Case) -> str:
    resolved = _built(run, case)["resolved"]
    intra, inter = (resolved[name] or "default" for name in ("intra_op_threads", "inter_op_threads"))
    return "default" if intra == inter == "default" else f"{intra} intra, {inter} inter"


def _rate_in_force(run: Run, case: Case, value: str) -> str:
    """Return the first rate or its decay: as read back, or as asked for where the rate after an epoch bears it out."""
    resolved, epoch = _built(run, case)["resolved"], run.of(case)[0].epochs[0]
    if resolved.get("learning_rate") is not None:
        return f"{resolved['learning_rate' if value == 'rate' else 'decay']:g}"
    after = case.first_rate / (1 + case["decay"] * epoch["num_steps"])
    if abs(epoch["learning_rate"] / after - 1) > 1e-6:
        return "–"
    return f"{case.first_rate if value == 'rate' else case['decay']:g}"


def _framework(run: Run, case: Case) -> str:
    resolved = _built(run, case)["resolved"]
    return f"{resolved['backend']} {resolved['backend_version']}, Keras {resolved['keras_version']}"


_RAN: Columns = {
    "kernel path": _kernels,
    "XLA": _resolved("jit_compile"),
    "device": lambda run, case: "{device} ({device_name})".format(**_built(run, case)["resolved"]),
    "precision": _resolved("precision"),
    "backend": _framework,
    "threads": _threads,
    "steps per execution": _resolved("steps_per_execution"),
    "deterministic": _resolved("deterministic"),
    "optimizer": _resolved("optimizer"),
    "first rate": partial(_rate_in_force, value="rate"),
    "decay per update": partial(_rate_in_force, value="decay"),
}


def _evidence(run: Run, _: Table) -> Recomputed:
    labels = name_cases(run.cases)
    rows = [(labels[case], layer) for case in run.cases for layer in _built(run, case)["resolved"]["layer_paths"]]
    columns: Columns = {
        "case": lambda row: row[0],
        "layer": lambda row: row[1]["layer"],
        "kernel path": lambda row: row[1]["path"],
        "evidence": lambda row: row[1]["evidence"],
    }
    return Recomputed(rows, columns)


def _trials(run: Run, _: Table) -> Recomputed:
    labels = name_cases(run.cases)
    columns: Columns = {
        "order": lambda trial: count(trial.start["index"] + 1),
        "case": lambda trial: labels[trial.case],
        "seed": lambda trial: str(trial.seed),
        "status": lambda trial: trial.status,
        "epochs": lambda trial: count(len(trial.epochs)),
        "as `fit` costs (examples/s)": lambda trial: rate(of_trial.fit_throughput(trial)),
        "steady (examples/s)": lambda trial: rate(of_trial.steady_throughput(trial)),
        "canary gemm (ms)": lambda trial: in_units(_MILLI)(statistics.median(of_trial.canary(trial, "gemm_s"))),
        "canary copy (ms)": lambda trial: in_units(_MILLI)(statistics.median(of_trial.canary(trial, "copy_s"))),
        "trial (s)": lambda trial: three_digits(trial.end["total_s"]),
    }
    return Recomputed(run.trials, columns)


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
    return f"{case['model']}-{case['dataset']}-b{case['batch_size']}-{case['precision']}-{device}"


_TABLES: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[[Run, Table], Recomputed]] = {
    (("what",), ("this machine",)): _machine,
    (("case",), ("epochs",)): _of_cases(_SETTINGS),
    (("case",), ("network",)): _of_cases(_NETWORKS),
    (("layer",), ("kind",)): _layers,
    (("target",), ("case",)): target_table,
    (("case",), ("as `fit` costs (examples/s)",)): _of_cases(_SPEED),
    (("case",), ("training as `fit` costs (s)",)): _of_cases(_EPOCH_TIMES),
    (("case",), ("set-up (s)",)): _of_cases(_LEDGER),
    (("case",), ("process, resident (MiB)",)): _of_cases(_MEMORY),
    (("case",), ("kernel path",)): _of_cases(_RAN),
    (("case",), ("layer",)): _evidence,
    (("order",), ("case",)): _trials,
    (("cannot run here",), ("why",)): _refused,
    (("earlier attempt",), ("status",)): _attempts,
}
_BY_FIRST: dict[str, Callable[[Run, Table], Recomputed]] = {
    "epoch": _accuracy,
    "measure": contrast_table,
    "median seconds to": sweep_table,
}
