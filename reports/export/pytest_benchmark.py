"""A run as pytest-benchmark's JSON: what `pytest-benchmark compare` reads, and every tool that reads its files.

A round is a trial, the unit of replication. pytest-benchmark knows seconds alone and calls 1 / mean "OPS": seconds a
training example make that examples per second.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis.in_force import in_force
from bench.analysis.summary_types import CaseSummary, RunSummary, TrialSummary
from bench.atomic_file import write_atomic
from bench.reports.kit.escaping import make_visible
from bench.settings import TABLE

PYTEST_BENCHMARK_NAME = "pytest-benchmark.json"
_INNER_FENCES = 1.5  # Tukey's, in interquartile ranges: what pytest-benchmark counts as outliers

_GROUPS: Mapping[str, Callable[[TrialSummary], float | None]] = {
    "training, seconds per example": lambda trial: 1 / trial.throughput if trial.throughput else None,
    "training as fit costs, seconds per example": lambda trial: (
        1 / trial.fit_throughput if trial.fit_throughput else None
    ),
    "first step, seconds": lambda trial: trial.first_step_s or None,
}


def write_pytest_benchmark(folder: Path, summary: RunSummary) -> Path:
    """Write `<folder>/pytest-benchmark.json`, whole or not at all, and return its path."""
    path = folder / PYTEST_BENCHMARK_NAME
    content = json.dumps(pytest_benchmark_json(summary), indent=1, allow_nan=False)
    write_atomic(path, f"{content}\n".encode())
    return path


def pytest_benchmark_json(summary: RunSummary) -> dict[str, Any]:
    """Return a run in pytest-benchmark's form; a case without a figure has no entry."""
    environment = summary.environment
    return {
        "machine_info": {
            "node": make_visible(environment.hostname),
            "processor": make_visible(environment.cpu_model or environment.machine),
            "machine": environment.machine,
            "python_version": environment.python,
            "release": environment.kernel,
            "system": environment.os,
            "cpu": {"count": environment.num_cpus_usable, "brand_raw": make_visible(environment.cpu_model or "")},
            "fingerprint": environment.fingerprint,
        },
        "commit_info": {"id": environment.git_commit, "dirty": environment.git_dirty, "project": "rnn-or-cnn"},
        "benchmarks": [
            _benchmark(group, case, values, summary)
            for group, figure in _GROUPS.items()
            for case in summary.cases
            if (values := [value for value in map(figure, case.trials) if value is not None])
        ],
        "datetime": summary.created_at.isoformat(),
        "version": summary.version,
    }


def _benchmark(group: str, case: CaseSummary, values: Sequence[float], summary: RunSummary) -> dict[str, Any]:
    return {
        "group": group,
        "name": case.case_id,
        "fullname": case.case_id,
        "params": {name: in_force(name, case.case, case.resolved) for name in TABLE},
        "param": None,
        "extra_info": {"run_id": summary.run_id, "batch_size": case.case.batch_size, "device": case.case.device},
        "options": {},
        "stats": benchmark_stats(values),
    }


def benchmark_stats(values: Sequence[float]) -> dict[str, Any]:
    """Return every statistic that pytest-benchmark keeps; with one value the spread is 0, as there."""
    q1, median, q3 = (float(quantile) for quantile in np.percentile(values, (25, 50, 75)))
    mean, spread = statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0
    reach = _INNER_FENCES * (q3 - q1)
    within = [value for value in values if q1 - reach <= value <= q3 + reach]
    num_far = sum(abs(value - mean) > spread for value in values)
    num_outside = len(values) - len(within)
    return {
        "min": min(values),
        "max": max(values),
        "mean": mean,
        "stddev": spread,
        "rounds": len(values),
        "median": median,
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": num_outside,
        "stddev_outliers": num_far,
        "outliers": f"{num_far};{num_outside}",
        "ld15iqr": min(within),
        "hd15iqr": max(within),
        "ops": 1 / mean,
        "total": sum(values),
        "data": list(values),
        "iterations": 1,
    }
