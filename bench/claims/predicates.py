"""What each predicate of a claim asks of a trial, or of two trials with one seed.

A question that holds or fails on a seed is answered "holds" or "fails"; "open" where a trial ran to the end of a budget
that was too short to tell; and None for a crash alone. An open seed is evidence: a hit tells early and a miss only at
the end, so to drop what is open would drop misses. A question of size returns the paired values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.analysis.trial.time_to_target import is_crash, time_to_target
from bench.analysis.trial.validations import validations
from bench.store.records import Journal

Answer = Literal["holds", "fails", "open"] | None
_OPPOSITES: Mapping[Answer, Answer] = {"holds": "fails", "fails": "holds", "open": "open", None: None}


@dataclass(frozen=True)
class _Arrival:
    """Between when and when a trial comes to a target, in epochs or in seconds; a `latest` of infinity may be never."""

    earliest: float
    latest: float
    crashed: bool


def reaches(journal: Journal, target: float, within_epochs: int) -> Answer:
    """Return whether the trial passes `target` by the end of epoch `within_epochs`."""
    arrival = _in_epochs(journal, target)
    return _answer(arrival.latest <= within_epochs, arrival.earliest > within_epochs, crashed=arrival.crashed)


def needs_at_least(journal: Journal, target: float, at_least_epochs: int) -> Answer:
    """Return whether the trial does not pass `target` before epoch `at_least_epochs`; a diverged one never does."""
    return _OPPOSITES[reaches(journal, target, at_least_epochs - 1)]


def stays_below(journal: Journal, limit: float, epochs: int) -> Answer:
    """Return whether val_accuracy is below `limit` at every validation of the first `epochs` epochs.

    A figure that was not finite is no accuracy above the limit, and a diverged trial learns nothing any more.
    """
    return _OPPOSITES[reaches(journal, limit, epochs)]


def needs_fewer_epochs(a: Journal, b: Journal, target: float) -> Answer:
    """Return whether trial `a` passes `target` in an earlier epoch than trial `b`; as early is not earlier."""
    return _is_first(_in_epochs(a, target), _in_epochs(b, target))


def accuracy_lead(pairs: Sequence[tuple[Journal, Journal]], epoch: int) -> tuple[list[float], list[float]]:
    """Return both sides' val_accuracy after `epoch`, of the pairs that have both; 0 of a trial that had diverged."""
    found = [tuple(or_none_learned(one, val_accuracy_after(one, epoch)) for one in pair) for pair in pairs]
    known = [(a, b) for a, b in found if a is not None and b is not None]
    return [a for a, _ in known], [b for _, b in known]


def or_none_learned(journal: Journal, accuracy: float | None) -> float | None:
    """Return the accuracy, or 0 for a trial that diverged before it had one: it learns nothing any more."""
    return 0.0 if accuracy is None and journal.status == "diverged" else accuracy


def val_accuracy_after(journal: Journal, epoch: int) -> float | None:
    """Return a trial's val_accuracy after `epoch`; None where it did not come so far, or the value was not finite."""
    return journal.epochs[epoch - 1].val_accuracy if len(journal.epochs) >= epoch else None


def accuracy_within(journal: Journal, limit_s: float) -> float | None:
    """Return a trial's val_accuracy after the last epoch that ended within so many seconds of training, or None."""
    num_epochs = sum(train_s <= limit_s for train_s in elapsed_train_s(journal))
    return val_accuracy_after(journal, num_epochs) if num_epochs else None


def elapsed_train_s(journal: Journal) -> list[float]:
    """Return the seconds of training up to the end of each epoch."""
    return list(itertools.accumulate(epoch.train_s for epoch in journal.epochs))


def best_val_accuracy(journal: Journal, within_epochs: int) -> float | None:
    """Return a trial's best val_accuracy at any validation of its first epochs.

    None where it ended before, or none was finite.
    """
    if len(journal.epochs) < within_epochs:
        return None
    within = (one.val_accuracy for one in validations(journal) if one.epoch <= within_epochs)
    return max((accuracy for accuracy in within if accuracy is not None), default=None)


def seconds_to_target(
    pairs: Sequence[tuple[Journal, Journal]], target: float
) -> tuple[list[float], list[float], list[Answer]]:
    """Return both sides' seconds to `target` on the pairs that both passed it, and for each pair whether `a` was first.

    A pair of which one side missed has no ratio, but often an order: a trial that was still short of the target after
    the other's time came later. The same holds of a hit before a first validation: only an upper bound is known. A hit
    came after the validation before the one that saw it: where both sides' may be either's first, the order is open.
    """
    times = [(time_to_target(a, target), time_to_target(b, target)) for a, b in pairs]
    known = [(a, b) for a, b in times if a.outcome == b.outcome == "hit" and not (a.is_bound or b.is_bound)]
    both = [(a.train_s, b.train_s) for a, b in known if min(a.train_s, b.train_s)]
    is_first = [_is_first(_in_seconds(a, target), _in_seconds(b, target)) for a, b in pairs]
    return [a for a, _ in both], [b for _, b in both], is_first


def _in_epochs(journal: Journal, target: float) -> _Arrival:
    time = time_to_target(journal, target)
    if time.outcome == "hit":
        return _Arrival(time.epochs, time.epochs, crashed=False)
    return _late(journal, time.epochs + 1)


def _in_seconds(journal: Journal, target: float) -> _Arrival:
    """Place a hit between the validation that saw it and the one before."""
    time = time_to_target(journal, target)
    if time.outcome == "hit":
        return _Arrival(time.since_s, time.train_s, crashed=False)
    return _late(journal, math.nextafter(time.train_s, math.inf))


def _late(journal: Journal, after: float) -> _Arrival:
    """Place a miss anywhere from `after` on, and a diverged trial at no time at all."""
    earliest = math.inf if journal.status == "diverged" else after
    return _Arrival(earliest, math.inf, crashed=is_crash(journal))


def _is_first(a: _Arrival, b: _Arrival) -> Answer:
    return _answer(a.latest < b.earliest, a.earliest >= b.latest, crashed=a.crashed or b.crashed)


def _answer(holds: bool, fails: bool, *, crashed: bool) -> Answer:
    if holds or fails:
        return "holds" if holds else "fails"
    return None if crashed else "open"
