"""What was asked for in a run, its networks, and what really ran."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Case, Json, Run, Trial
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.values import trial_values as of_trial
from tests.recompute.values.interval import summarize
from tests.recompute.wording import accuracy, cell, count, shape, si, yes_no


def of_cases(columns: Columns) -> Callable[[Run, Table], Recomputed]:
    """Return a table with a row a case; each column is made of the run and the case."""

    def make(run: Run, _: Table) -> Recomputed:
        labels = name_cases(run.cases)
        bound = {name: partial(make_cell, run) for name, make_cell in columns.items()}
        return Recomputed(run.cases, {"case": lambda case: labels[case], **bound})

    return make


def _recalls(trial: Trial) -> list[float]:
    return [recall for recall in (trial.end or {}).get("recalls", ()) if recall is not None]


def classes_table(run: Run, table: Table) -> Recomputed:
    """Return the balanced accuracy of the cases whose trials tell each class's recall."""
    labels = name_cases(run.cases)
    known = {case: [recalls for trial in run.of(case) if (recalls := _recalls(trial))] for case in run.cases}

    def mean_recalls(case: Case) -> list[float]:
        return [statistics.fmean(of_class) for of_class in zip(*known[case], strict=True)]

    def of_class(place: int) -> Callable[[Case], str]:
        return lambda case: accuracy(mean_recalls(case)[place])

    columns: dict[str, Callable[[Case], str]] = {
        "case": lambda case: labels[case],
        "balanced accuracy": lambda case: cell(summarize([statistics.fmean(one) for one in known[case]]), accuracy),
        "lowest recall": lambda case: accuracy(min(mean_recalls(case))),
    }
    classes = {name: of_class(place) for place, name in enumerate(table.header[3:])}
    return Recomputed([case for case in run.cases if known[case]], {**columns, **classes})


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


SETTINGS: Columns = {
    "epochs": _setting("epochs"),
    "data": _setting("dataset"),
    "batch": _setting("batch_size"),
    "precision": _setting("precision"),
    "device": _setting("device"),
    "backend": _setting("backend"),
    "scaling": lambda _, case: case["scaling"],
    "training": partial(_data, size="num_train"),
    "validation": partial(_data, size="num_test"),
    "jit": _setting("jit"),
    "max length": lambda _, case: _word_setting(case["max_length"] or "all steps"),
    "steps per execution": _setting("steps_per_execution"),
    "validated every": lambda _, case: _word_setting(case["validate_every"] or "at the ends of epochs"),
    "input": _setting("input"),
    "units": _setting("units"),
    "filters": _setting("filters"),
    "optimizer": _setting("optimizer"),
    "first rate": lambda _, case: f"{case.first_rate:g}",
    "decay per update": _setting("decay"),
    "activation": _setting("activation"),
    "output activation": _setting("output_activation"),
    "intra op threads": _setting("intra_op_threads"),
    "inter op threads": _setting("inter_op_threads"),
    "seeds": lambda run, case: ", ".join(map(str, run.seeds(case))),
}


def _built(run: Run, case: Case) -> Json:
    return of_trial.built(run.of(case)[0])


NETWORKS: Columns = {
    "network": lambda *_: None,  # the registry's own words
    "parameters": lambda run, case: count(_built(run, case)["num_params"]),
    "cost per training example": lambda run, case: si(_built(run, case)["flops_per_example"], "FLOP"),
    "epoch budget": lambda _, case: count(case["epochs"]),
}


def layers_table(run: Run, table: Table) -> Recomputed:
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
    keras = f", Keras {resolved['keras_version']}" if resolved["keras_version"] else ""
    return f"{resolved['backend']} {resolved['backend_version']}{keras}"


def _compiler(run: Run, case: Case) -> str:
    resolved = _built(run, case)["resolved"]
    if not resolved["jit_compile"]:
        return "none"
    return "TorchInductor" if resolved["backend"] == "torch" else "XLA"


RAN: Columns = {
    "kernel path": _kernels,
    "XLA": _resolved("jit_compile"),
    "compiler": _compiler,
    "scaled by its own layer": lambda run, case: _built(run, case)["resolved"].get("prepared_by") or "–",
    "device": lambda run, case: "{device} ({device_name})".format(**_built(run, case)["resolved"]),
    "precision": _resolved("precision"),
    "backend": _framework,
    "threads": _threads,
    "steps per execution": _resolved("steps_per_execution"),
    "deterministic": _resolved("deterministic"),
    "loss": lambda run, case: _built(run, case)["resolved"].get("loss") or "–",
    "optimizer": _resolved("optimizer"),
    "first rate": partial(_rate_in_force, value="rate"),
    "decay per update": partial(_rate_in_force, value="decay"),
}


def evidence_table(run: Run, _: Table) -> Recomputed:
    labels = name_cases(run.cases)
    rows = [(labels[case], layer) for case in run.cases for layer in _built(run, case)["resolved"]["layer_paths"]]
    columns: Columns = {
        "case": lambda row: row[0],
        "layer": lambda row: row[1]["layer"],
        "kernel path": lambda row: row[1]["path"],
        "evidence": lambda row: row[1]["evidence"],
    }
    return Recomputed(rows, columns)
