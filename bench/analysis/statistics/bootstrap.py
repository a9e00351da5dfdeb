"""Resamples of n values, all from one fixed seed: what they draw depends on n alone, so it is drawn once for each n.

A report resamples dozens of figures a case over the same seeds. The draws, the order of every sum and the bounds are
those of `scipy.stats.bootstrap`, whose generator is started anew for each figure; memory is bounded by working in
batches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.signedinteger[Any]]

SEED = 20_211_206
MAX_EXACT_SIGNS = 16  # values of which every pattern of signs is counted
_BLOCK_VALUES = 32
_BATCH_VALUES = 1 << 17  # a batch of so many values stays in a core's cache


def fixed_generator() -> np.random.Generator:
    """Return the generator from which every resampling of this package starts."""
    return np.random.default_rng(SEED)


def resample_interquartile_mean(values: Floats, num_resamples: int) -> Floats:
    """Return the interquartile mean of each of so many resamples, equal to sorting each but for rounding.

    From the smallest value up, a resample's sum takes what its count of the value adds between the two cuts, so that
    nothing is sorted but the values themselves. Where a block of values lies between the cuts of every resample, or
    beyond those of every one, it need not be cut.
    """
    n = len(values)
    counts = count_draws(n, num_resamples)
    low, high = counts.dtype.type(n // 4), counts.dtype.type(n - n // 4)
    seen, sums = np.zeros(num_resamples, counts.dtype), np.zeros(num_resamples)
    order = np.argsort(values)
    for block in (order[first : first + _BLOCK_VALUES] for first in range(0, n, _BLOCK_VALUES)):
        after = seen + counts[block].sum(axis=0, dtype=counts.dtype)
        if seen.min() >= low and after.max() <= high:
            sums += values[block] @ counts[block]
        elif after.max() > low and seen.min() < high:
            _add_between(sums, seen, values[block], counts[block], low, high)
        seen = after
    return sums / (n - 2 * (n // 4))


def _add_between(
    sums: Floats, seen: Counts, values: Floats, counts: Counts, low: np.signedinteger[Any], high: np.signedinteger[Any]
) -> None:
    """Add to each resample's sum what it holds of these values between its two cuts; `seen` counts those before."""
    seen, now_inside, gained, addend = seen.copy(), np.empty_like(seen), np.empty_like(seen), np.empty_like(sums)
    inside = np.clip(seen, low, high)
    for value, count in zip(values, counts, strict=True):
        seen += count
        np.maximum(np.minimum(seen, high, out=now_inside), low, out=now_inside)
        np.subtract(now_inside, inside, out=gained)
        sums += np.multiply(gained, value, out=addend)
        inside, now_inside = now_inside, inside


def percentile_bounds(distribution: Floats, confidence: float) -> tuple[float, float]:
    """Return the bounds between which so large a share of a bootstrap distribution lies, half of the rest on a side."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(distribution, [tail, 1 - tail])
    return float(low), float(high)


def subset_mean_bounds(values: Floats, tail: float) -> tuple[float, float]:
    """Return the bounds beyond which so large a share of the means of all 2ⁿ − 1 subsets lies, on either side.

    The 2ⁿ − 1 means cut the line into 2ⁿ parts, in each of which the centre of symmetric values lies equally often. At
    least one part is left out on each side, even where it is larger than `tail`. Above 16 values the means are of
    65,536 drawn subsets.
    """
    n = len(values)
    patterns = _sign_patterns(n)
    centred = values - values.mean()
    chosen, sizes = _subsets(n)
    means = (centred.sum() - sum_sign_patterns(centred)[chosen]) / (2 * sizes)
    rank = max(1, math.floor(tail * (len(chosen) + 1)))
    places = (rank - 1, len(chosen) - rank)
    order = np.argpartition(means, places)
    # Summed once more, from the values themselves: a bound of 0 is to be 0, and not what rounding left of it.
    bounds = (np.unpackbits(patterns[:, chosen[order[place]]], bitorder="little", count=n) for place in places)
    low, high = (math.fsum(values[members.astype(np.bool_)]) / int(members.sum()) for members in bounds)
    return low, high


def sum_sign_patterns(values: Floats) -> Floats:
    """Return the sum of the values under each of the 2ⁿ patterns of signs, or under 65,536 drawn ones above 16 values.

    Eight values at a time: their 256 signed sums are a table, and a byte of a pattern is a place in it.
    """
    patterns = _sign_patterns(len(values))
    padded = np.zeros(8 * len(patterns))
    padded[: len(values)] = values
    sums, addend = np.zeros((2, patterns.shape[1]))
    for table, column in zip(padded.reshape(-1, 8) @ _BYTE_SIGNS.T, patterns, strict=True):
        sums += np.take(table, column, out=addend, mode="clip")  # no byte is beyond: with "raise" it would be buffered
    return sums


def _batches(num_rows: int, num_columns: int) -> Iterator[slice]:
    rows = max(1, _BATCH_VALUES // max(1, num_columns))
    return (slice(first, min(first + rows, num_rows)) for first in range(0, num_rows, rows))


@lru_cache(maxsize=4)
def draw_indices(n: int, num_resamples: int) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Return which of n values each resample holds: a row a resample. Drawing in batches draws the same."""
    generator = fixed_generator()
    drawn = np.empty((num_resamples, n), np.min_scalar_type(n - 1))
    for rows in _batches(num_resamples, n):
        drawn[rows] = generator.integers(0, n, (rows.stop - rows.start, n))
    return drawn


@lru_cache(maxsize=4)
def count_draws(n: int, num_resamples: int) -> Counts:
    """Return how often each resample holds each of n values: a row a value."""
    drawn = draw_indices(n, num_resamples)
    counts = np.empty((n, num_resamples), np.int16 if n <= np.iinfo(np.int16).max else np.int32)
    for rows in _batches(num_resamples, n):
        flat = drawn[rows] + n * np.arange(rows.stop - rows.start)[:, np.newaxis]
        counts[:, rows] = np.bincount(flat.ravel(), minlength=n * (rows.stop - rows.start)).reshape(-1, n).T
    return counts


@lru_cache(maxsize=8)
def _subsets(n: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return the places of the patterns that turn a value round at all, and how many each turns."""
    sizes = np.bitwise_count(_sign_patterns(n)).sum(axis=0, dtype=np.float64)
    chosen = np.flatnonzero(sizes)
    return chosen, sizes[chosen]


def _sign_patterns(n: int) -> npt.NDArray[np.uint8]:
    return draw_signs(n) if n > MAX_EXACT_SIGNS else _all_signs(n)


def _all_signs(n: int) -> npt.NDArray[np.uint8]:
    """Return every pattern of n signs: a column a pattern, a row eight of its signs."""
    numbers = np.arange(2**n)
    return np.stack([(numbers >> shift & 0xFF).astype(np.uint8) for shift in range(0, n, 8)])


@lru_cache(maxsize=4)
def draw_signs(n: int) -> npt.NDArray[np.uint8]:
    """Return 65,536 drawn patterns of n signs as `_all_signs` does."""
    generator = fixed_generator()
    num_patterns = 2**MAX_EXACT_SIGNS
    signs = np.empty((-(-n // 8), num_patterns), np.uint8)
    for columns in _batches(num_patterns, n):
        drawn = generator.integers(2, size=(columns.stop - columns.start, n))
        signs[:, columns] = np.packbits(drawn.astype(np.bool_), axis=1, bitorder="little").T
    return signs


# The signs of eight values for each byte: a set bit turns a value round.
_BYTE_SIGNS = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1, bitorder="little")
