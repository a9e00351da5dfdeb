"""Where a series changes its level: energy statistics and permutations, without a model of the noise.

The method is E-divisive with exponent 1: Matteson and James, A Nonparametric Approach for Multiple Change Point
Analysis of Multivariate Data, JASA 109 (2014). On histories of benchmark results it was proved by Daly et al., The Use
of Change Point Detection to Identify Software Performance Regressions in a Continuous Integration System, ICPE (2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bench.analysis.statistics.bootstrap import fixed_generator
from bench.analysis.statistics.interval import Floats, Values

MIN_LEVEL = 2  # a single value is an outlier, no level
_MIN_PERMUTATIONS = 999
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ChangePoint:
    """The value at `index`, counted from 0, is the first of a new level; `p_value` is its permutation test's."""

    index: int
    p_value: float


@dataclass(frozen=True)
class _Split:
    """The best cut of a stretch: `energy` is how far its sides' distributions lie apart, weighed by their sizes."""

    energy: float
    index: int


def find_change_points(values: Values, alpha: float) -> tuple[ChangePoint, ...]:
    """Return the change points of a series in its order.

    The best cut of all stretches is taken as long as no more than a share `alpha` of permutations, each within its
    stretch, cut as well. So a series without a change shows one with probability `alpha` at most, whatever its noise's
    distribution, where its values are exchangeable. The generator is fixed: the same series gives the same answer.
    """
    series = np.asarray(values, dtype=np.float64)
    generator = fixed_generator()
    found: list[ChangePoint] = []
    while True:
        bounds = [0, *sorted(point.index for point in found), len(series)]
        best = _best_split(series, bounds)
        p_value = _permutation_p(series, bounds, best.energy, alpha, generator) if best else None
        if best is None or p_value is None:
            return tuple(sorted(found, key=lambda point: point.index))
        found.append(ChangePoint(best.index, p_value))


def min_values(alpha: float) -> int:
    """Return the fewest values in which a change can be found at all.

    The clearest change, in the middle of n different values, is cut as well by the permutations that keep its sides
    or swap them: two of the n over n/2 ways to share the values out.
    """
    n = 2 * MIN_LEVEL
    while 2 / math.comb(n, n // 2) > alpha:
        n += 1
    return n


def _best_split(series: Floats, bounds: Sequence[int]) -> _Split | None:
    splits = [_split(series[start:end], start) for start, end in pairwise(bounds) if end - start >= 2 * MIN_LEVEL]
    return max(splits, key=lambda split: split.energy, default=None)


def _split(stretch: Floats, start: int) -> _Split:
    """Cut a stretch where the energy between the values before and some values after is the largest.

    For sides of m and n values: m n / (m + n) × (2 × the mean distance between them − the mean distances within each).
    """
    cuts = _possible_cuts(len(stretch))
    # Sums over blocks of the distances, from any corner: `sums[a, b]` is over the first a rows and b columns.
    sums = np.pad(np.abs(stretch[:, np.newaxis] - stretch).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    squares = np.diagonal(sums)
    first = squares[cuts.at]
    between = sums[cuts.at, cuts.end] - first
    second = squares[cuts.end] - first - 2 * between
    energies = cuts.of_between * between - cuts.of_first * first - cuts.of_second * second
    place = int(np.argmax(energies))
    return _Split(float(energies[place]), start + int(cuts.at[place]))


@dataclass(frozen=True)
class _Cuts:
    """Every way to cut a stretch: sides up to `at` and from there to `end`, and what the sums of distances weigh.

    The second side may end before the stretch does: a level that came and went would else hide itself. A sum within a
    side counts each distance twice.
    """

    at: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    of_between: Floats
    of_first: Floats
    of_second: Floats


@lru_cache(maxsize=64)
def _possible_cuts(length: int) -> _Cuts:
    at, end = np.triu_indices(length + 1, k=MIN_LEVEL)
    at, end = at[at >= MIN_LEVEL], end[at >= MIN_LEVEL]
    m, n = at, end - at
    weight = m * n / (m + n)
    return _Cuts(at, end, 2 * weight / (m * n), weight / (m * (m - 1)), weight / (n * (n - 1)))


def _permutation_p(
    series: Floats, bounds: Sequence[int], energy: float, alpha: float, generator: np.random.Generator
) -> float | None:
    """Return the share of permutations that cut as well, the series itself counted too; None where it is above alpha.

    There are enough for p-values of half alpha, and no more than it takes to see alpha missed.
    """
    num_permutations = max(_MIN_PERMUTATIONS, math.ceil(2 / alpha) - 1)
    most = math.floor(alpha * (num_permutations + 1))
    num_as_far = 1
    for _ in range(num_permutations):
        permuted = np.concatenate([generator.permutation(series[start:end]) for start, end in pairwise(bounds)])
        best = _best_split(permuted, bounds)
        num_as_far += best is not None and best.energy >= energy - _ROUNDING * abs(energy)
        if num_as_far > most:
            return None
    return num_as_far / (num_permutations + 1)
