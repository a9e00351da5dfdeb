"""Accuracy per epoch over seeds, and the ledger of seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.accuracy_curves import EpochSeconds, summarize_curve, summarize_ledger
from bench.analysis.statistics.interval import Interval
from bench.store.records import Journal

MakeJournal = Callable[..., Journal]


def test_below_eight_seeds_a_point_is_mean_and_range(make_journal: MakeJournal) -> None:
    curve = summarize_curve(
        [
            make_journal(seed=0, val_accuracy=(0.25, 0.5), train_s=(30.0, 20.0)),
            make_journal(seed=1, val_accuracy=(0.75, 1.0), train_s=(40.0, 20.0)),
        ]
    )
    assert curve.kind == "mean"
    assert [point.val_accuracy for point in curve.points] == [
        Interval(0.5, 0.25, 0.75, 2, "range"),
        Interval(0.75, 0.5, 1.0, 2, "range"),
    ]
    assert [point.train_elapsed_s for point in curve.points] == [35.0, 55.0]
    assert curve.seeds[1].train_elapsed_s == (40.0, 60.0)


def test_from_eight_seeds_a_point_is_the_interquartile_mean_with_a_band(make_journal: MakeJournal) -> None:
    accuracies = [0.1, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97]
    curve = summarize_curve([make_journal(seed=s, val_accuracy=(a,)) for s, a in enumerate(accuracies)])
    assert curve.kind == "interquartile mean"
    (point,) = curve.points
    assert point.val_accuracy.value == pytest.approx((0.92 + 0.93 + 0.94 + 0.95) / 4)
    assert point.val_accuracy.kind == "bootstrap"
    assert point.val_accuracy.low is not None
    assert point.val_accuracy.high is not None
    assert point.val_accuracy.low < point.val_accuracy.value < point.val_accuracy.high


def test_one_seed_has_a_curve_without_bounds(make_journal: MakeJournal) -> None:
    (point,) = summarize_curve([make_journal(val_accuracy=(0.9,))]).points
    assert point.val_accuracy == Interval(0.9, None, None, 1, "none")


def test_a_point_is_over_the_seeds_that_came_so_far(make_journal: MakeJournal) -> None:
    crashed = make_journal(seed=1, val_accuracy=(0.5,), status="oom")
    curve = summarize_curve([make_journal(val_accuracy=(0.9, 0.95)), crashed, make_journal(seed=2, val_accuracy=())])
    assert [point.val_accuracy.n for point in curve.points] == [2, 1]
    assert len(curve.seeds) == 2


def test_an_epoch_without_a_finite_accuracy_has_no_point(make_journal: MakeJournal) -> None:
    curve = summarize_curve([make_journal(val_accuracy=(0.9, None), status="diverged")])
    assert [point.epoch for point in curve.points] == [1]
    assert curve.seeds[0].val_accuracy == (0.9, None)


def test_no_journal_has_no_point() -> None:
    curve = summarize_curve([])
    assert (curve.kind, curve.points, curve.seeds) == ("mean", (), ())


def test_the_ledger_adds_up_to_the_epoch(make_journal: MakeJournal) -> None:
    journals = [
        make_journal(seed=0, val_accuracy=(0.9, 0.9), train_s=(62.0, 60.0), first_step_s=2.0),
        make_journal(seed=1, val_accuracy=(0.9,), train_s=(74.0,), first_step_s=4.0, status="killed"),
    ]
    assert summarize_ledger(journals) == (
        EpochSeconds(epoch=1, steady_s=65.0, first_step_s=3.0, iterator_s=0.0, val_s=3.0, other_s=0.125),
        EpochSeconds(epoch=2, steady_s=60.0, first_step_s=0.0, iterator_s=0.0, val_s=3.0, other_s=0.125),
    )
    assert summarize_ledger([]) == ()


def test_the_wait_for_an_iterator_is_no_training_in_the_ledger(make_journal: MakeJournal) -> None:
    journal = make_journal(val_accuracy=(0.9,), train_s=(62.0,), first_step_s=2.0)
    waited = journal.epochs[0].model_copy(update={"iterator_s": 5.0})
    (seconds,) = summarize_ledger([journal.model_copy(update={"epochs": (waited,)})])
    assert (seconds.steady_s, seconds.first_step_s, seconds.iterator_s, seconds.other_s) == (55.0, 2.0, 5.0, 0.125)
