"""What the turns of two trials say of their speeds: both were slowed alike by whatever else the machine did."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.statistics.turn_ratio import TurnSeries, ratio_in_turns
from bench.analysis.trial.throughput import steady_throughput
from bench.store.records import EpochEvent, Journal

MIN_TURNS = 5  # on each side: of fewer the trimmed mean is one of two or three


def collect_turns(epochs: Sequence[EpochEvent]) -> TurnSeries:
    """Return the turns of all epochs in order; none for a trial that had the machine to itself."""
    turns = [epoch.turns for epoch in epochs if epoch.turns is not None]
    return TurnSeries(
        numbers=[number for each in turns for number in each.numbers],
        seconds=[seconds for each in turns for seconds in each.seconds],
        examples=[examples for each in turns for examples in each.examples],
    )


def shared_turns(journal: Journal) -> bool:
    """Tell whether a trial trained beside any other in turns.

    One whose partners all failed before it began did not, though it was started with them. Where an epoch has too few
    steps for a turn that is kept, somebody must have been there at its end.
    """
    start = journal.start.in_turns
    epochs = [epoch.turns for epoch in journal.epochs if epoch.turns is not None]
    return start is not None and any(each.numbers or len(each.gone) < len(start.trials) - 1 for each in epochs)


def took_turns(a: Journal, b: Journal) -> bool:
    """Tell whether two trials took turns with each other."""
    of_a, of_b = a.start.in_turns, b.start.in_turns
    return of_a is not None and of_b is not None and of_a.trials == of_b.trials and of_a.slot != of_b.slot


def turns_factor(a: Journal, b: Journal) -> float | None:
    """Return what to multiply the ratio of throughputs a / b with, so that it is that of the turns which both had.

    It takes out what happened to the machine while one of the two had it. The steady throughputs' ratio becomes the
    turns' own, the trimmed mean of `bench.analysis.statistics.turn_ratio`; a ratio of throughputs as `fit` costs keeps
    each side's share of its iterator, which is in no turn. Divide a ratio of seconds by it.

    None where the two took no turns with each other, or fewer than `MIN_TURNS`, or have no throughput.
    """
    if not took_turns(a, b) or a.start.in_turns is None:
        return None
    found = ratio_in_turns(collect_turns(a.epochs), collect_turns(b.epochs), len(a.start.in_turns.trials))
    throughputs = [steady_throughput(journal.start.case, journal.epochs) for journal in (a, b)]
    if found is None or found.num_turns < MIN_TURNS or not all(throughputs):
        return None
    of_a, of_b = (throughput or 0.0 for throughput in throughputs)
    return found.typical * of_b / of_a


def turns_factors(a: Sequence[Journal], b: Sequence[Journal]) -> dict[int, float]:
    """Return `turns_factor` by seed, of the seeds on which two cases took turns with each other."""
    others = {journal.start.seed: journal for journal in b}
    pairs = [(journal, others[journal.start.seed]) for journal in a if journal.start.seed in others]
    return {one.start.seed: factor for one, other in pairs if (factor := turns_factor(one, other)) is not None}


def both_there(a: Journal, b: Journal, epoch_a: int, epoch_b: int) -> bool:
    """Tell whether two trials took turns up to the end of these epochs of theirs, so that neither trained alone."""
    if not took_turns(a, b):
        return False
    return _is_there(b, a, epoch_a) and _is_there(a, b, epoch_b)


def _is_there(one: Journal, other: Journal, epoch: int) -> bool:
    """Tell whether `one` had not ended when `other` ended an epoch, counted from 1."""
    turns = other.epochs[epoch - 1].turns
    return turns is not None and one.start.in_turns is not None and one.start.in_turns.slot not in turns.gone
