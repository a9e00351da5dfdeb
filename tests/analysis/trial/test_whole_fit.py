"""Throughput over all of `fit`, against sums done by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.trial.whole_fit import whole_fit_throughput
from bench.store.records import Journal

MakeJournal = Callable[..., Journal]


def test_validation_and_the_end_count_and_the_first_step_is_as_long_as_any_other(make_journal: MakeJournal) -> None:
    """Two epochs of 60 s and 2 s for the first 32 examples; 3 s of validation each, and 10 s from then to the end."""
    journal = make_journal(val_accuracy=(0.9, 0.9), train_s=(62.0, 60.0), first_step_s=2.0)
    training_s = 120_000 / (119_968 / 120)
    assert whole_fit_throughput(journal) == pytest.approx(120_000 / (training_s + 6.0 + 10.0))


def test_without_an_end_or_a_throughput_there_is_none(make_journal: MakeJournal) -> None:
    assert whole_fit_throughput(make_journal(status="timeout")) is None
    assert whole_fit_throughput(make_journal(status=None)) is None
    assert whole_fit_throughput(make_journal(val_accuracy=(), train_s=())) is None
