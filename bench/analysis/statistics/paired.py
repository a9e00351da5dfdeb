"""Two sides on the same seeds, pair by pair: the effect with its interval, and the exact test of signs.

Values in, figures out. A side is one value a trial. Nothing here claims more than its n carries: an interval needs two
pairs, and a sign-flip p-value cannot come below 2 / 2ⁿ.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy import special

from bench.analysis.statistics.bootstrap import MAX_EXACT_SIGNS, sum_sign_patterns
from bench.analysis.statistics.interval import (
    CONFIDENCE,
    MIN_FOR_AN_INTERVAL,
    MIN_FOR_SIGN_FLIP,
    Interval,
    Values,
    are_equal,
    exponential,
    logarithms,
    mean_interval,
)

_ROUNDING = 1e-12


def paired_difference(a: Values, b: Values) -> Interval | None:
    """Return the mean of a − b over pairs with its 95 % interval; None of no pair, without bounds for one."""
    check_paired(a, b)
    differences = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    return mean_interval(differences) if len(differences) else None


def paired_ratio(a: Values, b: Values) -> Interval | None:
    """Return the ratio of geometric means a / b over pairs: exp(mean ln(a / b)) with its 95 % interval.

    Logarithms make the ratio symmetric (b / a is its inverse) and the spread of timings, which grows with them, even:
    Fleming and Wallace, How Not to Lie with Statistics: The Correct Way to Summarize Benchmark Results, CACM 29 (1986).

    Raises:
        ValueError: for a value that is not above 0, or sides of different length.
    """
    check_paired(a, b)
    logs = logarithms(a) - logarithms(b)
    return exponential(mean_interval(logs)) if len(logs) else None


def sign_flip_p(differences: Values, alternative: Literal["two-sided", "greater"] = "two-sided") -> float | None:
    """Return the p-value that the differences are symmetric about 0; None of no difference.

    Exact up to 16 pairs, every pattern of signs being counted: Fisher, The Design of Experiments (1935), section 21. It
    is at least 2 / 2ⁿ (two-sided; 0.05 needs 6 pairs) or 1 / 2ⁿ (`greater`; 5 pairs). Above, 65,536 patterns from the
    fixed generator, the observed one counted too: Phipson and Smyth, Permutation P-values Should Never Be Zero, SAGMB 9
    (2010).
    """
    n = len(differences)
    if n == 0:
        return None
    array = np.asarray(differences, dtype=np.float64)
    # Tables of partial sums count all patterns; scipy.stats.permutation_test walks them one by one, 0.5 s at 16 pairs.
    sums, observed = sum_sign_patterns(array), float(array.sum())
    if alternative == "two-sided":
        sums, observed = np.abs(sums), abs(observed)
    as_far = int(np.count_nonzero(sums >= observed - _ROUNDING * np.abs(array).sum()))
    return as_far / len(sums) if n <= MAX_EXACT_SIGNS else (as_far + 1) / (len(sums) + 1)


def t_test_p(differences: Values) -> float | None:
    """Return the two-sided p-value of Student's t that the mean is 0; None of one pair or of equal differences.

    For levels that the signs of a few pairs cannot reach, at the price of taking the differences for normal.
    """
    array = np.asarray(differences, dtype=np.float64)
    if len(array) < MIN_FOR_AN_INTERVAL or are_equal(array):
        return None
    t = float(array.mean()) / float(array.std(ddof=1)) * math.sqrt(len(array))
    return float(2 * special.stdtr(len(array) - 1, -abs(t)))


def two_sided_error(num_pairs: int) -> float:
    """Return how often `mean_interval` of so many symmetric differences leaves their true mean out."""
    if num_pairs < MIN_FOR_AN_INTERVAL:
        return 0.0
    if not MIN_FOR_SIGN_FLIP <= num_pairs <= MAX_EXACT_SIGNS:
        return 1 - CONFIDENCE
    parts = 1 << num_pairs
    return 2 * max(1, math.floor((1 - CONFIDENCE) / 2 * parts)) / parts


def smallest_n_for_sign_flip(alpha: float, num_sides: Literal[1, 2] = 2) -> int:
    """Return the number of pairs from which a sign-flip test, one- or two-sided, can reach `alpha` at all."""
    return math.ceil(math.log2(num_sides / alpha))


def check_paired(a: Values, b: Values) -> None:
    """Raise ValueError for sides of different length."""
    if len(a) != len(b):
        raise ValueError(f"pairs need two sides of one length, received {len(a)} and {len(b)}")
