"""From figures to a verdict, and how often each can be wrong; values in, values out.

Two procedures. *Most seeds*: a statement holds or fails on each seed, and is decided where more than one half is beyond
doubt. *Effect*: an interval of paired effects lies wholly on one side of what the statement says. Neither says
"supported" or "refuted" below the smallest n at which it can be right often enough; each is wrong in at most one of 20
experiments at the border, where the truth is exactly between the two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from bench.analysis.pairs import more_for_half_width
from bench.analysis.stats import CONFIDENCE, MIN_FOR_AN_INTERVAL, Interval, Values, wilson_interval

Counts = npt.NDArray[np.int64]
Verdict = Literal["supported", "refuted", "inconclusive", "not tested"]

HALF = 0.5
MIN_FOR_MOST = math.ceil(math.log2(1 / (1 - CONFIDENCE)))  # 5: five of five are 1 in 32 where the truth is a half
_MAX_SEEDS = 1_000


@dataclass(frozen=True)
class Judgement:
    """A verdict with the figure it rests on; `num_more` further seeds would decide, were the figure what it seems."""

    verdict: Verdict
    effect: Interval | None
    num_more: int | None


def judge_most(holds: Sequence[bool], min_seeds: int) -> Judgement:
    """Judge whether a statement holds on more than half of all seeds, of which `holds` is a draw.

    Decided where Wilson's 95 % interval leaves one half out and the exact one-sided binomial test, too, is at 0.05 or
    below, which takes five seeds: Wilson's interval alone would decide at four, and be wrong once in 16.
    Clopper and Pearson, The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial, Biometrika 26
    (1934), for the exact test; for the interval see `wilson_interval`.
    """
    n, hits = len(holds), sum(holds)
    share = wilson_interval(hits, n)
    if share is None:
        return Judgement("not tested", None, None)
    if n >= min_seeds and _are_beyond_half(np.array([hits]), np.array([n]))[0]:
        return Judgement("supported" if hits * 2 > n else "refuted", share, 0)
    return Judgement("inconclusive", share, _more_for_most(hits, n, min_seeds))


def judge_effects(effects: Sequence[Interval | None], neutral: float, min_seeds: int) -> Verdict:
    """Judge whether every effect is above `neutral`: supported where all intervals are, refuted where all are below.

    To need all is an intersection-union test, which keeps each interval's own error without correction: Berger,
    Multiparameter Hypothesis Testing and Acceptance Sampling, Technometrics 24 (1982). An interval without bounds (one
    seed, or equal values) decides nothing.
    """
    if not effects or any(effect is None for effect in effects):
        return "not tested"
    known = [effect for effect in effects if effect is not None]
    if any(effect.n < max(min_seeds, MIN_FOR_AN_INTERVAL) or not effect.excludes(neutral) for effect in known):
        return "inconclusive"
    above = [effect.value > neutral for effect in known]
    return "supported" if all(above) else "inconclusive" if any(above) else "refuted"


def more_for_effect(values: Values, neutral: float, min_seeds: int) -> int | None:
    """Return how many more seeds bring the mean's interval clear of `neutral`, were mean and spread what they seem.

    At least as many as the required evidence still lacks; None where it cannot be told (see `more_for_half_width`).
    """
    missing = max(min_seeds, MIN_FOR_AN_INTERVAL) - len(values)
    if len(values) < MIN_FOR_AN_INTERVAL:
        return missing
    distance = abs(math.fsum(values) / len(values) - neutral)
    more = more_for_half_width(values, distance)
    return None if more is None else max(more, missing, 0)


def _are_beyond_half(hits: Counts, n: Counts) -> npt.NDArray[np.bool_]:
    """Return for each share hits / n whether both tests leave one half out.

    Wilson's interval inverts the score test, so it leaves one half out exactly where |2·hits − n| > z·√n.
    """
    z = stats.norm.ppf((1 + CONFIDENCE) / 2)
    one_sided = stats.binom.sf(np.maximum(hits, n - hits) - 1, n, HALF)
    return np.asarray((np.abs(2 * hits - n) > z * np.sqrt(n)) & (one_sided <= 1 - CONFIDENCE))


def _more_for_most(hits: int, n: int, min_seeds: int) -> int | None:
    """Return how many more seeds would decide, were their share the one seen; None at one half or beyond 1,000."""
    totals = np.arange(max(n + 1, min_seeds), _MAX_SEEDS + 1)
    decided = np.flatnonzero(_are_beyond_half(np.rint(hits / n * totals).astype(np.int64), totals))
    return int(totals[decided[0]]) - n if len(decided) else None
