"""A run in Bencher Metric Format, which bencher.dev's adapter `json` reads: measures by benchmark, a case each.

Source: https://bencher.dev/docs/reference/bencher-metric-format, whose schema has the id https://bencher.dev/bmf.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.analysis.statistics.interval import Interval
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.atomic_file import write_atomic

BENCHER_NAME = "bencher.json"
Metric = dict[str, float]


def write_bencher(folder: Path, summary: RunSummary) -> Path:
    """Write `<folder>/bencher.json`, whole or not at all, and return its path."""
    path = folder / BENCHER_NAME
    write_atomic(path, f"{json.dumps(bencher_metrics(summary), indent=1, allow_nan=False)}\n".encode())
    return path


def bencher_metrics(summary: RunSummary) -> dict[str, dict[str, Metric]]:
    """Return each case's figures by measure, with their intervals' bounds; a case without a figure is left out."""
    found = {case.case_id: dict(_measures(case)) for case in summary.cases}
    return {case_id: measures for case_id, measures in found.items() if measures}


def _measures(case: CaseSummary) -> Iterator[tuple[str, Metric]]:
    """Yield names as Bencher's slugs have them: small letters and hyphens, at most 64."""
    for name, figure in (
        ("throughput", case.throughput),
        ("throughput-as-fit-costs", case.fit_throughput),
        ("final-validation-accuracy", case.final_val_accuracy),
    ):
        if figure is not None:
            yield name, _metric(figure)


def _metric(figure: Interval) -> Metric:
    if figure.low is None or figure.high is None:
        return {"value": figure.value}
    return {"value": figure.value, "lower_value": figure.low, "upper_value": figure.high}
