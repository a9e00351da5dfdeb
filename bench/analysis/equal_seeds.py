"""Trials of several seeds that are one by what they computed: a network that sets a seed of its own has no others.

As measurements of time such trials are as good as any; as evidence on accuracy they are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.store.records import Journal

Curve = tuple[tuple[float | None, ...], ...]
Curves = tuple[Curve | None, ...]  # of one seed, a curve a case


def distinct_seeds(journals: Sequence[Journal]) -> list[Journal]:
    """Return a case's journals without those whose curves equal an earlier one's to the last bit.

    Compared are losses and accuracies of all epochs. Trials without an epoch, or whose loss was not finite, all stay.
    """
    seen: set[Curves] = set()
    return [journal for journal in journals if not _is_repeated((_curve(journal),), seen)]


def repeated_seeds(sides: Sequence[Mapping[int, Journal]]) -> frozenset[int]:
    """Return the seeds on which every case, as its journals by seed, computed what it did on one earlier seed."""
    seen: set[Curves] = set()
    shared = sorted(set.intersection(*(set(side) for side in sides)))
    return frozenset(seed for seed in shared if _is_repeated(tuple(_curve(side[seed]) for side in sides), seen))


def _curve(journal: Journal) -> Curve | None:
    curve = tuple((e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in journal.epochs)
    return curve if curve and all(epoch[0] is not None for epoch in curve) else None


def _is_repeated(curves: Curves, seen: set[Curves]) -> bool:
    """Tell whether the curves were all told before, together; and remember them."""
    is_seen = None not in curves and curves in seen
    seen.add(curves)
    return is_seen
