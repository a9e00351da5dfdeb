"""`bench compare --history`: one metric over many runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from bench.analysis.run_journals import RunJournals
from bench.analysis.trial.measures import Measure
from bench.cli.named_runs import default_folder, open_runs, warn_of_damage
from bench.cli.options import check_targets
from bench.compare.history import build_history
from bench.errors import ConfigError, NothingSelectedError
from bench.reports.compare.history import history_json, render_history, write_history

METRICS: Mapping[str, Measure] = {
    "throughput": "throughput",
    "first-step": "first_step_s",
    "time-to-accuracy": "train_s_to_target",
    "memory": "peak_rss_bytes",
    "device-memory": "peak_device_bytes",
    "accuracy": "final_val_accuracy",
}


def show_history(
    names: Sequence[str], metric: str, target: float | None, *, as_json: bool, to: Path | None, output: Path
) -> None:
    """Print a metric's history over the runs, and write it as a Markdown page with its figure.

    Raises:
        ConfigError: for a target that is no share, or that the metric has no use for.
        NothingSelectedError: where no trial has started in the runs.
    """
    if target is not None and metric != "time-to-accuracy":
        raise ConfigError(f"--target-accuracy: has no meaning with --metric {metric}; leave it out")
    check_targets(() if target is None else (target,))
    with open_runs(names, output) as loaded:
        runs = [RunJournals(run.record, run.journals) for run in loaded]
    warn_of_damage(loaded)
    if not any(run.journals for run in runs):
        raise NothingSelectedError("compare: no trial has started in these runs")
    history = build_history(runs, METRICS[metric], target)
    page = write_history(to or default_folder(names[0], loaded[0]) / f"history-{metric}.md", history)
    click.echo(json.dumps(history_json(history), indent=1) if as_json else render_history(history))
    click.echo(page, err=as_json)
