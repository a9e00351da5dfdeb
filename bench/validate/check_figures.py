"""A trial's figures against each other: whole where it says that it is, shares that are some, seconds that add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.analysis.trial.ledger import trial_ledger
from bench.store.records import EpochEvent, Journal
from bench.store.run_folder import TRIALS_FOLDER
from bench.validate.flaws import Flaw, FlawCode

_ROUNDING_S = 1e-3  # of a sum of some thousand clock readings
# What a trial may spend outside all parts of its ledger, which is nearly all after its last epoch: TensorFlow takes an
# input down for seconds. Of the published trials the most is 48 s of 695 s, and 5 s of 26 s.
_LIMIT_S, _LIMIT_SHARE = 10.0, 0.2


def check_figures(journal: Journal, where: str) -> Iterator[Flaw]:
    """Yield every figure of a trial that another one contradicts."""
    if journal.warnings:
        yield Flaw(FlawCode.TORN, where, {"why": journal.warnings[0].partition(": ")[2]})
    yield from _check_whole(journal, where)
    for epoch in journal.epochs:
        yield from _check_shares(epoch, where)
        if epoch.step_s is not None and not _is_ordered(epoch):
            yield Flaw(FlawCode.QUANTILES, where, {"epoch": epoch.epoch})
    yield from _check_seconds(journal, where)


def check_copies(journals: Iterable[Journal]) -> Iterator[Flaw]:
    """Yield each trial whose epochs took the seconds of an earlier one: a copy under another name."""
    first: dict[tuple[float, ...], str] = {}
    for journal in journals:
        seconds = tuple(epoch.train_s for epoch in journal.epochs)
        other = first.setdefault(seconds, journal.source)
        if any(seconds) and other != journal.source:
            yield Flaw(FlawCode.COPIED, f"{TRIALS_FOLDER}/{journal.source}", {"other": other})


def _check_whole(journal: Journal, where: str) -> Iterator[Flaw]:
    """Yield what a trial lacks that ended ok, or has beyond its budget."""
    budget, done = journal.start.case.epochs, len(journal.epochs)
    if done > budget or (journal.status == "ok" and done < budget):
        yield Flaw(FlawCode.NOT_WHOLE, where, {"what": "epochs", "expected": budget, "received": done})
    if journal.epochs and journal.built is None:
        yield Flaw(FlawCode.NOT_WHOLE, where, {"what": "built", "expected": 1, "received": 0})
    if journal.status != "ok":
        return
    if journal.end is not None and journal.end.num_epochs != done:
        yield Flaw(FlawCode.NOT_WHOLE, where, {"what": "end", "expected": done, "received": journal.end.num_epochs})
    num_train = journal.start.data.num_train
    others = sorted({epoch.num_examples for epoch in journal.epochs} - {num_train})
    if others:
        yield Flaw(FlawCode.NOT_WHOLE, where, {"what": "examples", "expected": num_train, "received": others[0]})


def _check_shares(epoch: EpochEvent, where: str) -> Iterator[Flaw]:
    within = [("val_accuracy within the epoch", one.val_accuracy) for one in epoch.validations]
    for name, value in [("accuracy", epoch.accuracy), ("val_accuracy", epoch.val_accuracy), *within]:
        if value is not None and not 0 <= value <= 1:
            yield Flaw(FlawCode.NO_SHARE, where, {"epoch": epoch.epoch, "name": name, "received": value})


def _is_ordered(epoch: EpochEvent) -> bool:
    steps = epoch.step_s
    return steps is None or (
        steps.p05 <= steps.p50 <= steps.p95 <= steps.maximum and steps.maximum <= epoch.train_s + _ROUNDING_S
    )


def _check_seconds(journal: Journal, where: str) -> Iterator[Flaw]:
    """Compare the ledger's parts with the trial's wall time.

    Where a trial ended as it should, little of its time may be in no part: seconds that were taken out of its epochs
    would stand there.
    """
    total_s = journal.end.total_s if journal.end else None
    if total_s is None:
        return
    ledger = trial_ledger(journal)
    if ledger.total_s > total_s + _ROUNDING_S:
        yield Flaw(FlawCode.PARTS_EXCEED, where, {"parts_s": ledger.total_s, "total_s": total_s})
    limit_s = _LIMIT_S + _LIMIT_SHARE * total_s
    if journal.status == "ok" and (ledger.ending_s or 0.0) > limit_s:
        data = {"unaccounted_s": ledger.ending_s or 0.0, "total_s": total_s, "limit_s": limit_s}
        yield Flaw(FlawCode.UNACCOUNTED, where, data)
