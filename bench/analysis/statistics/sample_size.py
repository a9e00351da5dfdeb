"""How many further values would tell, for 90 % power: plans for more trials, from what was seen so far.

A plan takes the effect for what it seems. What few values say of an effect's size is little, so that a plan is a range:
from the number for the largest effect that the values do not rule out to that for the smallest, at 80 % between them.
Where that range has no end, for no effect at all is among them, there is no plan; and none below five values.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from bench.analysis.statistics.interval import Values, are_equal, t_quantile, wilson_bounds

Counts = npt.NDArray[np.int64]

POWER = 0.9
MIN_FOR_A_PLAN = 5
_TAIL = 0.1  # of the effects that are left out of the range, on each side
_MAX_MORE = 1_000


@dataclass(frozen=True)
class More:
    """So many more values decide in nine of ten experiments, were the effect what it seems; `low` to `high` else."""

    number: int
    low: int
    high: int


def more_for_distance(values: Values, distance: float) -> More | None:
    """Return how many more values bring the mean's interval clear of what lies `distance` from the mean.

    None below five values, for equal ones, and where the range would have no end below 1,000 more.
    """
    n, array = len(values), np.asarray(values, dtype=np.float64)
    if n < MIN_FOR_A_PLAN or are_equal(array):
        return None
    seen = distance / float(array.std(ddof=1)) * math.sqrt(n)
    return _plan(seen, n, lambda more: math.sqrt((n + more) / n))


def more_to_decide(differences: Values, delta: float = 0.0) -> More | None:
    """Return how many more pairs bring the mean's interval clear of ± `delta`; None as for `more_for_distance`.

    Clear means wholly beyond delta (changed) or wholly within (equivalent).
    """
    if len(differences) < MIN_FOR_A_PLAN:
        return None
    return more_for_distance(differences, abs(abs(float(np.mean(differences))) - delta))


def more_a_side(a: Values, b: Values, delta: float) -> More | None:
    """Return how many more values a side bring the interval of mean(b) − mean(a) clear of ± `delta`; None as above."""
    n = min(len(a), len(b))
    if n < MIN_FOR_A_PLAN or are_equal(a) or are_equal(b):
        return None
    spread_a, spread_b = float(np.var(a, ddof=1)), float(np.var(b, ddof=1))

    def error(more: int) -> float:
        return math.sqrt(spread_a / (len(a) + more) + spread_b / (len(b) + more))

    distance = abs(abs(float(np.mean(b) - np.mean(a))) - delta)
    return _plan(distance / error(0), n, lambda more: error(0) / error(more))


def more_for_share(hits: int, n: int, fewest: Callable[[Counts], Counts]) -> More | None:
    """Return how many more trials decide that a share is above one half, `hits` of `n` being so.

    `fewest` tells for each number of trials the fewest hits that decide. None as for `more_for_distance`.
    """
    if n < MIN_FOR_A_PLAN:
        return None
    more = np.arange(1, _MAX_MORE + 1)
    lacking = fewest(n + more) - hits

    def decides(share: float) -> int | None:
        enough = np.flatnonzero((special.bdtrc(lacking - 1, more, share) >= POWER) & (share > 1 / 2))
        return int(more[enough[0]]) if len(enough) else None

    low, high = wilson_bounds(hits, n, 1 - 2 * _TAIL)
    return _range(map(decides, (hits / n, high, low)))


def _plan(seen: float, n: int, growth: Callable[[int], float]) -> More | None:
    """Return the plan for a Student's t of `seen`, which grows with more values as `growth` has it.

    The noncentral t's power, and the noncentralities that make the one seen a rare one: Johnson and Welch, Applications
    of the Non-Central t-Distribution, Biometrika 31 (1940).
    """
    strong, weak = (float(special.nctdtrinc(n - 1, tail, seen)) for tail in (_TAIL, 1 - _TAIL))

    def decides(noncentrality: float) -> int | None:
        def suffices(more: int) -> bool:
            df = n + more - 1
            misses = special.nctdtr(df, noncentrality * growth(more), t_quantile(df))
            return not misses > 1 - POWER  # NaN where so little is left of it that it underflows

        more = bisect.bisect_left(range(1, _MAX_MORE + 1), True, key=suffices) + 1
        return more if more <= _MAX_MORE else None

    return _range(decides(size) if size > 0 else None for size in (seen, strong, weak))


def _range(numbers: Iterable[int | None]) -> More | None:
    number, low, high = numbers
    return None if number is None or low is None or high is None else More(number, low, high)
