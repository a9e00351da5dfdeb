"""Two independent sides against each other; scipy does the statistics.

Values in, figures out. A side is one value a trial. Nothing here claims more than its n carries: an interval needs two
values a side. For two sides on the same seeds see `bench.analysis.statistics.paired`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import scipy

from bench.analysis.statistics.interval import (
    CONFIDENCE,
    MIN_FOR_A_BAND,
    MIN_FOR_AN_INTERVAL,
    NORMAL_QUANTILE,
    Interval,
    Values,
    are_equal,
    exponential,
    logarithms,
)

_ROUNDING = 1e-12
_MAX_EXACT_RANKS = 5_000  # values of the smaller side times those of both: about a tenth of a second


def negated(difference: Interval) -> Interval:
    """Return the interval of the difference b − a for that of a − b."""
    low, high = (None if bound is None else -bound for bound in (difference.high, difference.low))
    return replace(difference, value=-difference.value, low=low, high=high)


def inverse(ratio: Interval) -> Interval:
    """Return the interval of the ratio b / a for that of a / b."""
    low, high = (None if bound is None else 1 / bound for bound in (ratio.high, ratio.low))
    return replace(ratio, value=1 / ratio.value, low=low, high=high)


def superiority(a: Values, b: Values) -> Interval | None:
    """Return P(a > b), ties counted half, over all pairs of values of two independent sides; None of an empty side.

    The Mann–Whitney statistic over its largest value, with the Wilson-like interval (method 5) of Newcombe, Confidence
    Intervals for an Effect Size Measure Based on the Mann–Whitney Statistic, Part 2, Statistics in Medicine 25 (2006).
    Without bounds below two values a side.
    """
    m, n = len(a), len(b)
    if m == 0 or n == 0:
        return None
    ordered = np.sort(np.asarray(b, dtype=np.float64))
    # Twice each value of a: how many of b lie below it, and half of those that tie with it.
    twice = int(np.searchsorted(ordered, a, "left").sum()) + int(np.searchsorted(ordered, a, "right").sum())
    share = twice / 2 / (m * n)
    if min(m, n) < MIN_FOR_AN_INTERVAL:
        return Interval(share, None, None, min(m, n), "none")
    low, high = _newcombe_low(share, m, n), 1 - _newcombe_low(1 - share, m, n)
    return Interval(share, low, high, min(m, n), "newcombe")


def _newcombe_low(share: float, m: int, n: int) -> float:
    """Return the smallest true share from which `share` is within z standard errors."""
    weight = (m + n) / 2 - 1

    def beyond(theta: float) -> float:
        spread = 1 + weight * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return float(share - theta - NORMAL_QUANTILE * math.sqrt(theta * (1 - theta) * spread / (m * n)))

    # At theta = share = 1 the variance is 0 as well: that root is none, so the search ends just before.
    nearly = share - 1e-9
    return float(scipy.optimize.brentq(beyond, 0.0, nearly)) if nearly > 0 else 0.0


def unpaired_ratio(a: Values, b: Values) -> Interval | None:
    """Return the ratio of geometric means a / b of two independent sides with its 95 % interval; None of an empty side.

    Welch's t on logarithms, which covers 95 to 97 % of normal and heavy-tailed values, and up to 98.5 % of clustered
    ones; a bootstrap covers less of both. `n` is the smaller side's.

    Raises:
        ValueError: for a value that is not above 0.
    """
    if len(a) == 0 or len(b) == 0:
        return None
    logs_a, logs_b, n = logarithms(a), logarithms(b), min(len(a), len(b))
    mean = float(logs_a.mean() - logs_b.mean())
    if n < MIN_FOR_AN_INTERVAL or are_equal(logs_a) or are_equal(logs_b):
        return exponential(Interval(mean, None, None, n, "none"))
    welch = scipy.stats.ttest_ind(logs_a, logs_b, equal_var=False).confidence_interval(CONFIDENCE)
    return exponential(Interval(mean, float(welch.low), float(welch.high), n, "t"))


def summarize_ratio(a: Values, b: Values) -> Interval | None:
    """Return the ratio of geometric means a / b of two independent sides as tables show it; None of an empty side.

    From 8 values a side up it is `unpaired_ratio`. Below, the bounds are the smallest and the largest ratio of one of
    `a` to one of `b`: what was seen, and no claim. One value a side has no bounds. `n` is of the smaller side.

    Raises:
        ValueError: for a value that is not above 0.
    """
    seen = unpaired_ratio(a, b)
    if seen is None or seen.n >= MIN_FOR_A_BAND:
        return seen
    if max(len(a), len(b)) < MIN_FOR_AN_INTERVAL:
        return replace(seen, low=None, high=None, kind="none")
    return replace(seen, low=float(min(a) / max(b)), high=float(max(a) / min(b)), kind="range")


def mann_whitney_p(a: Values, b: Values, alternative: Literal["two-sided", "greater"] = "two-sided") -> float | None:
    """Return the p-value of Mann and Whitney's test, with `greater` for `a` being larger; None below two values a side.

    Exact up to 50 values a side, ties or none: with few values the normal approximation falls below the smallest
    possible p-value, and drawn permutations never come below one over their number. Above it is the approximation, with
    its correction for ties. Mann and Whitney, On a Test of Whether One of Two Random Variables Is Stochastically Larger
    than the Other, AMS 18 (1947).
    """
    fewer = min(len(a), len(b))
    if fewer < MIN_FOR_AN_INTERVAL:
        return None
    if fewer * (len(a) + len(b)) > _MAX_EXACT_RANKS:
        return float(scipy.stats.mannwhitneyu(a, b, alternative=alternative, method="asymptotic").pvalue)
    lower, upper = _rank_sum_tails(a, b)
    return upper if alternative == "greater" else min(1.0, 2 * min(lower, upper))


def _rank_sum_tails(a: Values, b: Values) -> tuple[float, float]:
    """Return how likely the ranks of `a` sum to no more than they do, and to no less, were the ranks dealt out blindly.

    The sets of ranks are counted by size and sum, one rank after the other; ties have their mean rank: Streitberg and
    Röhmel, Exact Distributions for Permutation and Rank Tests, Statistical Software Newsletter 12 (1986).
    """
    if len(a) > len(b):
        return _rank_sum_tails(b, a)[::-1]
    ranks = np.rint(2 * scipy.stats.rankdata([*a, *b])).astype(np.int64)  # twice, for a mean rank may end in one half
    num_sets = np.zeros((len(a) + 1, int(np.sort(ranks)[-len(a) :].sum()) + 1))  # by size and sum
    num_sets[0, 0] = 1
    for rank in ranks:
        num_sets[1:, rank:] += num_sets[:-1, :-rank]
    shares, seen = num_sets[-1] / num_sets[-1].sum(), int(ranks[: len(a)].sum())
    return float(shares[: seen + 1].sum()), float(shares[seen:].sum())
