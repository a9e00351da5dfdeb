"""Figures over trials with their uncertainty; scipy does the statistics.

`scipy.special` has the distributions. `scipy.stats` takes as long to import as all else here, so that it is asked, and
thereby loaded, only where `scipy.special` does not do.

The unit of replication is the trial. Arrays in, values out. Every resampling starts from the same fixed seed, so that
the same journals give the same figures to the last digit. Intervals are two-sided at 95 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import scipy
from scipy import special

from bench.analysis.statistics.bootstrap import percentile_bounds, resample_interquartile_mean, subset_mean_bounds

Floats = npt.NDArray[np.float64]
Values = Sequence[float] | Floats

# none: too few values for any bound; range: smallest and largest; the others are 95 % intervals.
IntervalKind = Literal["none", "range", "t", "sign-flip", "bootstrap", "wilson", "newcombe", "prediction"]

CONFIDENCE = 0.95
NUM_RESAMPLES = 4_999
MIN_FOR_AN_INTERVAL = 2
MIN_FOR_A_BAND = 8  # below it a resampled interquartile mean is hardly narrower than the range
MIN_FOR_SIGN_FLIP = 5  # below it smallest to largest holds the mean in less than nine of ten experiments
NORMAL_QUANTILE = float(special.ndtri((1 + CONFIDENCE) / 2))  # as many standard errors bound an interval
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A figure with its bounds over `n` values; the bounds are None where `kind` is `none`."""

    value: float
    low: float | None
    high: float | None
    n: int
    kind: IntervalKind

    def excludes(self, neutral: float) -> bool:
        """Return whether `neutral` (0 for a difference, 1 for a ratio) lies outside; False without bounds."""
        return self.low is not None and self.high is not None and not self.low <= neutral <= self.high


def are_equal(values: Values) -> bool:
    """Return whether values differ by no more than rounding: 0.98 − 0.97 and 0.97 − 0.96 are one difference."""
    array = np.asarray(values, dtype=np.float64)
    return len(array) > 0 and bool(np.ptp(array) <= _ROUNDING * (1 + np.abs(array).max()))


def summarize_values(values: Values) -> Interval | None:
    """Return the mean with the range of fewer than 8 values, and with a 95 % interval from 8 up; None of no value.

    A range says what was seen and claims nothing; three seeds do not carry a claim about the spread.
    """
    if len(values) < MIN_FOR_A_BAND:
        return mean_with_range(values)
    return mean_interval(values)


def summarize_rates(values: Values) -> Interval | None:
    """Return the geometric mean of rates or times, bounded as by `summarize_values`; None of no value.

    The ratio of two geometric means is the geometric mean of the ratios, so that a table and a comparison agree:
    Fleming and Wallace, How Not to Lie with Statistics: The Correct Way to Summarize Benchmark Results, CACM 29 (1986).

    Raises:
        ValueError: for a value that is not above 0.
    """
    if len(values) < MIN_FOR_A_BAND:
        seen = mean_with_range(values)
        return replace(seen, value=math.prod(values) ** (1 / len(values))) if seen else None
    return exponential(mean_interval([math.log(value) for value in values]))


def exponential(interval: Interval) -> Interval:
    """Return an interval of logarithms as one of ratios."""
    low, high = (None if bound is None else math.exp(bound) for bound in (interval.low, interval.high))
    return replace(interval, value=math.exp(interval.value), low=low, high=high)


def logarithm(interval: Interval) -> Interval:
    """Return an interval of ratios as one of logarithms."""
    low, high = (None if bound is None else math.log(bound) for bound in (interval.low, interval.high))
    return replace(interval, value=math.log(interval.value), low=low, high=high)


def logarithms(values: Values) -> Floats:
    """Return the logarithms of values, refusing one that is not above 0."""
    array = np.asarray(values, dtype=np.float64)
    if not np.all(array > 0):
        raise ValueError(f"a ratio needs values above 0, received {array.min()}: leave the trial out and say so")
    return np.log(array)


def mean_with_range(values: Values) -> Interval | None:
    """Return the mean with the smallest and the largest value; a single value has no bounds, none has no mean."""
    if len(values) == 0:
        return None
    if len(values) < MIN_FOR_AN_INTERVAL:
        return Interval(float(values[0]), None, None, 1, "none")
    return Interval(math.fsum(values) / len(values), float(min(values)), float(max(values)), len(values), "range")


def mean_interval(values: Values) -> Interval:
    """Return the mean with a 95 % interval: Student's t below 5 values, sign-flip from 5 up.

    The sign-flip interval holds every mean that the two-sided sign-flip test does not reject, so that from 6 values up
    it leaves 0 out exactly where that test's p is at most 0.05. Its bounds are means of some of the values: Hartigan,
    Using Subsample Values as Typical Values, JASA 64 (1969). Of values that are symmetric about their mean it covers
    95 % whatever their tails or clusters; 93.75 % from 5 values and 96.9 % from 6, of which it is the smallest to the
    largest. For others, and for skewed values, see docs/statistics.md. Without bounds (`none`) for one value, and for
    equal values: they say nothing of the spread.

    Raises:
        ValueError: for no value at all.
    """
    if len(values) == 0:
        raise ValueError("a mean needs at least one value, received none")
    array = np.asarray(values, dtype=np.float64)
    if len(array) < MIN_FOR_SIGN_FLIP or are_equal(array):
        return t_interval(array)
    low, high = subset_mean_bounds(array, (1 - CONFIDENCE) / 2)
    return Interval(float(array.mean()), low, high, len(array), "sign-flip")


def t_interval(array: Floats) -> Interval:
    """Return the mean of one value or more with Student's t interval; `none` as for `mean_interval`."""
    mean = float(array.mean())
    if len(array) < MIN_FOR_AN_INTERVAL or are_equal(array):
        return Interval(mean, None, None, len(array), "none")
    half_width = t_quantile(len(array) - 1) * float(array.std(ddof=1)) / math.sqrt(len(array))
    return Interval(mean, mean - half_width, mean + half_width, len(array), "t")


def t_quantile(freedom: float) -> float:
    """Return how many standard errors bound an interval of Student's t."""
    return float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2))


def prediction_interval(values: Values) -> Interval | None:
    """Return the mean with the bounds between which the next value lies in 19 of 20 experiments; None where equal.

    Of values that are about normal: Hahn and Meeker, Statistical Intervals (1991), section 4.7. None below two values.
    """
    array = np.asarray(values, dtype=np.float64)
    if len(array) < MIN_FOR_AN_INTERVAL or are_equal(array):
        return None
    mean = float(array.mean())
    reach = t_quantile(len(array) - 1) * float(array.std(ddof=1)) * math.sqrt(1 + 1 / len(array))
    return Interval(mean, mean - reach, mean + reach, len(array), "prediction")


def interquartile_interval(values: Values) -> Interval:
    """Return the interquartile mean with its 95 % percentile bootstrap interval; `none` as for `mean_interval`."""
    array = np.asarray(values, dtype=np.float64)
    point = float(interquartile_mean(array, axis=0))
    if len(array) < MIN_FOR_AN_INTERVAL or are_equal(array):
        return Interval(point, None, None, len(array), "none")
    distribution = resample_interquartile_mean(array, NUM_RESAMPLES)
    low, high = percentile_bounds(distribution, expanded_confidence(len(array)))
    return Interval(point, low, high, len(array), "bootstrap")


def expanded_confidence(n: int) -> float:
    """Return the level at which a percentile interval of `n` values is as wide as it must be to cover 95 %.

    Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 69 (2015), section 4.5: the
    bootstrap's spread is too small by √((n − 1) / n). An interquartile mean does without his second correction, for
    Student's t: it leaves out the tails that would need it (Wilcox, Introduction to Robust Estimation and Hypothesis
    Testing, 2012, section 4.4), and widened for t it covers 97.6 % at n = 8.
    """
    return float(1 - 2 * special.ndtr(-math.sqrt(n / (n - 1)) * NORMAL_QUANTILE))


def interquartile_mean(values: Values, axis: int = -1) -> Any:
    """Return the mean of the middle half: less moved by a bad seed than a mean, less noisy than a median.

    Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS 2021.
    """
    return trimmed_mean(values, 0.25, axis=axis)


def trimmed_mean(values: Values, share: float, axis: int = -1) -> Any:
    """Return the mean without that share of the values at each end, rounded down to whole ones."""
    array = np.asarray(values, dtype=np.float64)
    num_values = array.shape[axis]
    first, last = int(share * num_values), num_values - int(share * num_values)
    ordered = np.partition(array, (first, last - 1), axis)
    return np.take(ordered, np.arange(first, last), axis).mean(axis=axis)


@lru_cache(maxsize=16_384)
def wilson_interval(hits: int, n: int) -> Interval | None:
    """Return the share hits / n with Wilson's score interval; None of no trial.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927). Unlike the normal
    approximation it never claims certainty from a few trials: 3 of 3 is 0.44 to 1.
    """
    if n == 0:
        return None
    low, high = wilson_bounds(hits, n, CONFIDENCE)
    return Interval(hits / n, low, high, n, "wilson")


def wilson_bounds(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the bounds of `wilson_interval` at any level."""
    z, share = float(special.ndtri((1 + confidence) / 2)), hits / n
    middle = (2 * hits + z**2) / (2 * (n + z**2))
    reach = z / (2 * (n + z**2)) * math.sqrt(4 * n * share * (1 - share) + z**2)
    return (0.0 if hits == 0 else middle - reach), (1.0 if hits == n else middle + reach)


def kaplan_meier_median(times: Values, reached: Sequence[bool] | npt.NDArray[np.bool_]) -> float | None:
    """Return the time by which half of the trials reached, with the others right-censored at theirs.

    None where fewer than half can be said to have reached: "> budget". The smallest time at which the product-limit
    estimate is below one half; where the estimate meets one half and stays there, the midpoint of that stretch, as the
    usual median of an even number of times: Kaplan and Meier, Nonparametric Estimation from Incomplete Observations,
    JASA 53 (1958), section 2.2, and Klein and Moeschberger, Survival Analysis (2003), section 4.5. None, too, where
    the estimate meets one half and no later hit ends the stretch: the upper middle time is beyond what was seen.
    """
    array, hit = np.asarray(times, dtype=np.float64), np.asarray(reached, dtype=np.bool_)
    hits, censored = np.sort(array[hit]), array[~hit]
    if not len(hits):
        return None
    if censored.min(initial=math.inf) >= hits[-1]:
        # Nothing is censored before the last hit, so the estimate is the share left: its half is an order statistic.
        lower, upper = (len(array) - 1) // 2, len(array) // 2
        return float(hits[lower] + hits[upper]) / 2 if upper < len(hits) else None
    survival = scipy.stats.ecdf(scipy.stats.CensoredData.right_censored(array, ~hit)).sf
    # The estimate is a product of fractions: 0.5 can come out as 0.5000000000000001.
    reached_half = survival.quantiles[survival.probabilities <= 0.5 + _ROUNDING]
    beyond_half = survival.quantiles[survival.probabilities < 0.5 - _ROUNDING]
    return float(reached_half[0] + beyond_half[0]) / 2 if len(beyond_half) else None
