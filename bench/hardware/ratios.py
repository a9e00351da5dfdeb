"""The ratio of two cells' speeds: seed by seed in the turns that both had, else of two separate sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.paired import paired_ratio
from bench.analysis.statistics.unpaired import summarize_ratio, unpaired_ratio
from bench.analysis.trial.turn_series import turns_factors
from bench.plan.case import Case
from bench.store.records import EpochEvent, Journal

Speed = Callable[[Case, Sequence[EpochEvent]], float | None]


@dataclass(frozen=True)
class SpeedRatio:
    """A ratio with the bounds that tables show; `is_decided` where the 95 % interval leaves 1 out.

    `num_in_turns` is the number of its pairs that took turns, all or none; None where no trial of either side took any.
    """

    interval: Interval
    is_decided: bool
    num_in_turns: int | None


def ratio_of_speeds(a: Sequence[Journal], b: Sequence[Journal], speed: Speed) -> SpeedRatio | None:
    """Return the ratio a / b of a throughput; None where a side has none.

    In pairs of one seed where the trials of every seed that both sides have took turns with each other.
    """
    any_turns = any(journal.start.in_turns for journal in (*a, *b))
    paired = _in_turns(a, b, speed) if any_turns else None
    if paired is not None:
        return SpeedRatio(paired, paired.excludes(1.0), paired.n)
    values_a, values_b = speeds(a, speed), speeds(b, speed)
    shown, tested = summarize_ratio(values_a, values_b), unpaired_ratio(values_a, values_b)
    if shown is None or tested is None:
        return None
    return SpeedRatio(shown, tested.excludes(1.0), 0 if any_turns else None)


def speeds(journals: Sequence[Journal], speed: Speed) -> list[float]:
    """Return each trial's throughput; one that has none is left out."""
    found = (speed(journal.start.case, journal.epochs) for journal in journals)
    return [value for value in found if value is not None]


def _in_turns(a: Sequence[Journal], b: Sequence[Journal], speed: Speed) -> Interval | None:
    """Return the ratio over the seeds that both sides have; None where some took no turns, or a seed came twice."""
    of_a, of_b = _by_seed(a, speed), _by_seed(b, speed)
    factors, seeds = turns_factors(a, b), sorted(of_a.keys() & of_b.keys())
    is_twice = len(of_a) < len(speeds(a, speed)) or len(of_b) < len(speeds(b, speed))
    if is_twice or not seeds or set(seeds) - factors.keys():
        return None
    return paired_ratio([of_a[seed] * factors[seed] for seed in seeds], [of_b[seed] for seed in seeds])


def _by_seed(journals: Sequence[Journal], speed: Speed) -> dict[int, float]:
    found = {journal.start.seed: speed(journal.start.case, journal.epochs) for journal in journals}
    return {seed: value for seed, value in found.items() if value is not None}
