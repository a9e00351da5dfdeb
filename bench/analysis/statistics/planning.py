"""How many further values would tell: plans for more trials, from what was seen so far."""

from __future__ import annotations

import bisect
import math

import numpy as np
from scipy import special

from bench.analysis.statistics.interval import CONFIDENCE, MIN_FOR_AN_INTERVAL, Values

_MAX_PAIRS = 100_000


def more_for_half_width(values: Values, half_width: float) -> int | None:
    """Return how many more values make the mean's 95 % interval no wider than ± `half_width`; 0 where it is already.

    A plan and no promise: it takes the spread seen so far for the true one, so that every other time it names too few,
    and Student's t of all values together. A promise is the second stage of Stein, A Two-Sample Test for a Linear
    Hypothesis Whose Power Is Independent of the Variance, AMS 16 (1945), whose t is of the first values alone: from two
    it asks for hundreds where a dozen is likely to do. None below two values, or where it takes more than 100,000.
    """
    if len(values) < MIN_FOR_AN_INTERVAL or not half_width > 0:
        return None
    spread = float(np.std(np.asarray(values, dtype=np.float64), ddof=1))

    def suffices(n: int) -> bool:
        return bool(special.stdtrit(n - 1, (1 + CONFIDENCE) / 2) * spread <= half_width * math.sqrt(n))

    more = bisect.bisect_left(range(len(values), _MAX_PAIRS + 1), True, key=suffices)
    return more if len(values) + more <= _MAX_PAIRS else None


def more_to_decide(differences: Values, delta: float = 0.0) -> int | None:
    """Return how many more pairs bring the mean's interval clear of ± `delta`, were mean and spread what they seem.

    Clear means wholly beyond delta (changed) or wholly within (equivalent). None as for `more_for_half_width`.
    """
    if len(differences) < MIN_FOR_AN_INTERVAL:
        return None
    return more_for_half_width(differences, abs(abs(float(np.mean(differences))) - delta))
