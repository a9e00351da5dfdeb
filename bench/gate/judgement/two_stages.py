"""The gate's two stages: what the first pairs flag, and what fresh pairs confirm. Arrays in, values out.

A value is how much worse the head was in one pair of fresh processes: the logarithm of a ratio of costs, or a drop in
accuracy. Stage 1 flags a test where the sign-flip test's one-sided p is at most 0.05 and the mean lies beyond the
margin. Stage 2 takes fresh pairs of what was flagged. It fails a test where their mean lies beyond the margin as well,
and over the pairs of both stages Holm's adjusted p is at most 0.01 and the whole 95 % interval lies beyond the margin.

Why it holds its false alarms: the order within each pair is drawn at random, so under "no change" each value's sign is
a coin's, whatever the machine does meanwhile: drift, neighbours, heavy tails (Fisher, The Design of Experiments, 1935).
Were every test measured in both stages, Holm over all of them would bound the chance of any false failure by 1 %
(Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979). To leave
out what stage 1 does not flag, or what fresh pairs do not find worse, takes failures away and adds none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from scipy import special

from bench.analysis.statistics.change import bounded_mean, judge_ratio
from bench.analysis.statistics.holm import holm
from bench.analysis.statistics.interval import MIN_FOR_AN_INTERVAL, Interval, Values, logarithm
from bench.analysis.statistics.paired import sign_flip_p, smallest_n_for_sign_flip
from bench.analysis.statistics.unpaired import mann_whitney_p

SCREEN_ALPHA = 0.05
CONFIRM_ALPHA = 0.01
_POWER = 0.9
MIN_SCREEN_PAIRS = smallest_n_for_sign_flip(SCREEN_ALPHA, num_sides=1)

Key = TypeVar("Key")


@dataclass(frozen=True)
class Test:
    """One test's values against its margin; `p_value` is one-sided, for "worse". None where there is no pair.

    `threshold` is what the point estimate must pass: the margin, or more where a stored baseline's own spread says so.
    """

    __test__ = False  # pytest would collect it

    effect: Interval | None
    p_value: float | None
    margin: float
    threshold: float

    @property
    def is_worse(self) -> bool:
        """Whether the point estimate lies beyond the threshold."""
        return self.effect is not None and self.effect.value > self.threshold

    @property
    def is_beyond(self) -> bool:
        """Whether the whole interval lies beyond the margin, and the point estimate beyond the threshold."""
        return self.is_worse and self.effect is not None and (self.effect.low or -math.inf) > self.margin

    @property
    def is_flagged(self) -> bool:
        """Whether stage 1 asks for fresh pairs."""
        return self.is_worse and self.p_value is not None and self.p_value <= SCREEN_ALPHA


class Tested(Protocol):
    """What Holm's procedure needs of a test."""

    @property
    def p_value(self) -> float | None:
        """One-sided, for "worse"."""

    @property
    def is_beyond(self) -> bool:
        """Whether the whole interval lies beyond the margin."""


def run_test(worsening: Values, margin: float) -> Test:
    """Return what some pairs say; positive values are worse."""
    effect = bounded_mean(np.asarray(worsening, dtype=np.float64))
    return Test(effect, sign_flip_p(worsening, "greater"), margin, margin)


def run_unpaired_test(base: Values, head: Values, margin: float) -> Test:
    """Return what `head` says against a stored baseline, on a scale where larger is worse; it needs two values a side.

    The interval is Welch's, the p-value Mann and Whitney's that the head ranks higher, which it need not where
    its mean is: one value may be far out. The threshold is learned from the baseline: a mean of as many new processes
    lies that far above its mean in one of a hundred runs of the same code (the prediction interval of a mean: Hahn and
    Meeker, Statistical Intervals, 1991, section 4.8), and never below the margin.
    """
    change = judge_ratio(np.exp(base), np.exp(head), math.expm1(margin)) if len(base) and len(head) else None
    if change is None:
        return Test(None, None, margin, margin)
    threshold = max(margin, learned_threshold(base, len(head)))
    return Test(logarithm(change.effect), mann_whitney_p(head, base, "greater"), margin, threshold)


def learned_threshold(base: Values, num_new: int) -> float:
    """Return how far above the baseline's mean that of `num_new` processes of the same code hardly ever lies."""
    if len(base) < MIN_FOR_AN_INTERVAL:
        return math.inf
    spread = float(np.std(base, ddof=1)) * math.sqrt(1 / num_new + 1 / len(base))
    return float(special.stdtrit(len(base) - 1, 1 - CONFIRM_ALPHA)) * spread


def visible_worsening(worsening: Values, margin: float, base: Values | None = None) -> float | None:
    """Return the true worsening that stage 1 flags with a chance of 90 %, were the spread what it seems to be.

    None below the five values a side that stage 1 needs. The mean must lie beyond the threshold, and t₀.₉₅
    standard errors beyond 0, as the power of either test is nearly that of Student's t. A true worsening of just that
    much is seen every other time; t₀.₉₀ standard errors more make it nine times of ten.

    Args:
        worsening: of each pair; or with `base`, the head's values.
        margin: the tolerance, on their scale.
        base: the values of a baseline that nothing pairs; then the threshold may be more than the margin.
    """
    sides = [side for side in (worsening, base) if side is not None]
    if min(map(len, sides)) < MIN_SCREEN_PAIRS:
        return None
    error = math.sqrt(sum(float(np.var(side, ddof=1)) / len(side) for side in sides))
    freedom = min(map(len, sides)) - 1
    threshold = margin if base is None else max(margin, learned_threshold(base, len(worsening)))
    surely, nearly = (float(special.stdtrit(freedom, level)) * error for level in (1 - SCREEN_ALPHA, _POWER))
    return max(surely, threshold) + nearly


def is_flagged(worsening: Values, margin: float) -> bool:
    """Return what `run_test(…).is_flagged` does, without an interval's cost: for simulations."""
    if len(worsening) < MIN_SCREEN_PAIRS or not float(np.mean(worsening)) > margin:
        return False
    return (sign_flip_p(worsening, "greater") or 0.0) <= SCREEN_ALPHA


def min_confirm_pairs(num_tests: int) -> int:
    """Return how many pairs it takes for the smallest of so many p-values to pass Holm at all."""
    return smallest_n_for_sign_flip(CONFIRM_ALPHA / max(num_tests, 1), num_sides=1)


def min_confirm_trials(num_base: int, num_tests: int) -> int:
    """Return how many trials, against `num_base` stored ones, it takes for one of so many tests to pass Holm.

    Mann and Whitney's smallest one-sided p is one over the ways in which the sides can share the ranks out; the exact
    p-value comes down to it.
    """
    enough = (
        num for num in range(MIN_SCREEN_PAIRS, 1000) if num_tests <= CONFIRM_ALPHA * math.comb(num + num_base, num)
    )
    return next(enough, 1000)


def min_fresh(num_screened: int, num_tests: int, num_base: int | None = None) -> int:
    """Return how many fresh pairs stage 2 takes at least to fail one of so many tests.

    Args:
        num_screened: the pairs of stage 1.
        num_tests: the measures of all cases.
        num_base: the trials of a stored baseline; then it is trials and not pairs that are counted.
    """
    if num_base is None:
        return max(min_confirm_pairs(1), min_confirm_pairs(num_tests) - num_screened)
    return max(MIN_SCREEN_PAIRS, min_confirm_trials(num_base, num_tests) - num_screened)


def confirmed(tests: Mapping[Key, Tested], num_tests: int | None = None) -> frozenset[Key]:
    """Return the tests that fail.

    Args:
        tests: of what stage 1 flagged and fresh pairs find worse as well, on the pairs of both stages.
        num_tests: among how many they were chosen; None where all are here.
    """
    adjusted = adjusted_p_values(tests, num_tests)
    return frozenset(key for key, test in tests.items() if adjusted[key] <= CONFIRM_ALPHA and test.is_beyond)


def adjusted_p_values(tests: Mapping[Key, Tested], num_tests: int | None = None) -> dict[Key, float]:
    """Return Holm's adjusted p-value of each of `confirmed`'s tests; one without a p-value counts as p = 1."""
    raw = [1.0 if test.p_value is None else test.p_value for test in tests.values()]
    return dict(zip(tests, holm(raw, num_tests), strict=True))
