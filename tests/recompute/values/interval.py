"""The published intervals from their definitions in docs/statistics.md: values in, bounds out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy import stats

Values = Sequence[float]
_LEVEL = 0.95
_TAIL = (1 - _LEVEL) / 2
_ROUNDING = 1e-12
FEWEST_FOR_INTERVAL = 8  # below it a table shows the smallest and the largest
FEWEST_FOR_SIGN_FLIP = 5
_MOST_COUNTED = 16  # pairs of which every pattern of signs is counted
_SEED = 20_211_206  # of those that are drawn


@dataclass(frozen=True)
class Interval:
    """A figure with its bounds over n values, or without bounds."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 1
    kind: str = "none"

    def mapped(self, function: Callable[[float], float]) -> Interval:
        """Return it on another scale; a falling function turns the bounds round."""
        bounds = [None if bound is None else function(bound) for bound in (self.low, self.high)]
        if None not in bounds:
            bounds.sort()
        return replace(self, value=function(self.value), low=bounds[0], high=bounds[1])

    def excludes(self, neutral: float) -> bool:
        return self.low is not None and self.high is not None and not self.low <= neutral <= self.high


def geometric_mean(values: Values) -> float:
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def are_equal(values: Values) -> bool:
    return max(values) - min(values) <= _ROUNDING * (1 + max(map(abs, values)))


def seen(values: Values, mean: Callable[[Values], float] = lambda values: math.fsum(values) / len(values)) -> Interval:
    """Return the mean with the smallest and the largest value, as tables of fewer than eight trials have it."""
    if len(values) == 1:
        return Interval(values[0])
    return Interval(mean(values), min(values), max(values), len(values), "range")


def summarize(values: Values) -> Interval | None:
    """Return the arithmetic mean with what a table's parentheses hold."""
    if not values:
        return None
    return seen(values) if len(values) < FEWEST_FOR_INTERVAL else mean_interval(values)


def summarize_rates(values: Values) -> Interval | None:
    """Return the geometric mean with what a table's parentheses hold."""
    if not values:
        return None
    if len(values) < FEWEST_FOR_INTERVAL:
        return seen(values, geometric_mean)
    return mean_interval(list(map(math.log, values))).mapped(math.exp)


def _student(values: Values) -> Interval:
    n, mean = len(values), float(np.mean(values))
    if n < 2 or are_equal(values):
        return Interval(mean, n=n)
    half = float(stats.t.ppf(1 - _TAIL, n - 1) * stats.sem(values))
    return Interval(mean, mean - half, mean + half, n, "t")


def paired(differences: Values) -> Interval | None:
    """Return the mean of paired differences, None of none."""
    return mean_interval(differences) if differences else None


def mean_interval(values: Values) -> Interval:
    """Return the mean: with Student's t interval below five values, sign-flip from five up."""
    n = len(values)
    if n < FEWEST_FOR_SIGN_FLIP or are_equal(values):
        return _student(values)
    means = np.sort(_subset_means(values))
    rank = max(1, math.floor(_TAIL * (len(means) + 1)))
    return Interval(float(np.mean(values)), float(means[rank - 1]), float(means[-rank]), n, "sign-flip")


def _subset_means(values: Values) -> np.ndarray:
    """Return the mean of each of the 2ⁿ − 1 subsets that hold something (Hartigan 1969)."""
    n = len(values)
    members = sign_patterns(n)
    sizes = members.sum(axis=1)
    return (members[sizes > 0] @ np.asarray(values)) / sizes[sizes > 0]


@cache
def sign_patterns(n: int) -> np.ndarray:
    """Return all 2ⁿ subsets of n pairs, a row each; above 16 pairs 65,536 drawn ones from the documented seed."""
    if n <= _MOST_COUNTED:
        return (np.arange(2**n)[:, np.newaxis] >> np.arange(n)) & 1
    return np.random.default_rng(_SEED).integers(2, size=(2**_MOST_COUNTED, n))


@cache
def signs(n: int) -> np.ndarray:
    """Return what each of `sign_patterns` multiplies a pair by, of which a subset's are turned round."""
    return 1.0 - 2.0 * sign_patterns(n)


def paired_ratio(a: Values, b: Values) -> Interval | None:
    logs = paired([math.log(x) - math.log(y) for x, y in zip(a, b, strict=True)])
    return logs and logs.mapped(math.exp)


def sign_flip_p(differences: Values, *, is_one_sided: bool = False) -> float:
    """Return the p-value over all 2ⁿ patterns of signs; of drawn ones the observed pattern counts, too."""
    n = len(differences)
    sums, seen_sum = signs(n) @ np.asarray(differences), math.fsum(differences)
    if not is_one_sided:
        sums, seen_sum = np.abs(sums), abs(seen_sum)
    as_far = int(np.count_nonzero(sums >= seen_sum - _ROUNDING * math.fsum(map(abs, differences))))
    return as_far / len(sums) if n <= _MOST_COUNTED else (as_far + 1) / (len(sums) + 1)


def welch_ratio(a: Values, b: Values) -> Interval:
    """Return the ratio of geometric means of two independent sides with Welch's t on logarithms."""
    x, y = np.log(a), np.log(b)
    difference = float(x.mean() - y.mean())
    if min(len(x), len(y)) < 2 or are_equal(list(x)) or are_equal(list(y)):
        return Interval(math.exp(difference))
    parts = x.var(ddof=1) / len(x), y.var(ddof=1) / len(y)
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, (x, y), strict=True))
    half = float(stats.t.ppf(1 - _TAIL, freedom)) * math.sqrt(sum(parts))
    return Interval(difference, difference - half, difference + half, min(len(x), len(y))).mapped(math.exp)


def seen_ratio(a: Values, b: Values) -> Interval:
    """Return the ratio of geometric means with the smallest and the largest ratio of one of `a` to one of `b`."""
    if min(len(a), len(b)) >= FEWEST_FOR_INTERVAL:
        return welch_ratio(a, b)
    ratio = geometric_mean(a) / geometric_mean(b)
    if max(len(a), len(b)) < 2:
        return Interval(ratio)
    return Interval(ratio, min(a) / max(b), max(a) / min(b), min(len(a), len(b)))


def wilson(hits: int, n: int) -> Interval:
    """Return a share with Wilson's score interval (1927), from its formula."""
    z = float(stats.norm.ppf(1 - _TAIL))
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, centre - half, centre + half, n, "wilson")


def median_time(times: Values, reached: Sequence[bool]) -> float | None:
    """Return Kaplan and Meier's median; where their estimate meets one half, the midpoint of that stretch.

    None where the others are censored before it falls below one half.
    """
    left, met = 1.0, None
    for time in sorted({time for time, hit in zip(times, reached, strict=True) if hit}):
        at_risk = sum(other >= time for other in times)
        left *= 1 - sum(hit and other == time for other, hit in zip(times, reached, strict=True)) / at_risk
        if left < 0.5 - _ROUNDING:
            return time if met is None else (met + time) / 2
        if met is None and left <= 0.5 + _ROUNDING:
            met = time
    return None
