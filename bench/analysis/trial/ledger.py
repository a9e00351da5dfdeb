"""Where a trial's seconds went: the one place that names the parts, which add up to the trial's wall time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from bench.analysis.trial.throughput import steady_train_s
from bench.analysis.trial.validations import validation_s
from bench.store.records import Journal


@dataclass(frozen=True)
class TrialLedger:
    """One trial's seconds, from when its worker's clock began to its end line; no second is in two parts.

    Attributes:
        setup_s: importing, loading the data, building the model and proving its kernel.
        steady_s: steps of training, without the first ones.
        first_steps_s: the steps that paid for tracing and compiling.
        iterator_s: from each epoch's begin to its first step; 0 in older journals without it, whose steps hold it.
        val_s: validation, at the ends of epochs and within them.
        other_s: between two epochs, and between set-up and the first: callbacks, journal, canary.
        ending_s: what is in none of these, nearly all of it between the last epoch's end and the trial's: `fit` returns
            and takes the input down. None where the trial did not tell its total, since its worker was killed.
    """

    setup_s: float
    steady_s: float
    first_steps_s: float
    iterator_s: float
    val_s: float
    other_s: float
    ending_s: float | None

    @property
    def train_s(self) -> float:
        """All seconds of training, as the journal's epochs have them."""
        return self.steady_s + self.first_steps_s + self.iterator_s

    @property
    def total_s(self) -> float:
        """The sum of all parts: the trial's wall time, and without `ending_s` what is known of it."""
        return math.fsum(getattr(self, part.name) or 0.0 for part in fields(self))


def mean_ledger(ledgers: Sequence[TrialLedger]) -> TrialLedger | None:
    """Return the arithmetic mean of each part, so that the parts still add up; None of no trial."""
    if not ledgers:
        return None
    means = {
        part.name: math.fsum(getattr(one, part.name) or 0.0 for one in ledgers) / len(ledgers)
        for part in fields(TrialLedger)
    }
    return TrialLedger(**means)


def trial_ledger(journal: Journal) -> TrialLedger:
    """Return where a trial's seconds went, over the epochs that it finished."""
    built, epochs = journal.built, journal.epochs
    known = TrialLedger(
        setup_s=built.import_s + built.data_s + built.build_s if built else 0.0,
        steady_s=math.fsum(map(steady_train_s, epochs)),
        first_steps_s=math.fsum(epoch.first_step_s or 0.0 for epoch in epochs),
        iterator_s=math.fsum(epoch.iterator_s or 0.0 for epoch in epochs),
        val_s=math.fsum(map(validation_s, epochs)),
        other_s=math.fsum(epoch.other_s for epoch in epochs),
        ending_s=None,
    )
    total_s = journal.end.total_s if journal.end else None
    return known if total_s is None else replace(known, ending_s=max(total_s - known.total_s, 0.0))
