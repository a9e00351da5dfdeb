"""The tables of docs/results.md: each repeats figures of a published run."""

from __future__ import annotations

from collections.abc import Sequence

from tests.recompute.checking import Recomputed
from tests.recompute.journals import Case, Json, Run
from tests.recompute.markdown import Table
from tests.recompute.tables import claims_tables, hardware_tables, peers_tables
from tests.recompute.tables.contrast_tables import contrast_columns, contrasts
from tests.recompute.tables.peers_tables import Peers
from tests.recompute.values.interval import geometric_mean
from tests.recompute.wording import NONE, rate

_TARGET = 0.9  # what the tutorial tells of


def showcase(run: Run, table: Table) -> Recomputed:
    """Return the tutorial's two networks against each other, named by their models alone."""
    sides = {model: _as_told(run, model) for model in table.header[1:3]}
    return Recomputed(contrasts(run, sides, [_TARGET]), contrast_columns(table))


def _as_told(run: Run, model: str) -> Case:
    return next(case for case in run.cases if case["model"] == model and case["scaling"] == "unit")


def claims(file: Json, runs: Sequence[Run], table: Table) -> Recomputed:
    return claims_tables.verdict_table(file, runs, table)


def peers(found: Peers, table: Table) -> Recomputed:
    return peers_tables.recompute(found, table)


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
