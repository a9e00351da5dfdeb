"""Trials of several seeds that are one by what they computed: a network that sets a seed of its own has no others."""

from __future__ import annotations

from collections.abc import Sequence

from bench.store.records import Journal


def distinct_seeds(journals: Sequence[Journal]) -> list[Journal]:
    """Return a case's journals without those whose curves equal an earlier one's to the last bit.

    Compared are losses and accuracies of all epochs. As measurements of time such trials are as good as any; as
    evidence on accuracy they are one. Trials without an epoch, or whose loss was not finite, all stay.
    """
    kept: list[Journal] = []
    seen: set[tuple[tuple[float | None, ...], ...]] = set()
    for journal in journals:
        curve = tuple((e.loss, e.accuracy, e.val_loss, e.val_accuracy) for e in journal.epochs)
        is_told = bool(curve) and all(epoch[0] is not None for epoch in curve)
        if not is_told or curve not in seen:
            kept.append(journal)
        seen.add(curve)
    return kept
