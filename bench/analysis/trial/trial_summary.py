"""One trial's own figures, from its journal."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.trial.ledger import TrialLedger, trial_ledger
from bench.analysis.trial.step_times import mean_step_s
from bench.analysis.trial.throughput import (
    achieved_flops_per_s,
    fit_throughput,
    mean_epoch_s,
    steady_throughput,
)
from bench.analysis.trial.turn_series import shared_turns
from bench.analysis.trial.whole_fit import whole_fit_throughput
from bench.host.sensors.canary import Canary
from bench.store.records import EpochEvent, Journal, TrialStatus


@dataclass(frozen=True)
class TrialSummary:
    """One trial; `throughput` and `steady_epoch_s` are of the steps, `fit_throughput` and `fit_epoch_s` as `fit` costs.

    `first_step_s` is the first epoch's sum of first steps, one for each shape of batch. `step_p05_s` is the mean over
    epochs of the 5th percentile of their steps.
    `num_partners` are the trials with which it was started to take turns; 0 where none of its epochs had a turn.
    `total_s` is None where the worker was killed before it could tell. Speeds and times are None for a case whose times
    are not reported; its `ledger` stays, and whoever shows that asks the case.
    """

    trial_id: str
    seed: int
    index: int
    status: TrialStatus
    num_epochs: int
    throughput: float | None
    fit_throughput: float | None
    whole_fit_throughput: float | None
    steady_epoch_s: float | None
    fit_epoch_s: float | None
    achieved_flops_per_s: float | None
    step_p05_s: float | None
    first_step_s: float | None
    ledger: TrialLedger
    total_s: float | None
    peak_rss_bytes: int | None
    peak_device_bytes: int | None
    final_val_accuracy: float | None
    best_val_accuracy: float | None
    canary_gemm_s: float | None
    canary_copy_s: float | None
    num_partners: int = 0


def summarize_trial(journal: Journal) -> TrialSummary:
    """Return the trial's figures over the epochs that it finished, whatever became of it after."""
    epochs, built = journal.epochs, journal.built
    case = journal.start.case
    throughput, of_fit = steady_throughput(case, epochs), fit_throughput(case, epochs)
    timed = epochs if case.reports_times else ()
    accuracies = [epoch.val_accuracy for epoch in epochs if epoch.val_accuracy is not None]
    readings = canaries(journal)
    ledger = trial_ledger(journal)
    return TrialSummary(
        trial_id=journal.trial_id,
        seed=journal.start.seed,
        index=journal.start.index,
        status=journal.status,
        num_epochs=len(epochs),
        throughput=throughput,
        fit_throughput=of_fit,
        whole_fit_throughput=whole_fit_throughput(journal, ledger, of_fit),
        steady_epoch_s=mean_epoch_s(throughput, epochs),
        fit_epoch_s=mean_epoch_s(of_fit, epochs),
        achieved_flops_per_s=achieved_flops_per_s(throughput, built.flops_per_example if built else None),
        step_p05_s=mean_step_s(journal, lambda calls: calls.p05) if case.reports_times else None,
        first_step_s=timed[0].first_step_s if timed else None,
        ledger=ledger,
        total_s=journal.end.total_s if journal.end and case.reports_times else None,
        peak_rss_bytes=_largest(epochs, lambda epoch: epoch.peak_rss_bytes),
        peak_device_bytes=_largest(epochs, lambda epoch: epoch.peak_device_bytes),
        final_val_accuracy=epochs[-1].val_accuracy if epochs else None,
        best_val_accuracy=max(accuracies, default=None),
        canary_gemm_s=statistics.median(reading.gemm_s for reading in readings) if readings else None,
        canary_copy_s=statistics.median(reading.copy_s for reading in readings) if readings else None,
        num_partners=len(journal.start.in_turns.trials) - 1 if journal.start.in_turns and shared_turns(journal) else 0,
    )


def canaries(journal: Journal) -> tuple[Canary, ...]:
    """Return the trial's canary readings in the order they were taken."""
    events = (*((journal.built,) if journal.built else ()), *journal.epochs)
    return tuple(event.noise.canary for event in events if event.noise.canary is not None)


def _largest(epochs: Sequence[EpochEvent], figure: Callable[[EpochEvent], int | None]) -> int | None:
    return max((value for value in map(figure, epochs) if value is not None), default=None)
