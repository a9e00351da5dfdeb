"""A run as benchmark-action/github-action-benchmark reads it with `tool: customBiggerIsBetter`: a chart a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.analysis.statistics.interval import Interval
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.atomic_file import write_atomic
from bench.reports.kit.cells import format_number
from bench.reports.kit.escaping import make_visible
from bench.reports.kit.wording import word_interval

CUSTOM_NAME = "custom-bigger-is-better.json"
BenchmarkEntry = dict[str, str | float]


def write_custom(folder: Path, summary: RunSummary) -> Path:
    """Write `<folder>/custom-bigger-is-better.json`, whole or not at all, and return its path."""
    path = folder / CUSTOM_NAME
    write_atomic(path, f"{json.dumps(custom_entries(summary), indent=1, allow_nan=False)}\n".encode())
    return path


def custom_entries(summary: RunSummary) -> list[BenchmarkEntry]:
    """Return both throughputs and the final validation accuracy of each case that has them; more of each is better."""
    return [entry for case in summary.cases for entry in _entries(case, summary)]


def _entries(case: CaseSummary, summary: RunSummary) -> Iterator[BenchmarkEntry]:
    for name, unit, figure in (
        ("throughput", "examples/s", case.throughput),
        ("throughput as fit costs", "examples/s", case.fit_throughput),
        ("final validation accuracy", "share", case.final_val_accuracy),
    ):
        if figure is not None:
            yield {
                "name": f"{case.case_id} {name}",
                "unit": unit,
                "value": figure.value,
                "range": _word_range(figure),
                "extra": _word_extra(figure, summary),
            }


def _word_range(figure: Interval) -> str:
    """Return `± 12.3`, the larger reach of the two: the action prints it behind the value, as its own tools have it."""
    if figure.low is None or figure.high is None:
        return ""
    return f"± {format_number(max(figure.value - figure.low, figure.high - figure.value))}"


def _word_extra(figure: Interval, summary: RunSummary) -> str:
    """Return what a chart's tooltip shows, a line each."""
    environment = summary.environment
    machine = make_visible(environment.cpu_model or environment.machine)
    return "\n".join(
        [
            f"range: {_word_kind(figure)}",
            f"run: {summary.run_id}",
            f"machine: {machine}, fingerprint {environment.fingerprint}",
        ]
    )


def _word_kind(figure: Interval) -> str:
    words = word_interval(figure.kind, figure.n)
    return words if figure.low is None else f"{words} trials"
