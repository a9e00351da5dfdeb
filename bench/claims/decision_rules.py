"""From figures to a verdict, and how often each can be wrong; values in, values out.

Two procedures. *Most seeds*: a statement holds or fails on each seed, and is decided where more than one half is beyond
doubt. *Effect*: an interval of paired effects lies wholly on one side of what the statement says. Neither says
"supported" or "refuted" below the smallest n at which it can be right often enough; each is wrong in at most one of 20
experiments at the border, where the truth is exactly between the two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from bench.analysis.statistics.interval import (
    CONFIDENCE,
    MIN_FOR_AN_INTERVAL,
    NORMAL_QUANTILE,
    Interval,
    Values,
    mean_interval,
    wilson_interval,
)
from bench.analysis.statistics.paired import t_test_p, two_sided_error
from bench.analysis.statistics.sample_size import More, more_for_share, more_to_decide

Counts = npt.NDArray[np.int64]
ClaimVerdict = Literal["supported", "refuted", "inconclusive", "not tested"]

HALF = 0.5
_BEYOND_THE_SCORE = 2  # that many hits more, at most, does the exact test ask for


@dataclass(frozen=True)
class Judgement:
    """A verdict with the figure it rests on; `num_more` further seeds would decide.

    `num_open` seeds could not tell and would decide, one way or the other; 0 where they would not. `p_value` is
    two-sided, `error` how often a claim at its border, neither true nor false, is decided by so many seeds.
    """

    verdict: ClaimVerdict
    effect: Interval | None
    num_more: More | None
    num_open: int = 0
    p_value: float | None = None
    error: float | None = None


def judge_most(holds: Sequence[bool], min_seeds: int, num_open: int = 0) -> Judgement:
    """Judge whether a statement holds on more than half of all seeds, of which `holds` is a draw.

    Decided where Wilson's 95 % interval leaves one half out and the exact one-sided binomial test, too, is at 0.05 or
    below, which takes five seeds: Wilson's interval alone would decide at four, and be wrong once in 16.
    Clopper and Pearson, The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial, Biometrika 26
    (1934), for the exact test; for the interval see `wilson_interval`.

    `num_open` further seeds were trained and could not tell. Whether a seed tells can depend on what it would say, so
    they count as they may: decided where it is the same whether the statement holds on all of them or on none, and the
    interval reaches from the lower bound of none to the upper bound of all. Horowitz and Manski, Nonparametric Analysis
    of Randomized Experiments with Missing Covariate and Outcome Data, JASA 95 (2000).
    """
    n, hits = len(holds) + num_open, sum(holds)
    lowest, highest = wilson_interval(hits, n), wilson_interval(hits + num_open, n)
    if not holds or lowest is None or highest is None:
        return Judgement("not tested", None, None)
    share = replace(lowest, high=highest.high)
    p_value, error = _p_of_share(hits, n, num_open), _error_of_share(n, min_seeds)
    verdict, other = (_most_of(count, n, min_seeds) for count in (hits, hits + num_open))
    if verdict != other:
        return Judgement("inconclusive", share, None, num_open, p_value, error)
    # Further seeds with the same budget may be as open: their number is promised only where each of these told.
    is_planned = verdict == "inconclusive" and not num_open and n >= min_seeds
    return Judgement(verdict, share, _more_for_most(hits, n) if is_planned else None, 0, p_value, error)


def judge_effects(distances: Sequence[Values], min_seeds: int) -> ClaimVerdict:
    """Judge whether every effect is above 0: supported where all intervals are, refuted where one is surely below.

    `distances` are each effect's values from what the claim says, pair by pair; see `mean_interval`. To need all is
    an intersection-union test, which keeps each interval's own error without correction: Berger, Multiparameter
    Hypothesis Testing and Acceptance Sampling, Technometrics 24 (1982). One of k below is enough to refute, where its
    error is a k-th of the usual: Dunn, Multiple Comparisons Among Means, JASA 56 (1961). That is Student's t, for the
    signs of a few pairs cannot reach such a level. Where all are below they need no correction. An interval without
    bounds (one seed, or equal values) decides nothing, and neither does one of too few seeds.
    """
    if not distances or not all(map(len, distances)):
        return "not tested"
    decided = [values for values in distances if _is_decided(values, min_seeds)]
    above = [math.fsum(values) > 0 for values in decided]
    if any(_is_surely_below(values, len(distances)) for values in decided):
        return "refuted"
    if len(decided) < len(distances) or len(set(above)) > 1:
        return "inconclusive"
    return "supported" if above[0] else "refuted"


def more_for_effects(distances: Sequence[Values]) -> More | None:
    """Return how many more seeds bring every interval clear of 0; None where one of them cannot be planned for."""
    plans = [more_to_decide(values) for values in distances if not _is_decided(values, MIN_FOR_AN_INTERVAL)]
    known = [plan for plan in plans if plan is not None]
    return max(known, key=lambda plan: plan.high) if known and len(known) == len(plans) else None


def p_of_effects(distances: Sequence[Values]) -> float:
    """Return the two-sided p-value of a verdict that all effects lie on one side of 0, or that one is surely below.

    Student's t, as for one of several effects: the signs of five pairs cannot come below 1 in 16.
    """
    known = [(math.fsum(values), t_test_p(values)) for values in distances]
    p_values = [(total, 1.0 if p_value is None else p_value) for total, p_value in known]
    below = [p_value for total, p_value in p_values if total < 0]
    if len(below) in {0, len(p_values)}:
        return max(p_value for _, p_value in p_values)
    return min(1.0, len(p_values) * min(below))


def error_of_effects(num_seeds: int, min_seeds: int) -> float:
    """Return how often an effect of none is decided by so many seeds."""
    return two_sided_error(num_seeds) if num_seeds >= min_seeds else 0.0


def _p_of_share(hits: int, n: int, num_open: int) -> float:
    """Return the two-sided binomial p-value that the share is one half, the worst that the open seeds allow."""
    fewer = [min(count, n - count) for count in range(hits, hits + num_open + 1)]
    return min(1.0, 2 * float(special.bdtr(max(fewer), n, HALF)))


def _error_of_share(n: int, min_seeds: int) -> float:
    fewest = int(_fewest_beyond_half(np.array([n]))[0])
    return 2 * float(special.bdtrc(fewest - 1, n, HALF)) if n >= min_seeds else 0.0


def _is_decided(values: Values, min_seeds: int) -> bool:
    return len(values) >= max(min_seeds, MIN_FOR_AN_INTERVAL) and mean_interval(values).excludes(0.0)


def _is_surely_below(values: Values, num_effects: int) -> bool:
    """Tell whether one effect alone is below 0 at a level that is divided by the number of effects."""
    p_value = t_test_p(values)
    return p_value is not None and math.fsum(values) < 0 and p_value <= (1 - CONFIDENCE) / num_effects


def _most_of(hits: int, n: int, min_seeds: int) -> ClaimVerdict:
    if n < min_seeds or not _are_beyond_half(np.array([hits]), np.array([n]))[0]:
        return "inconclusive"
    return "supported" if hits * 2 > n else "refuted"


def _are_beyond_half(hits: Counts, n: Counts) -> npt.NDArray[np.bool_]:
    """Return for each share hits / n whether both tests leave one half out.

    Wilson's interval inverts the score test, so it leaves one half out exactly where |2·hits − n| > z·√n.
    """
    one_sided = special.bdtrc(np.maximum(hits, n - hits) - 1, n, HALF)
    return np.asarray((np.abs(2 * hits - n) > NORMAL_QUANTILE * np.sqrt(n)) & (one_sided <= 1 - CONFIDENCE))


def _more_for_most(hits: int, n: int) -> More | None:
    """Return how many more seeds would decide, in whichever direction most of them point."""
    return more_for_share(max(hits, n - hits), n, _fewest_beyond_half)


def _fewest_beyond_half(n: Counts) -> Counts:
    """Return for each number of seeds the fewest above one half that `_are_beyond_half`."""
    reach = math.ceil(NORMAL_QUANTILE * math.sqrt(n.max()) / 2) + _BEYOND_THE_SCORE
    candidates = n // 2 + np.arange(1, reach + 1)[:, None]
    first = np.argmax(_are_beyond_half(candidates, n), axis=0)
    return np.asarray(candidates[first, np.arange(len(n))], dtype=np.int64)
