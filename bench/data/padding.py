"""Series of unequal length as one array: padded at the end, cut where asked, and their padded steps found again.

At the end, because cuDNN takes no other mask, and because the beginning of a series is what two lengths have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import DataError

LengthArray = npt.NDArray[np.int64]


def pad_series(series: Sequence[npt.NDArray[Any]], num_steps: int) -> npt.NDArray[Any]:
    """Return series of shape (steps, …) as one array (num_examples, num_steps, …), with zeros behind each one's end."""
    padded = np.zeros((len(series), num_steps, *series[0].shape[1:]), dtype=series[0].dtype)
    for row, one in zip(padded, series, strict=True):
        row[: len(one)] = one
    return padded


def split_series(flat: npt.NDArray[Any], lengths: LengthArray) -> list[npt.NDArray[Any]]:
    """Return the series that stand in `flat`, shape (steps of all, …), one after the other."""
    return np.split(flat, np.cumsum(lengths)[:-1])


def real_steps(lengths: LengthArray, num_steps: int) -> npt.NDArray[np.bool_]:
    """Return which steps are no padding, shape (num_examples, num_steps)."""
    return np.arange(num_steps) < lengths[:, np.newaxis]


def cut_lengths(lengths: LengthArray | None, num_examples: int, max_length: int) -> LengthArray:
    """Return the lengths of series that are cut behind step `max_length`."""
    return np.full(num_examples, max_length) if lengths is None else np.minimum(lengths, max_length)


def check_max_length(name: str, max_length: int, num_steps: int) -> None:
    """Raise DataError where no series is longer: a setting that changes nothing is a mistake."""
    if max_length >= num_steps:
        raise DataError(
            f"--max-length: expected less than the {num_steps:,} steps of the longest series of {name}, received "
            f"{max_length:,}; leave it out"
        )
