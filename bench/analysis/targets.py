"""Which targets a report is about, which one is the primary, and what always answering the largest class reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.analysis.trial.time_to_target import TARGET_SWEEP
from bench.store.records import Journal

_TARGET_DIGITS = 3
_USUAL_TARGET = 0.9  # where a suite names none


@dataclass(frozen=True)
class Targets:
    """Validation accuracies between 0 and 1, each above what always answering the largest class reaches.

    Attributes:
        wanted: of those asked for, ascending.
        sweep: of `TARGET_SWEEP`.
        primary: the first one asked for that is wanted, which headlines and the page are about; None where none is.
    """

    wanted: tuple[float, ...]
    sweep: tuple[float, ...]
    primary: float | None


def choose_targets(
    asked: Sequence[float] | None, of_suite: Sequence[float] | None, journals: Sequence[Journal]
) -> Targets:
    """Return a report's targets: those asked for, or else the suite's, or else a usual one and `TARGET_SWEEP`.

    Those that always answering the largest class reaches in every trial are left out. Where none is left, there is
    one halfway to 1.
    """
    asked = (of_suite or (_USUAL_TARGET, *TARGET_SWEEP)) if asked is None else tuple(asked)
    floor = min((journal.start.data.majority_accuracy or 0.0 for journal in journals), default=0.0)
    wanted = _above(sorted(set(asked)), floor)
    primary = next((target for target in (*asked, *wanted) if target in wanted), None)
    return Targets(wanted, _above(TARGET_SWEEP, floor), primary)


def _above(targets: Iterable[float], floor: float) -> tuple[float, ...]:
    """Return the targets above the floor, or one halfway to 1 where none is."""
    asked = tuple(targets)
    kept = tuple(target for target in asked if target > floor)
    return (round((1 + floor) / 2, _TARGET_DIGITS),) if asked and not kept else kept


def largest_class_accuracy(journals: Sequence[Journal]) -> float | None:
    """Return the validation accuracy of always answering the largest class, where all trials share it."""
    shares = {journal.start.data.majority_accuracy for journal in journals}
    return shares.pop() if len(shares) == 1 else None
