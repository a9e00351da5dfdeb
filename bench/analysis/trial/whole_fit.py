"""Examples per second over all of `fit`: training, validation, and what passes until it returns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.analysis.trial.ledger import TrialLedger
from bench.store.records import EpochEvent, Journal


def whole_fit_throughput(journal: Journal, ledger: TrialLedger, rate: float | None) -> float | None:
    """Return examples per second from the first steps' end to `fit`'s return, of a trial with its ledger and its rate.

    Σ num_examples / (Σ num_examples / `rate` + Σ val_s + ending_s)

    `rate` is its `fit_throughput`. Validations are those at the ends of epochs, which `fit` makes itself; those within,
    callbacks, journal and canary are the benchmark's, not the user's. The first of all, which traces and compiles as
    the first steps do, is taken to last as long as the others. None where a trial did not end ok, and where it has no
    rate.
    """
    if rate is None or ledger.ending_s is None or journal.status != "ok":
        return None
    num_examples = sum(epoch.num_examples for epoch in journal.epochs)
    return num_examples / (num_examples / rate + _validations_s(journal.epochs) + ledger.ending_s)


def _validations_s(epochs: Sequence[EpochEvent]) -> float:
    """Return the seconds of the validations at the ends of epochs, without what the first of all takes to compile.

    Where that one is at the end of an epoch, it is taken to last as long as the others; its own where it is alone.
    """
    at_ends = [epoch.val_s for epoch in epochs]
    others = at_ends[1:]
    if epochs[0].validations or not others:
        return math.fsum(at_ends)
    return math.fsum(others) * len(at_ends) / len(others)
