"""Renders a comparison from its raw records: ratios with intervals, the rates behind them, the machine, the command."""

from __future__ import annotations

import math
import shlex
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from peer_records import PeerRecords, ProcessRecord
from peer_sides import RATIOS, SIDES

from bench.analysis.statistics.interval import Interval, summarize_rates
from bench.analysis.statistics.paired import paired_ratio
from bench.host.environment import Environment
from bench.reports.kit.cells import cell, explain_intervals
from bench.reports.kit.escaping import escape_markdown, fence_markdown
from bench.reports.kit.machine import describe_machine
from bench.reports.kit.tables import Table, numbers, render_markdown, words
from bench.units import format_rate, format_ratio

FIT, STEADY = "as `fit` costs", "steady"
# (side, batch size) → examples per second by round
Rates = Mapping[tuple[str, int], Mapping[int, float]]

METHOD = """\
Each record is of a fresh process that trains one network at one batch size for a few epochs on part of MNIST; the first
epoch is a warm-up, and the rates are of the others: shuffled batches from arrays in memory, forward, backward and Adam;
validation is left out. As `fit` costs, an epoch lasts from its begin to the end of its last step, which is what a user
waits for; steady, from its first step on, without the wait for Keras' iterator, of which PyTorch has none. The networks
of this repository were trained by the harness's own worker, exactly as `bench run` trains them; PyTorch by
`tools/peers/torch_side.py`, without the rate's decay and without accuracy, which the others compute. In each round
all sides of a batch size ran back to back in random order; a ratio is of geometric means over the rounds, paired within
them."""


def fit_rate(record: ProcessRecord) -> float:
    """Return examples per second as `fit` costs, over all epochs but the first, in which alone steps are traced.

    What `bench.analysis.trial.throughput.fit_throughput` is, from what a record has of either framework.
    """
    seconds = record["epoch_s"][1:]
    return float(record["examples"] * len(seconds) / math.fsum(seconds))


def steady_rate(record: ProcessRecord) -> float:
    """Return examples per second of the steps alone, over the same epochs."""
    return float(record["examples_per_s"])


def collect_rates(processes: Sequence[ProcessRecord], rate: Callable[[ProcessRecord], float] = fit_rate) -> Rates:
    """Return the rates by side and batch size; of two processes in one place the later counts."""
    rates: defaultdict[tuple[str, int], dict[int, float]] = defaultdict(dict)
    for record in processes:
        rates[record["side"], record["batch_size"]][record["round"]] = rate(record)
    return rates


def compare(rates: Rates, a: str, b: str, batch_size: int) -> Interval | None:
    """Return the ratio of rates a / b over the rounds that both sides ended; None where there is none."""
    of_a, of_b = rates.get((a, batch_size), {}), rates.get((b, batch_size), {})
    rounds = sorted(of_a.keys() & of_b.keys())
    return paired_ratio([of_a[number] for number in rounds], [of_b[number] for number in rounds])


def ratio_table(rates: Rates, kind: str = FIT) -> Table:
    """Return each wanted ratio, one column a batch size."""
    batch_sizes = _batch_sizes(rates)
    found = {(a, b): [compare(rates, a, b, size) for size in batch_sizes] for a, b in RATIOS}
    rows = tuple((f"{a} / {b}", *(cell(ratio, format_ratio) for ratio in ratios)) for (a, b), ratios in found.items()
                 if any(ratios))  # fmt: skip
    note = explain_intervals(ratio for ratios in found.values() for ratio in ratios).replace("trials", "rounds")
    return Table(f"Ratios of training examples per second, {kind}", _columns("ratio", batch_sizes), rows, note)


def rate_table(rates: Rates, kind: str = FIT) -> Table:
    """Return each side's examples per second, one column a batch size."""
    batch_sizes = _batch_sizes(rates)
    known = [side for side in SIDES.values() if any(name == side.name for name, _ in rates)]
    intervals = {
        side: [summarize_rates(list(rates.get((side.name, size), {}).values())) for size in batch_sizes]
        for side in known
    }
    rows = tuple((f"{side.name} ({side.what})", *(cell(rate, format_rate) for rate in row))
                 for side, row in intervals.items())  # fmt: skip
    note = explain_intervals(rate for row in intervals.values() for rate in row).replace("trials", "rounds")
    return Table(f"Training examples per second, {kind}", _columns("side", batch_sizes), rows, note)


def settings_table(processes: Sequence[ProcessRecord]) -> Table | None:
    """Return the execution settings that were not left as they come."""
    stated = {
        (record["side"], record["batch_size"], record["model"],
         ", ".join(f"{name} {value}" for name, value in record["settings"].items()))
        for record in processes
        if record["settings"]
    }  # fmt: skip
    rows = tuple((side, str(size), model, text) for side, size, model, text in sorted(stated))
    return Table("Execution settings", words("side", "batch size", "model", "settings"), rows) if rows else None


def render_report(found: PeerRecords) -> str:
    """Return the whole comparison as Markdown."""
    if found.machine is None or not found.processes:
        raise ValueError("no record yet: measure first")
    fit, steady = collect_rates(found.processes), collect_rates(found.processes, steady_rate)
    environment = Environment.model_validate(found.machine["environment"])
    libraries = sorted({f"{name} {version}" for one in found.processes for name, version in one["versions"].items()})
    rows = [*describe_machine(environment), ("libraries that trained", ", ".join(libraries))]
    machine = Table("The machine", words("what", "this machine"), tuple(rows))
    failed = f" {found.num_failed} processes failed and were left out." if found.num_failed else ""
    begun = found.machine["started_at"][:10]
    parts = [
        "# Against stock Keras and plain PyTorch",
        f"Measured on {escape_markdown(begun)}; {len(found.processes)} processes.{failed} {METHOD}",
        *_sections(ratio_table(fit), rate_table(fit), ratio_table(steady, STEADY), rate_table(steady, STEADY)),
        *_sections(settings_table(found.processes), machine),
        "## Make it again",
        fence_markdown(shlex.join(found.machine["command"]), "sh"),
    ]
    return "\n\n".join(parts) + "\n"


def _sections(*tables: Table | None) -> list[str]:
    return [f"## {table.title}\n\n{render_markdown(table)}" for table in tables if table]


def _batch_sizes(rates: Rates) -> list[int]:
    return sorted({batch_size for _, batch_size in rates})


def _columns(first: str, batch_sizes: Sequence[int]) -> tuple:
    return (*words(first), *numbers(*(f"batch {size}" for size in batch_sizes)))
