"""The tables of docs/results.md: each repeats figures of a published run."""

from __future__ import annotations

from collections.abc import Sequence

from tests.recompute.checking import Recomputed
from tests.recompute.journals import Case, Json, Run
from tests.recompute.markdown import Table
from tests.recompute.tables import claims_tables, hardware_tables
from tests.recompute.tables.contrast_tables import contrast_columns, contrasts
from tests.recompute.values.interval import geometric_mean
from tests.recompute.wording import NONE, rate

_TARGET = 0.9  # what the tutorial tells of
_SPEED = "training examples per second, as fit costs"
_WHOLE_FIT = "training examples per second, all of fit"
_PEERS = ("lstm-fast / lstm", "lstm-cpu-fast / lstm-cpu", "lstm-cpu-fast / lstm-pytorch", "cnn-fast / cnn",
          "cnn-fast / cnn-pytorch", "lstm-cpu / lstm-pytorch", "cnn / cnn-pytorch")  # fmt: skip


def showcase(run: Run, table: Table) -> Recomputed:
    """Return the tutorial's two networks against each other, named by their models alone."""
    sides = {model: _as_told(run, model) for model in table.header[1:3]}
    return Recomputed(contrasts(run, sides, [_TARGET]), contrast_columns(table))


def _as_told(run: Run, model: str) -> Case:
    return next(case for case in run.cases if case["model"] == model and case["scaling"] == "unit")


def claims(file: Json, runs: Sequence[Run], table: Table) -> Recomputed:
    return claims_tables.verdict_table(file, runs, table)


def peers(run: Run, table: Table) -> Recomputed:
    """Return the ratio of speeds, over all of fit, of the two networks that a row names: a column a batch size."""

    def of_size(size: str, row: str) -> str:
        sides = {model: _of_size(run, model, "float32", size) for model in row.split(" / ")}
        return next(one for one in contrasts(run, sides, []) if one.name == _WHOLE_FIT).effect_cell

    columns = {name: (lambda row, size=name: of_size(size, row)) for name in table.header[1:]}
    return Recomputed(_PEERS, {table.header[0]: str, **columns})


def _of_size(run: Run, model: str, precision: str, size: str) -> Case:
    wanted = (model, precision, size)
    return next(
        case for case in run.cases if (case["model"], case["precision"], f"batch {case['batch_size']:,}") == wanted
    )


def precision(run: Run, table: Table) -> Recomputed:
    """Return the speed and the accuracy in bfloat16 against float32: two rows a network, a column a batch size."""
    measures = {"speed": _SPEED, "accuracy": "validation accuracy at the end of the budget"}
    keys = [(model, word) for model in dict.fromkeys(case["model"] for case in run.cases) for word in measures]

    def of_size(size: str, key: tuple[str, str]) -> str:
        sides = {name: _of_size(run, key[0], name, size) for name in ("mixed_bfloat16", "float32")}
        return next(one for one in contrasts(run, sides, []) if one.name == measures[key[1]]).effect_cell

    columns = {name: (lambda key, size=name: of_size(size, key)) for name in table.header[2:]}
    return Recomputed(keys, {"network": lambda key: key[0], table.header[1]: lambda key: key[1], **columns})


def hardware(run: Run, table: Table) -> Recomputed:
    """Return examples per second by network and device, a column a batch size."""
    rows = hardware_tables.rows_of(run)
    keys = list(dict.fromkeys((row.name, row.case["device"]) for row in rows))
    known = {(row.name, row.case["device"], f"batch {row.case['batch_size']:,}"): row.fit_rates for row in rows}

    def of_size(size: str, key: tuple[str, str]) -> str:
        rates = known.get((*key, size))
        return rate(geometric_mean(rates)) if rates else NONE

    columns = {name: (lambda key, size=name: of_size(size, key)) for name in table.header[2:]}
    heads = {table.header[0]: lambda key: key[0], "device": lambda key: key[1]}
    return Recomputed(keys, {**heads, **columns})
