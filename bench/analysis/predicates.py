"""What each predicate of a claim asks of a trial, or of two trials with one seed.

A question that holds or fails on a seed returns True or False, and None where the trial cannot tell: it crashed before,
or its budget ended too early. A question of size returns the paired values.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.target import TargetTime, time_to_target
from bench.analysis.target import reaches as is_reached
from bench.store.records import Journal


def reaches(journal: Journal, target: float, within_epochs: int) -> bool | None:
    """Return whether the trial passed `target` by the end of epoch `within_epochs`."""
    time = time_to_target(journal, target)
    if time.outcome == "hit":
        return time.epochs <= within_epochs
    # A diverged trial would not have come there with more epochs either.
    return False if time.epochs >= within_epochs or journal.status == "diverged" else None


def needs_at_least(journal: Journal, target: float, at_least_epochs: int) -> bool | None:
    """Return whether the trial had not passed `target` before epoch `at_least_epochs`."""
    time = time_to_target(journal, target)
    if time.outcome == "hit":
        return time.epochs >= at_least_epochs
    return True if time.epochs >= at_least_epochs - 1 else None


def stays_below(journal: Journal, limit: float, epochs: int) -> bool | None:
    """Return whether val_accuracy was below `limit` after each of the first `epochs` epochs.

    A figure that was not finite is no accuracy above the limit, and a diverged trial learns nothing any more.
    """
    first = journal.epochs[:epochs]
    if any(is_reached(epoch.val_accuracy, limit) for epoch in first):
        return False
    return True if len(first) == epochs or journal.status == "diverged" else None


def needs_fewer_epochs(a: Journal, b: Journal, target: float) -> bool | None:
    """Return whether trial `a` passed `target` in an earlier epoch than trial `b`; as early is not earlier."""
    return _is_first(time_to_target(a, target), time_to_target(b, target))


def _is_first(a: TargetTime, b: TargetTime) -> bool | None:
    """Compare two times of which either may be censored: a trial that missed is known to need more than its budget."""
    if a.outcome == "hit" and b.outcome == "hit":
        return a.epochs < b.epochs
    if a.outcome == "hit":
        return True if b.epochs >= a.epochs else None
    if b.outcome == "hit":
        # Not before its last epoch: `a` is later than, or at best level with, an epoch after that.
        return False if a.epochs + 1 >= b.epochs else None
    return None


def accuracy_lead(pairs: Sequence[tuple[Journal, Journal]], epoch: int) -> tuple[list[float], list[float]]:
    """Return both sides' val_accuracy after `epoch`, of the pairs that have both."""
    found = [(_val_accuracy(a, epoch), _val_accuracy(b, epoch)) for a, b in pairs]
    known = [(a, b) for a, b in found if a is not None and b is not None]
    return [a for a, _ in known], [b for _, b in known]


def _val_accuracy(journal: Journal, epoch: int) -> float | None:
    return journal.epochs[epoch - 1].val_accuracy if len(journal.epochs) >= epoch else None


def seconds_to_target(
    pairs: Sequence[tuple[Journal, Journal]], target: float
) -> tuple[list[float], list[float], list[bool | None]]:
    """Return both sides' seconds to `target` on the pairs that both passed it, and for each pair whether `a` was first.

    A pair of which one side missed has no ratio, but often an order: a trial that was still short of the target after
    the other's time came later.
    """
    times = [(time_to_target(a, target), time_to_target(b, target)) for a, b in pairs]
    both = [(a.train_s, b.train_s) for a, b in times if a.outcome == b.outcome == "hit" and min(a.train_s, b.train_s)]
    return [a for a, _ in both], [b for _, b in both], [_is_sooner(a, b) for a, b in times]


def _is_sooner(a: TargetTime, b: TargetTime) -> bool | None:
    if a.outcome == "hit" and b.outcome == "hit":
        return a.train_s < b.train_s
    if a.outcome == "hit":
        return True if b.train_s >= a.train_s else None
    if b.outcome == "hit":
        return False if a.train_s >= b.train_s else None
    return None
