"""Steady throughput and throughput as `fit` costs, against sums done by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.trial.throughput import (
    achieved_flops_per_s,
    fit_epoch_s,
    fit_throughput,
    steady_epoch_s,
    steady_throughput,
)
from bench.plan.case import Case
from bench.store.records import EpochEvent, Journal

CASE = Case(model="lstm", epochs=3)


def test_throughput_leaves_out_the_first_step_and_validation(make_journal: Callable[..., Journal]) -> None:
    # (3 × 60,000 − 32) examples in (62 + 60 + 60 − 2) seconds; validation's 9 s are nowhere.
    journal = make_journal(train_s=(62.0, 60.0, 60.0), first_step_s=2.0)
    assert steady_throughput(CASE, journal.epochs) == pytest.approx(179_968 / 180)


def test_throughput_is_a_ratio_of_totals_and_no_mean_of_rates(make_journal: Callable[..., Journal]) -> None:
    journal = make_journal(val_accuracy=(0.9, 0.9), train_s=(10.0, 30.0), first_step_s=None, num_examples=300)
    assert steady_throughput(CASE, journal.epochs) == 15.0  # the mean of 30 and 10 per second would say 20


def test_every_first_step_is_left_out_where_a_ragged_batch_traced_again(make_journal: Callable[..., Journal]) -> None:
    first, second = make_journal(val_accuracy=(0.9, 0.9), train_s=20.0, num_examples=1_000).epochs
    second = second.model_copy(update={"first_step_s": 5.0, "first_step_examples": 8})
    assert steady_throughput(CASE, (first, second)) == pytest.approx((2_000 - 32 - 8) / (40 - 2 - 5))


def test_the_wait_for_an_epochs_iterator_is_in_what_fit_costs_and_not_in_the_steady_rate(
    make_journal: Callable[..., Journal],
) -> None:
    first, second = make_journal(val_accuracy=(0.9, 0.9), train_s=20.0, num_examples=1_000).epochs
    second = second.model_copy(update={"iterator_s": 8.0})
    assert steady_throughput(CASE, (first, second)) == pytest.approx((2_000 - 32) / (40 - 2 - 8))
    assert fit_throughput(CASE, (first, second)) == pytest.approx((2_000 - 32) / (40 - 2))


def test_an_epochs_seconds_are_those_of_all_its_examples_at_the_rate(make_journal: Callable[..., Journal]) -> None:
    """A first call of eight steps is an eighth of the first epoch: the rate is of 1,875 examples in 60 s."""
    epochs = make_journal(
        val_accuracy=(0.9, 0.9), train_s=(33.0, 30.0), first_step_s=3.0, first_step_examples=125, num_examples=1_000
    ).epochs
    epochs = (epochs[0], epochs[1].model_copy(update={"iterator_s": 6.0}))
    assert fit_epoch_s(CASE, epochs) == pytest.approx(1_000 / (1_875 / 60))
    assert steady_epoch_s(CASE, epochs) == pytest.approx(1_000 / (1_875 / 54))
    assert steady_epoch_s(CASE, ()) is None
    one_step = make_journal(val_accuracy=(0.5,), train_s=3.0, first_step_s=2.9, first_step_examples=60_000)
    assert steady_epoch_s(CASE, one_step.epochs) is None  # the gap between first steps is no epoch


def test_deterministic_operations_have_no_speed(make_journal: Callable[..., Journal]) -> None:
    epochs, exact = make_journal().epochs, CASE.model_copy(update={"deterministic": True})
    for speed in (steady_throughput, fit_throughput, steady_epoch_s, fit_epoch_s):
        assert speed(CASE, epochs) is not None
        assert speed(exact, epochs) is None


@pytest.mark.parametrize(
    ("train_s", "first_step_s", "num_examples"),
    [(0.0, None, 100), (0.0, 0.0, 100), (2.0, 2.0, 100), (2.0, 1.5, 32)],
    ids=["no time passed", "zero first step", "no second left", "a single step"],
)
def test_throughput_does_not_exist_where_nothing_is_left(
    make_journal: Callable[..., Journal], train_s: float, first_step_s: float | None, num_examples: int
) -> None:
    journal = make_journal(val_accuracy=(0.1,), train_s=train_s, first_step_s=first_step_s, num_examples=num_examples)
    assert steady_throughput(CASE, journal.epochs) is None


def test_throughput_of_no_epoch_does_not_exist() -> None:
    epochs: tuple[EpochEvent, ...] = ()
    assert steady_throughput(CASE, epochs) is None


def test_achieved_flops_are_throughput_times_the_flops_of_an_example() -> None:
    assert achieved_flops_per_s(1_000.0, 35_000_000) == 35e9
    assert achieved_flops_per_s(None, 35_000_000) is None
    assert achieved_flops_per_s(1_000.0, None) is None
