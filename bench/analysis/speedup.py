"""How much faster one side is than another where nothing pairs them: other machines, other devices, other runs."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from bench.analysis.stats import CONFIDENCE, MIN_FOR_A_BAND, MIN_FOR_AN_INTERVAL, Interval, Values, are_equal


def unpaired_ratio(a: Values, b: Values) -> Interval | None:
    """Return the ratio of geometric means a / b with its bounds; None where a side has no value.

    From 8 values a side up the bounds are a 95 % interval: Welch's t of the logarithms (Welch, The Generalization of
    'Student's' Problem when Several Different Population Variances are Involved, Biometrika 34, 1947). Below, they are
    the smallest and the largest ratio of one value of `a` to one of `b`: what was seen, and no claim. One value a side
    has no bounds. `n` is of the smaller side.

    Raises:
        ValueError: for a value that is not above 0.
    """
    if len(a) == 0 or len(b) == 0:
        return None
    if min(a) <= 0 or min(b) <= 0:
        raise ValueError("a ratio needs values above 0")
    logs_a, logs_b = np.log(np.asarray(a, np.float64)), np.log(np.asarray(b, np.float64))
    ratio = math.exp(float(logs_a.mean() - logs_b.mean()))
    n = min(len(a), len(b))
    if max(len(a), len(b)) < MIN_FOR_AN_INTERVAL:
        return Interval(ratio, None, None, n, "none")
    if n < MIN_FOR_A_BAND:
        return Interval(ratio, float(min(a) / max(b)), float(max(a) / min(b)), n, "range")
    if are_equal(logs_a) and are_equal(logs_b):
        return Interval(ratio, None, None, n, "none")
    bounds = stats.ttest_ind(logs_a, logs_b, equal_var=False).confidence_interval(CONFIDENCE)
    return Interval(ratio, math.exp(float(bounds.low)), math.exp(float(bounds.high)), n, "t")
