"""What every tracker is told of a trial: its settings, and each epoch's figures with the time at which it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.analysis.in_force import in_force
from bench.analysis.trial.throughput import fit_throughput, steady_throughput
from bench.analysis.trial.validations import validation_s
from bench.plan.case import Case
from bench.reports.kit.escaping import make_visible
from bench.settings import TABLE
from bench.store.records import EpochEvent, Journal

_FIELDS = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "peak_rss_bytes", "peak_device_bytes")


@dataclass(frozen=True)
class EpochMetrics:
    """One epoch's figures by name; one that does not exist is left out. `ended_at` is UTC."""

    epoch: int
    ended_at: datetime
    figures: Mapping[str, float]


def epoch_metrics(journal: Journal) -> Iterator[EpochMetrics]:
    """Yield each epoch of a trial; it ends so many seconds after the trial's start, those of others' turns included."""
    elapsed_s = 0.0
    if journal.built:
        elapsed_s = journal.built.import_s + journal.built.data_s + journal.built.build_s
    for event in journal.epochs:
        waited_s = event.turns.waited_s if event.turns else 0.0
        elapsed_s += event.train_s + validation_s(event) + event.other_s + waited_s
        yield EpochMetrics(
            event.epoch, journal.start.started_at + timedelta(seconds=elapsed_s), _figures(journal.start.case, event)
        )


def settings(journal: Journal) -> dict[str, str]:
    """Return the settings in force, without those that are left to the model, as inert text by name."""
    start = journal.start
    values = {name: in_force(name, start.case, journal.resolved) for name in TABLE}
    return {
        **{name: make_visible(str(value)) for name, value in values.items() if value is not None},
        "seed": str(start.seed),
        "run_id": start.run_id,
        "status": journal.status,
        "fingerprint": start.environment.fingerprint,
    }


def _figures(case: Case, event: EpochEvent) -> dict[str, float]:
    """Return an epoch's values by name, without those that do not exist or are not reported."""
    times = {
        "train_s": event.train_s,
        "iterator_s": event.iterator_s,
        "val_s": validation_s(event),
        "other_s": event.other_s,
        "examples_per_s": steady_throughput(case, [event]),
        "fit_examples_per_s": fit_throughput(case, [event]),
    }
    figures = {name: getattr(event, name) for name in _FIELDS} | (times if case.reports_times else {})
    return {name: float(value) for name, value in figures.items() if value is not None}
