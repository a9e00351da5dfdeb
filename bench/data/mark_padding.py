"""Finds where series of a user's arrays end: by arrays of lengths beside them, or by NaN behind their ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.padding import LengthArray, real_steps
from bench.errors import DataError
from bench.settings import Axes

_SERIES_NDIM = 3  # (num_examples, steps, features)


def mark_padding(arrays: RawArrays, source: str, axes: Axes = "channels-last") -> RawArrays:
    """Return the arrays with each series' own length, and zeros behind its end; as they are where none ends early.

    Behind a series' end every feature is NaN, as some readers keep the archives of UCR and UEA. NaN before that stays,
    and is refused.

    Raises:
        DataError: for lengths that are of one half alone, no whole numbers, of another count than the examples, below 1
            or beyond the steps; and for lengths beside images.
    """
    given = {"train": arrays.lengths_train, "test": arrays.lengths_test}
    x = {"train": arrays.x_train, "test": arrays.x_test}
    halves = [half for half, values in x.items() if values is not None]
    lengths: dict[str, LengthArray | None]
    if any(given[half] is not None for half in halves):
        lengths = {half: _check_lengths(source, half, given[half], x[half], arrays, axes) for half in halves}
    else:
        lengths = {half: _lengths_before_nan(x[half], axes) for half in halves}
    known = {half: found for half, found in lengths.items() if found is not None}
    if not known:
        return arrays
    changed: dict[str, Any] = {}
    for half in halves:
        values = _steps_first(np.asarray(x[half]), axes)
        own = known.get(half, np.full(len(values), values.shape[1]))
        padded = np.array(values)
        padded[~real_steps(own, values.shape[1])] = 0
        changed |= {f"x_{half}": _steps_first(padded, axes), f"lengths_{half}": own}
    return replace(arrays, **changed)


def _steps_first(x: npt.NDArray[Any], axes: Axes) -> npt.NDArray[Any]:
    """Return series with their steps before their features, or back; others as they are."""
    return x.swapaxes(1, 2) if axes == "channels-first" and x.ndim == _SERIES_NDIM else x


def _lengths_before_nan(x: npt.NDArray[Any] | None, axes: Axes) -> LengthArray | None:
    """Return how many steps stand before those at the end that are NaN in every feature; None where none are."""
    if x is None or x.dtype.kind != "f" or x.ndim not in (_SERIES_NDIM - 1, _SERIES_NDIM):
        return None
    values = _steps_first(x, axes) if x.ndim == _SERIES_NDIM else x[..., np.newaxis]
    if 0 in values.shape or not np.isnan(values[:, -1]).all(axis=1).any():
        return None
    is_missing = np.isnan(values).all(axis=2)
    num_steps = values.shape[1]
    num_behind = np.where(is_missing.all(axis=1), num_steps, np.argmin(is_missing[:, ::-1], axis=1))
    if (num_behind == num_steps).any():
        return None  # an example of nothing but NaN is refused as such
    return np.asarray(num_steps - num_behind, np.int64)


def _check_lengths(
    source: str, half: str, lengths: npt.NDArray[Any] | None, x: Any, arrays: RawArrays, axes: Axes
) -> LengthArray:
    where = f"{source}: lengths_{half}"
    if arrays.layout == "image":
        raise DataError(f"{where}: images have no length; remove the array")
    if lengths is None:
        raise DataError(f"{where}: expected the lengths of both halves, received those of one; add the array")
    flat, num_steps = np.asarray(lengths).reshape(-1), _steps_first(x, axes).shape[1]
    if flat.dtype.kind not in "ui" or len(flat) != len(x):
        raise DataError(
            f"{where}: expected {len(x):,} integers, one for each example, received {len(flat):,} of {flat.dtype}"
        )
    wrong = flat[(flat < 1) | (flat > num_steps)]
    if len(wrong):
        raise DataError(f"{where}: expected lengths from 1 to the {num_steps:,} steps, received {wrong[0]:,}")
    return np.asarray(flat, np.int64)
