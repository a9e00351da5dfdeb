"""Examples per second over all of `fit`: training, validation, and what passes until it returns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.analysis.trial.ledger import TrialLedger
from bench.store.records import EpochEvent, Journal


def whole_fit_throughput(journal: Journal, ledger: TrialLedger, rate: float | None) -> float | None:
    """Return examples per second from the first steps' end to `fit`'s return, of a trial with its ledger and its rate.

    Σ num_examples / (Σ num_examples / `rate` + Σ validation_s + ending_s)

    `rate` is its `fit_throughput`. The first validation, which traces and compiles as the first steps do, is taken to
    last as long as the others. Callbacks, journal and canary between two epochs are left out: they are the benchmark's,
    not the user's. None where a trial did not end ok, and where it has no rate.
    """
    if rate is None or ledger.ending_s is None or journal.status != "ok":
        return None
    num_examples = sum(epoch.num_examples for epoch in journal.epochs)
    return num_examples / (num_examples / rate + _validations_s(journal.epochs) + ledger.ending_s)


def _validations_s(epochs: Sequence[EpochEvent]) -> float:
    """Return the seconds of all validations, had the first lasted as long as the others; where it is alone, its own."""
    first, *others = (val_s for epoch in epochs for val_s in (*(one.val_s for one in epoch.validations), epoch.val_s))
    return math.fsum(others) * (len(others) + 1) / len(others) if others else first
