"""Examples per second over all of `fit`: training, validation, and what passes until it returns."""

from __future__ import annotations

from bench.analysis.trial.ledger import trial_ledger
from bench.analysis.trial.throughput import fit_throughput
from bench.store.records import Journal


def whole_fit_throughput(journal: Journal) -> float | None:
    """Return examples per second from the first steps' end to `fit`'s return.

    Σ num_examples / (Σ num_examples / `fit_throughput` + Σ validation_s + ending_s)

    Callbacks, journal and canary between two epochs are left out: they are the benchmark's, not the user's. None where
    a trial did not end ok, and where it has no throughput.
    """
    rate = fit_throughput(journal.start.case, journal.epochs)
    ledger = trial_ledger(journal)
    if rate is None or ledger.ending_s is None or journal.status != "ok":
        return None
    num_examples = sum(epoch.num_examples for epoch in journal.epochs)
    return num_examples / (num_examples / rate + ledger.val_s + ledger.ending_s)
