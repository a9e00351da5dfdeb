"""What the rows of a hardware report say of each other: cost ratios, crossovers, scaling, agreement of curves."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from bench.analysis.trial.throughput import fit_throughput, steady_throughput
from bench.hardware.agreement import compare_curves
from bench.hardware.crossover import Crossing, find_crossings
from bench.hardware.hardware_types import CostRatio, Crossover, CurvePair, HardwareRow, Place, ThreadScaling
from bench.hardware.ratios import ratio_of_speeds
from bench.hardware.scaling import ScalingPoint, summarize_scaling
from bench.plan.case import Case
from bench.settings import OF_THE_NETWORK
from bench.store.records import Journal

JournalsOf = Mapping[tuple[Place, Case], Sequence[Journal]]
# What cases may differ in that are compared over batch sizes; the examples often follow the batch.
_OF_A_CURVE = OF_THE_NETWORK | {"batch_size", "train_size", "device"}
JournalsBySize = Mapping[int, Sequence[Journal]]  # of one network at one place, by batch size


def find_cost_ratios(rows: Sequence[HardwareRow], journals: JournalsOf) -> tuple[CostRatio, ...]:
    """Return the cost per example of each recurrent network over each convolutional one, wherever both ran.

    Cost is seconds per example as `fit` costs, so the ratio is the inverse of those throughputs'.
    """
    groups: defaultdict[Hashable, list[HardwareRow]] = defaultdict(list)
    for row in rows:
        groups[row.place, _without(row.case, OF_THE_NETWORK)].append(row)
    found = []
    for group in groups.values():
        for a, b in itertools.product(group, group):
            if (a.family, b.family) != ("recurrent", "convolutional"):
                continue
            ratio = ratio_of_speeds(journals[b.place, b.case], journals[a.place, a.case], fit_throughput)
            if ratio is not None:
                place = (a.place, a.variant, b.variant, a.case.batch_size)
                found.append(CostRatio(*place, ratio.interval, ratio.is_decided, ratio.num_in_turns))
    return tuple(sorted(found, key=lambda one: (one.recurrent, one.convolutional)))


def find_crossovers(
    rows: Sequence[HardwareRow], journals: JournalsOf, reference: Place | None
) -> tuple[Crossover, ...]:
    """Return where over batch sizes one place overtakes another, and where one network overtakes another.

    Places are compared with the reference and with the other devices of their machine: all pairs of a dozen machines
    would hide the few that anyone chooses between.
    """
    curves = _curves(rows, journals)
    return (*_between_places(curves, reference), *_between_models(curves, rows))


def _curves(rows: Sequence[HardwareRow], journals: JournalsOf) -> Mapping[tuple[str, Place], JournalsBySize]:
    """Return the trials by batch size of each variant at each place that has a throughput."""
    curves: defaultdict[tuple[str, Place], defaultdict[int, list[Journal]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.fit_throughputs:
            # Cases of several budgets are one to a curve.
            curves[row.variant, row.place][row.case.batch_size] += journals[row.place, row.case]
    return curves


def _between_places(curves: Mapping[tuple[str, Place], JournalsBySize], reference: Place | None) -> Iterator[Crossover]:
    for (variant, a), (other, b) in itertools.combinations(curves, 2):
        if variant == other and (a.machine == b.machine or reference in (a, b)):
            for crossing, is_clear in _cross(curves[variant, a], curves[variant, b]):
                yield Crossover("places", variant, a, b, crossing, is_clear)


def _between_models(
    curves: Mapping[tuple[str, Place], JournalsBySize], rows: Sequence[HardwareRow]
) -> Iterator[Crossover]:
    families = {row.variant: row.family for row in rows}
    settings = {row.variant: _without(row.case, _OF_A_CURVE) for row in rows}
    for (a, place), (b, other) in itertools.product(curves, curves):
        is_asked = (families[a], families[b]) == ("recurrent", "convolutional")
        if place == other and is_asked and settings[a] == settings[b]:
            for crossing, is_clear in _cross(curves[a, place], curves[b, place]):
                yield Crossover("models", place, a, b, crossing, is_clear)


def _cross(a: JournalsBySize, b: JournalsBySize) -> Iterator[tuple[Crossing, bool]]:
    """Yield where the ratio of two curves is 1, and whether ratios on both sides of it surely say so.

    The nearest sizes at which a ratio is decided stand for the two next to it: in between it is too near 1 to be told.
    Where it is 1 several times between these, they say so once.
    """
    found = {size: ratio_of_speeds(a[size], b[size], fit_throughput) for size in sorted(a.keys() & b.keys())}
    ratios = {size: ratio for size, ratio in found.items() if ratio is not None}
    surely = {size: ratio.interval.value > 1 for size, ratio in ratios.items() if ratio.is_decided}
    told_up_to = 0
    for crossing in find_crossings({size: ratio.interval.value for size, ratio in ratios.items()}):
        if crossing.x < told_up_to:
            continue
        before = max((size for size in surely if size <= crossing.before), default=None)
        after = min((size for size in surely if size >= crossing.after), default=None)
        if before is None or after is None or (surely[before], surely[after]) != _leads_around(crossing):
            yield crossing, False
        else:
            told_up_to = after
            yield replace(crossing, before=before, after=after), True


def _leads_around(crossing: Crossing) -> tuple[bool, bool]:
    """Tell whether `a` leads before and after."""
    return crossing.a_leads_before, not crossing.a_leads_before


def scale_over_threads(rows: Sequence[HardwareRow], journals: JournalsOf) -> tuple[ThreadScaling, ...]:
    """Return the strong scaling of each case's steps that ran on several numbers of threads of one machine."""
    groups: defaultdict[tuple[str, str, int], defaultdict[int, list[HardwareRow]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        kind, _, number = row.place.device.partition(":")
        if kind == "cpu" and number and row.throughputs:
            groups[row.place.machine, row.variant, row.case.batch_size][int(number)].append(row)
    scalings = (ThreadScaling(*key, _scale(found, journals)) for key, found in groups.items())
    return tuple(scaling for scaling in scalings if scaling.points)


def _scale(rows: Mapping[int, Sequence[HardwareRow]], journals: JournalsOf) -> tuple[ScalingPoint, ...]:
    trials = {number: [one for row in found for one in journals[row.place, row.case]] for number, found in rows.items()}
    throughputs = {number: [value for row in found for value in row.throughputs] for number, found in rows.items()}
    base = trials[min(trials)]
    ratios = {number: ratio_of_speeds(found, base, steady_throughput) for number, found in trials.items()}
    return summarize_scaling(throughputs, {number: ratio for number, ratio in ratios.items() if ratio is not None})


def compare_accuracies(
    rows: Sequence[HardwareRow],
    journals: JournalsOf,
    reference: Place | None,
) -> tuple[CurvePair, ...]:
    """Return how each seed's curve at each place compares with the same seed's at the reference.

    Where the reference did not run a case, the first place that did stands for it. Curves of different data are not
    compared.
    """
    groups: defaultdict[Hashable, list[tuple[Place, HardwareRow, Journal]]] = defaultdict(list)
    for row in rows:
        for journal in journals[row.place, row.case]:
            key = (_without(row.case, frozenset({"device"})), journal.start.seed, journal.start.data.sha256)
            groups[key].append((row.place, row, journal))
    pairs = []
    for group in groups.values():
        base = next((one for one in group if one[0] == reference), group[0])
        pairs += [pair for other in group if other[0] != base[0] and (pair := _pair(base, other)) is not None]
    return tuple(pairs)


def _pair(a: tuple[Place, HardwareRow, Journal], b: tuple[Place, HardwareRow, Journal]) -> CurvePair | None:
    (place_a, row, journal_a), (place_b, _, journal_b) = a, b
    agreement = compare_curves(
        [epoch.val_accuracy for epoch in journal_a.epochs],
        [epoch.val_accuracy for epoch in journal_b.epochs],
        journal_a.start.data.num_test,
    )
    if agreement is None:
        return None
    return CurvePair(row.variant, row.case.batch_size, journal_a.start.seed, place_a, place_b, agreement)


def _without(case: Case, fields: frozenset[str]) -> Hashable:
    return tuple((name, value) for name, value in case if name not in fields)
