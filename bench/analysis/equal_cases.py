"""Cases that are two by their settings and one by what they computed: a setting that changed nothing is no setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.networks.registry import original_of
from bench.plan.case import Case
from bench.settings import TABLE
from bench.store.records import EpochEvent, Journal

JournalsBySeed = Mapping[int, Journal]
_FUNCTION = tuple(name for name, setting in TABLE.items() if setting.is_function and name != "model")


def group_equal_cases(trials: Mapping[Case, JournalsBySeed]) -> tuple[tuple[Case, ...], ...]:
    """Return the cases in groups that are bit-equal, each in the order of `trials`; most groups are of one case.

    Two cases are bit-equal where a setting that changes the trained function differs, and yet the losses and the
    training accuracy of all epochs that both finished are the same to the last bit on every seed that both have. (A
    validation accuracy may differ by an example whose two largest outputs tie under one of them.) Settings that change
    only how a network is run, and its faster twin, may well leave the losses as they are, so that such cases are never
    one group.
    """
    groups: list[list[Case]] = []
    for case, by_seed in trials.items():
        same = next((group for group in groups if _are_equal(group[0], trials[group[0]], case, by_seed)), None)
        if same is None:
            groups.append([case])
        else:
            same.append(case)
    return tuple(map(tuple, groups))


def by_seed(journals: Sequence[Journal]) -> JournalsBySeed:
    """Return the journals by seed; of several of one seed the last."""
    return {journal.start.seed: journal for journal in journals}


def _are_equal(a: Case, of_a: JournalsBySeed, b: Case, of_b: JournalsBySeed) -> bool:
    shared = [(of_a[seed].epochs, of_b[seed].epochs) for seed in of_a.keys() & of_b.keys()]
    told = [(x, y) for x, y in shared if x and y]
    if not told or _function(a) == _function(b):
        return False
    pairs = (pair for x, y in told for pair in zip(x, y, strict=False))
    return all(p.loss is not None and _curve(p) == _curve(q) for p, q in pairs)


def _function(case: Case) -> tuple[object, ...]:
    """Return what a case computes: its settings but those that say how."""
    return original_of(case.model), *(getattr(case, name) for name in _FUNCTION)


def _curve(epoch: EpochEvent) -> tuple[float | None, ...]:
    return epoch.loss, epoch.accuracy, epoch.val_loss
