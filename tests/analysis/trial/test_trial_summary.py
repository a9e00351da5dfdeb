"""One trial's figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.trial.trial_summary import canaries, summarize_trial
from bench.plan.case import Case
from bench.store.records import Journal


def test_a_trial_is_summed_up_from_its_journal(make_journal: Callable[..., Journal]) -> None:
    trial = summarize_trial(make_journal(seed=3, val_accuracy=(0.95, 0.98, 0.97), train_s=(62.0, 60.0, 60.0)))
    assert (trial.seed, trial.index, trial.status, trial.num_epochs) == (3, 3, "ok", 3)
    ledger = trial.ledger
    assert (ledger.train_s, trial.first_step_s, ledger.val_s, ledger.other_s, trial.total_s) == (182, 2, 9, 0.375, 202)
    assert trial.throughput == pytest.approx(179_968 / 180)
    assert trial.achieved_flops_per_s == pytest.approx(35e6 * 179_968 / 180)
    assert (trial.final_val_accuracy, trial.best_val_accuracy) == (0.97, 0.98)
    assert (trial.peak_rss_bytes, trial.peak_device_bytes) == (700_000_003, None)
    assert (trial.canary_gemm_s, trial.canary_copy_s) == (0.02, 0.01)


def test_a_trial_that_died_at_once_has_no_figures(make_journal: Callable[..., Journal]) -> None:
    trial = summarize_trial(make_journal(val_accuracy=(), built=False, status=None))
    assert (trial.status, trial.num_epochs, trial.ledger.train_s) == ("killed", 0, 0.0)
    figures = (trial.throughput, trial.achieved_flops_per_s, trial.first_step_s, trial.total_s, trial.peak_rss_bytes)
    assert figures == (None,) * 5
    assert (trial.final_val_accuracy, trial.best_val_accuracy, trial.canary_gemm_s) == (None, None, None)


def test_canaries_are_read_before_the_training_and_after_each_epoch(make_journal: Callable[..., Journal]) -> None:
    assert len(canaries(make_journal(val_accuracy=(0.9, 0.9)))) == 3
    assert canaries(make_journal(canary_s=None)) == ()


def test_a_deterministic_trial_has_no_speed_and_no_time_and_keeps_its_account(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal]
) -> None:
    trial = summarize_trial(make_journal(make_case(deterministic=True)))
    speeds = (trial.throughput, trial.fit_throughput, trial.achieved_flops_per_s)
    times = (trial.steady_epoch_s, trial.fit_epoch_s, trial.step_p05_s, trial.first_step_s, trial.total_s)
    assert (*speeds, *times) == (None,) * 8
    assert trial.ledger.train_s == 180.0
    assert (trial.final_val_accuracy, trial.peak_rss_bytes) == (0.98, 700_000_003)
