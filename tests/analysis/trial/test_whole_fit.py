"""Throughput over all of `fit`, against sums done by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.trial.trial_summary import summarize_trial
from bench.store.records import Journal, StepValidation

MakeJournal = Callable[..., Journal]


def whole_fit_throughput(journal: Journal) -> float | None:
    return summarize_trial(journal).whole_fit_throughput


def test_validation_and_the_end_count_and_the_first_step_is_as_long_as_any_other(make_journal: MakeJournal) -> None:
    """Two epochs of 60 s and 2 s for the first 32 examples; 3 s of validation each, and 10 s from then to the end."""
    journal = make_journal(val_accuracy=(0.9, 0.9), train_s=(62.0, 60.0), first_step_s=2.0)
    training_s = 120_000 / (119_968 / 120)
    assert whole_fit_throughput(journal) == pytest.approx(120_000 / (training_s + 6.0 + 10.0))


def test_the_first_validation_counts_as_long_as_the_others_unless_it_is_alone(make_journal: MakeJournal) -> None:
    journal = make_journal(val_accuracy=(0.9, 0.9), train_s=(62.0, 60.0), first_step_s=2.0)
    first, second = journal.epochs
    compiled = journal.model_copy(update={"epochs": (first.model_copy(update={"val_s": 3.5}), second)})
    training_s, ending_s = 120_000 / (119_968 / 120), 9.5  # the total stays, so that the end is shorter
    assert whole_fit_throughput(compiled) == pytest.approx(120_000 / (training_s + 6.0 + ending_s))
    alone = make_journal(val_accuracy=(0.9,), train_s=62.0, first_step_s=2.0)
    assert whole_fit_throughput(alone) == pytest.approx(60_000 / (60_000 / (59_968 / 60) + 3.0 + 13.125))


def test_validations_within_an_epoch_are_the_benchmarks_and_the_first_of_them_compiles(
    make_journal: MakeJournal,
) -> None:
    journal = make_journal(val_accuracy=(0.9, 0.9), train_s=(62.0, 60.0), first_step_s=2.0)
    within = tuple(
        StepValidation(num_steps=steps, train_s=steps / 50, val_s=0.5, val_loss=0.1, val_accuracy=0.8)
        for steps in (100, 200)
    )
    epochs = tuple(epoch.model_copy(update={"validations": within}) for epoch in journal.epochs)
    looked = journal.model_copy(update={"epochs": epochs})
    training_s, ending_s = 120_000 / (119_968 / 120), 8.0  # the total stays, so that the end is shorter
    assert whole_fit_throughput(looked) == pytest.approx(120_000 / (training_s + 6.0 + ending_s))


def test_without_an_end_or_a_throughput_there_is_none(make_journal: MakeJournal) -> None:
    assert whole_fit_throughput(make_journal(status="timeout")) is None
    assert whole_fit_throughput(make_journal(status=None)) is None
    assert whole_fit_throughput(make_journal(val_accuracy=(), train_s=())) is None
