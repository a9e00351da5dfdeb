"""The speeds and times of two sides of a claim, pair by pair: in turns where both took some, else in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.trial.throughput import fit_epoch_s
from bench.analysis.trial.time_to_target import time_to_target
from bench.analysis.trial.turn_series import both_there, turns_factor
from bench.claims.estimates import Speed, speed_of
from bench.claims.evidence import ClaimSide, in_order
from bench.store.records import Journal

JournalPair = tuple[Journal, Journal]


@dataclass(frozen=True)
class PairedSpeeds:
    """Both sides' values, pair by pair, and the seeds that gave them; for `num_in_turns` see `findings.Effect`."""

    a: Sequence[float]
    b: Sequence[float]
    seeds: Sequence[int]
    num_in_turns: int | None


def pair_speeds(a: ClaimSide, b: ClaimSide, seeds: Sequence[int], speed: Speed) -> PairedSpeeds:
    """Return one speed of the seeds on which both sides have it.

    Where some took turns the pairs are of one seed, and their ratio is that of the turns; else of neighbours in time.
    """
    known = [seed for seed in seeds if speed_of(speed, a.by_seed[seed]) and speed_of(speed, b.by_seed[seed])]
    pairs = [(a.by_seed[seed], b.by_seed[seed]) for seed in known]
    factors = [turns_factor(one, other) for one, other in pairs]
    if any(factors):
        exponent = -1 if speed is fit_epoch_s else 1
        of_a = _values(speed, [one for one, _ in pairs])
        over = [value * (factor or 1.0) ** exponent for value, factor in zip(of_a, factors, strict=True)]
        under = _values(speed, [other for _, other in pairs])
    else:
        over, under = (_values(speed, in_order(side.by_seed[seed] for seed in known)) for side in (a, b))
    return PairedSpeeds(over, under, known, sum(map(bool, factors)) if any_took_turns(pairs) else None)


def count_in_turns(pairs: Sequence[JournalPair], target: float) -> int | None:
    """Return how many pairs trained in turns until both had come to a target; None where no trial took turns."""
    if not any_took_turns(pairs):
        return None
    ends = [(time_to_target(a, target), time_to_target(b, target)) for a, b in pairs]
    return sum(
        of_a.outcome == of_b.outcome == "hit" and both_there(a, b, of_a.epochs, of_b.epochs)
        for (a, b), (of_a, of_b) in zip(pairs, ends, strict=True)
    )


def any_took_turns(pairs: Sequence[JournalPair]) -> bool:
    """Tell whether any of the trials took turns, with whomever."""
    return any(journal.start.in_turns for pair in pairs for journal in pair)


def _values(speed: Speed, journals: Sequence[Journal]) -> list[float]:
    return [value for journal in journals if (value := speed_of(speed, journal))]
