"""What one pair of workers in turns says: the ratio of their costs, from turns that followed each other.

A turn is compared with the next one, of the other side: what neighbours do to the machine then affects both.
Turns are not the unit of replication, whatever their number: what a process is born with lasts all its life, and
between turns it cancels nowhere. Each pair of processes gives one number; the spread over pairs is what counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.analysis.statistics.interval import trimmed_mean

TRIMMED_SHARE = 0.2  # at each end
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TurnSeries:
    """The turns of one side: their numbers, which grow, and the seconds and examples of each."""

    numbers: Sequence[int]
    seconds: Sequence[float]
    examples: Sequence[int]


@dataclass(frozen=True)
class TurnsRatio:
    """How many times as much an example costs on side b as on side a, in one pair of workers.

    Attributes:
        typical: exp of the 20 % trimmed mean of the turns' log ratios: what slows some turns alone does not move it.
        of_sums: the ratio of all paired turns' seconds per example: what slows some turns alone moves it by its share.
        num_turns: how many turns of each side were paired with one of the other.
    """

    typical: float
    of_sums: float
    num_turns: int


def ratio_in_turns(a: TurnSeries, b: TurnSeries, num_workers: int = 2) -> TurnsRatio | None:
    """Return the ratio b / a of the seconds per example in turns that followed each other; None where none did.

    Of more than two workers, others' turns may lie between: a turn is laid beside the other side's in the same round.

    Trimming by 20 % at each end: Wilcox, Introduction to Robust Estimation and Hypothesis Testing (1997), chapter 3.
    """
    pairs = [(i, j) for i, j in pair_turns(a.numbers, b.numbers, num_workers - 1) if _counts(a, i) and _counts(b, j)]
    if not pairs:
        return None
    (seconds_a, examples_a), (seconds_b, examples_b) = _take(a, [i for i, _ in pairs]), _take(b, [j for _, j in pairs])
    logs = np.log(seconds_b / examples_b) - np.log(seconds_a / examples_a)
    of_sums = (seconds_b.sum() / examples_b.sum()) / (seconds_a.sum() / examples_a.sum())
    return TurnsRatio(math.exp(float(trimmed_mean(logs, TRIMMED_SHARE))), float(of_sums), len(pairs))


def pair_turns(a: Sequence[int], b: Sequence[int], max_apart: int = 1) -> list[tuple[int, int]]:
    """Return the places of turns, one of each side, of which one soon follows the other; each once.

    Args:
        a: the numbers of one side's turns, which grow.
        b: those of the other's.
        max_apart: by how much the numbers may differ; 1 for the very next turn.
    """
    turns = sorted(
        [(number, 0, place) for place, number in enumerate(a)] + [(n, 1, place) for place, n in enumerate(b)]
    )
    pairs: list[tuple[int, int]] = []
    last: tuple[int, int, int] | None = None
    for turn in turns:
        if last is not None and turn[0] <= last[0] + max_apart and turn[1] != last[1]:
            pairs.append((last[2], turn[2]) if last[1] == 0 else (turn[2], last[2]))
            last = None
        else:
            last = turn
    return pairs


def _counts(series: TurnSeries, place: int) -> bool:
    """Return whether a turn has a cost: a clock may have seen no time pass."""
    return series.seconds[place] > 0 and series.examples[place] > 0


def _take(series: TurnSeries, places: Sequence[int]) -> tuple[Floats, Floats]:
    seconds, examples = np.asarray(series.seconds, np.float64), np.asarray(series.examples, np.float64)
    return seconds[places], examples[places]
