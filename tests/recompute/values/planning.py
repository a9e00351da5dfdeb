"""How many more values would decide, for 90 % power, and the range that few values leave of that."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from tests.recompute.values.interval import Values, are_equal

_POWER = 0.9
_FEWEST = 5
_MOST = 1_000
_TAIL = 0.1


@dataclass(frozen=True)
class More:
    """How many more values decide were the effect what it seems, and at either end of its 80 % interval."""

    number: int
    low: int
    high: int


def more_pairs(differences: Values) -> More | None:
    """Return how many more pairs bring Student's t interval clear of 0 in nine of ten experiments."""
    n = len(differences)
    if n < _FEWEST or are_equal(differences):
        return None
    size = abs(float(np.mean(differences))) / float(np.std(differences, ddof=1)) * math.sqrt(n)
    strong, weak = (_noncentrality(size, n - 1, tail) for tail in (_TAIL, 1 - _TAIL))
    return _range(lambda noncentrality: _fewest(noncentrality, n), (size, strong, weak))


def _noncentrality(t: float, df: int, share: float) -> float:
    """Return the noncentrality of a Student's t that lies below `t` in such a share; 0 where there is none above 0."""

    def beyond(noncentrality: float) -> float:
        return float(special.nctdtr(df, noncentrality, t)) - share

    return float(optimize.brentq(beyond, 0.0, 4 * t + 20)) if beyond(0.0) > 0 else 0.0


def _fewest(noncentrality: float, n: int) -> int | None:
    if noncentrality <= 0:
        return None
    more = np.arange(1, _MOST + 1)
    df, grown = n + more - 1, noncentrality * np.sqrt((n + more) / n)
    enough = np.flatnonzero(stats.nct.sf(stats.t.ppf(0.975, df), df, grown) >= _POWER)
    return int(more[enough[0]]) if len(enough) else None


def more_seeds(hits: int, n: int) -> More | None:
    """Return how many more seeds decide what more than half of them do, were the share of all that of these."""
    if n < _FEWEST:
        return None
    most = max(hits, n - hits)
    z = float(stats.norm.ppf(1 - _TAIL))
    centre = (most / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(most / n * (1 - most / n) / n + z * z / (4 * n * n))
    return _range(lambda share: _fewest_seeds(share, most, n), (most / n, centre + half, centre - half))


def _fewest_seeds(share: float, hits: int, n: int) -> int | None:
    if share <= 1 / 2:
        return None
    more = np.arange(1, _MOST + 1)
    lacking = fewest_beyond_half(n + more) - hits
    enough = np.flatnonzero(stats.binom.sf(lacking - 1, more, share) >= _POWER)
    return int(more[enough[0]]) if len(enough) else None


def fewest_beyond_half(n: int | np.ndarray) -> np.ndarray:
    """Return the fewest of n at which Wilson's interval and the exact one-sided test both leave one half out."""
    by_score = np.floor((n + stats.norm.ppf(0.975) * np.sqrt(n)) / 2) + 1
    exact = stats.binom.isf(0.05, n, 0.5) + 1
    return np.maximum(by_score, exact)


def _range(fewest: Callable[[float], int | None], sizes: tuple[float, float, float]) -> More | None:
    number, low, high = map(fewest, sizes)
    return None if number is None or low is None or high is None else More(number, low, high)
