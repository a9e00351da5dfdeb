"""One figure of two separate runs against each other: how far B is from A, and whether that is certain.

Values in, a verdict's direction out. A change is judged by its interval against a band of ± delta: wholly beyond, it is
up or down; wholly within, the sides are equivalent; else it is inconclusive, with the number of trials still needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bench.analysis.statistics.interval import (
    CONFIDENCE,
    MIN_FOR_AN_INTERVAL,
    Floats,
    Interval,
    Values,
    mean_interval,
)
from bench.analysis.statistics.paired import check_paired, sign_flip_p
from bench.analysis.statistics.sample_size import More, more_a_side, more_to_decide
from bench.analysis.statistics.unpaired import mann_whitney_p, unpaired_ratio

Direction = Literal["up", "down", "equivalent", "inconclusive"]

# The range of n values holds their median but for 2 / 2ⁿ, and two ranges theirs but for twice that: David and Nagaraja,
# Order Statistics (2003), section 7.1. So many it takes to be sure at 95 % where equal values tell nothing of a spread.
MIN_FOR_A_PAIRED_RANGE = math.ceil(math.log2(2 / (1 - CONFIDENCE)))
MIN_FOR_A_RANGE = MIN_FOR_A_PAIRED_RANGE + 1


@dataclass(frozen=True)
class Change:
    """How B compares to A: `effect` is B / A or B − A.

    `needs` is the fewest trials a side that can decide at all, and `num_more` how many further ones a side would decide
    it, see `bench.analysis.statistics.sample_size`: None if it is decided, or if no number is certain.
    """

    effect: Interval
    p_value: float | None
    direction: Direction
    needs: int
    num_more: More | None


def judge_ratio(a: Values, b: Values, delta: float) -> Change | None:
    """Judge the ratio B / A of two independent sides; None of an empty side.

    The band is from 1 / (1 + delta) to 1 + delta, so that A against B is the mirror of B against A.

    Raises:
        ValueError: for a value that is not above 0.
    """
    effect = unpaired_ratio(b, a)
    if effect is None:
        return None
    if effect.kind == "none" and effect.n >= MIN_FOR_A_RANGE:
        effect = replace(effect, low=float(min(b) / max(a)), high=float(max(b) / min(a)), kind="range")
    direction = _direction(effect, 1 / (1 + delta), 1 + delta)
    needs = _needs(effect, MIN_FOR_A_RANGE)
    more = more_a_side(np.log(a), np.log(b), math.log1p(delta)) if direction == "inconclusive" else None
    return Change(effect, mann_whitney_p(a, b), direction, needs, more)


def judge_difference(a: Sequence[float], b: Sequence[float], delta: float) -> Change | None:
    """Judge the mean of B − A over pairs of one seed, against ± delta; None of no pair.

    Raises:
        ValueError: for sides of different length.
    """
    check_paired(a, b)
    differences = np.subtract(b, a)
    effect = bounded_mean(differences)
    if effect is None:
        return None
    direction = _direction(effect, -delta, delta)
    needs = _needs(effect, MIN_FOR_A_PAIRED_RANGE)
    more = more_to_decide(differences, delta) if direction == "inconclusive" else None
    return Change(effect, sign_flip_p(differences), direction, needs, more)


def bounded_mean(differences: Floats) -> Interval | None:
    """Return the mean over pairs with its 95 % interval, with the range of six or more equal ones; None of no pair."""
    if len(differences) == 0:
        return None
    mean = mean_interval(differences)
    if mean.kind == "none" and mean.n >= MIN_FOR_A_PAIRED_RANGE:
        return replace(mean, low=float(differences.min()), high=float(differences.max()), kind="range")
    return mean


def _direction(effect: Interval, low: float, high: float) -> Direction:
    if effect.low is None or effect.high is None:
        return "inconclusive"
    if effect.low > high:
        return "up"
    if effect.high < low:
        return "down"
    return "equivalent" if low <= effect.low and effect.high <= high else "inconclusive"


def _needs(effect: Interval, for_a_range: int) -> int:
    """Return the fewest values a side that can decide: two for an interval, more where equal values leave none."""
    equal = effect.kind in ("none", "range") and effect.n >= MIN_FOR_AN_INTERVAL
    return for_a_range if equal else MIN_FOR_AN_INTERVAL
