"""The comparison with stock Keras and plain PyTorch: ratios over rounds, rates, settings and the machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Json, read_lines
from tests.recompute.markdown import Table
from tests.recompute.tables import machine_tables
from tests.recompute.values.interval import paired_ratio, summarize_rates
from tests.recompute.wording import cell, rate, ratio


@dataclass(frozen=True)
class Peers:
    """The machine's line, and those of the processes that ended well."""

    machine: Json
    processes: list[Json]

    def rates(self, side: str, batch_size: int, kind: str) -> dict[int, float]:
        """Return examples per second by round, of the kind that a heading ends with."""
        return {
            one["round"]: _KINDS[kind](one)
            for one in self.processes
            if (one["side"], one["batch_size"]) == (side, batch_size)
        }


def read_peers(path: Path) -> Peers:
    machine, *others = read_lines(path)
    return Peers(machine, [one for one in others if one.get("error") is None])


def _fit_rate(process: Json) -> float:
    """Return examples per second of the epochs after the first, as `fit` costs."""
    return float((process["epochs"] - 1) * process["examples"] / math.fsum(process["epoch_s"][1:]))


def _steady_rate(process: Json) -> float:
    """Return examples per second of the epochs after the first, without the wait for their iterators."""
    waits = process.get("iterator_s", [0.0] * process["epochs"])[1:]
    steps = math.fsum(process["epoch_s"][1:]) - math.fsum(waits)
    return float((process["epochs"] - 1) * process["examples"] / steps)


_KINDS: dict[str, Callable[[Json], float]] = {"as `fit` costs": _fit_rate, "steady": _steady_rate}


def _kind(table: Table) -> str:
    """Return the kind of rate that a heading ends with; the README has what `fit` costs."""
    kind = table.title.partition(", ")[2]
    return kind if kind in _KINDS else "as `fit` costs"


def recompute(peers: Peers, table: Table) -> Recomputed:
    """Return what one table should hold.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    return _TABLES[table.header[0], table.header[1]](peers, table)


def _ratios(peers: Peers, table: Table) -> Recomputed:
    """Return the ratios that the first column names, paired by round."""
    kind = _kind(table)

    def ratio_cell(size: int, name: str) -> str:
        a, b = (peers.rates(side, size, kind) for side in name.split(" / "))
        rounds = sorted(a.keys() & b.keys())
        return cell(paired_ratio([a[one] for one in rounds], [b[one] for one in rounds]), ratio)

    known = {one["side"] for one in peers.processes}
    names = [row[0] for row in table.rows if set(row[0].split(" / ")) <= known]
    return Recomputed(names, {"ratio": str, **_by_size(table, ratio_cell)})


def _rates(peers: Peers, table: Table) -> Recomputed:
    """Return each side's rate; what a side is, in words after its name, no record tells."""
    kind = _kind(table)

    def rate_cell(size: int, name: str) -> str:
        return cell(summarize_rates(list(peers.rates(name.split(" ", maxsplit=1)[0], size, kind).values())), rate)

    known = {one["side"] for one in peers.processes}
    names = [row[0] for row in table.rows if row[0].split(" ")[0] in known]
    if len(names) != len(known):
        raise ValueError(f"expected a row for each of {sorted(known)}, received {names}")
    return Recomputed(names, {"side": lambda _: None, **_by_size(table, rate_cell)})


def _by_size(table: Table, make: Callable[[int, str], str]) -> Columns:
    return {name: partial(make, int(name.removeprefix("batch "))) for name in table.header[1:]}


def _settings(peers: Peers, _: Table) -> Recomputed:
    stated = {
        (one["side"], one["batch_size"], one["model"], ", ".join(f"{n} {v}" for n, v in one["settings"].items()))
        for one in peers.processes
        if one["settings"]
    }
    columns: Columns = {
        "side": lambda row: row[0],
        "batch size": lambda row: str(row[1]),
        "model": lambda row: row[2],
        "settings": lambda row: row[3],
    }
    return Recomputed(sorted(stated), columns)


def _machine(peers: Peers, _: Table) -> Recomputed:
    versions = sorted({f"{name} {version}" for one in peers.processes for name, version in one["versions"].items()})
    libraries = ("libraries that trained", ", ".join(versions))
    return machine_tables.describe(peers.machine["environment"], more=(libraries,))


_TABLES: dict[tuple[str, str], Callable[[Peers, Table], Recomputed]] = {
    ("ratio", "batch 32"): _ratios,
    ("side", "batch 32"): _rates,
    ("side", "batch size"): _settings,
    ("what", "this machine"): _machine,
}
