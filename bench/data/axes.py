"""The order of an example's axes: as Keras has it, channels last, or as PyTorch and many archives have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bench.settings import Axes

_IMAGE_CHANNELS = (1, 3, 4)
_IMAGE_NDIM = 3
_SERIES_NDIM = 2
_LIKELIER = 2  # so many times as many features as steps are more likely steps


def order_axes(x: npt.NDArray[Any], axes: Axes) -> npt.NDArray[Any]:
    """Return examples with their channels last; nothing is copied.

    (N, channels, rows, columns) becomes (N, rows, columns, channels), and (N, features, steps) (N, steps, features).
    """
    return np.moveaxis(x, 1, -1) if axes == "channels-first" and x.ndim > _SERIES_NDIM else x


def seem_reversed(example_shape: tuple[int, ...], layout: str | None) -> bool:
    """Tell whether an example's shape is likelier channels first: (3, 32, 32) of an image, (3, 60) of a series."""
    first, last = example_shape[0], example_shape[-1]
    if len(example_shape) == _IMAGE_NDIM:
        return first in _IMAGE_CHANNELS and last not in _IMAGE_CHANNELS
    return layout == "sequence" and len(example_shape) == _SERIES_NDIM and last >= _LIKELIER * first


def word_example(example_shape: tuple[int, ...], layout: str | None) -> str:
    """Return what an example is: `60 steps of 3 features`, `28 rows of 28 pixels`, or its shape alone."""
    first, *others = example_shape
    if len(example_shape) == _IMAGE_NDIM:
        channels = _count(others[1], "channel")
        return f"{first:,} rows of {others[0]:,} pixels with {channels}"
    if not others:
        return _count(first, "token")
    if layout is None:
        return f"{first:,} × {others[0]:,}"
    if layout == "image":
        return f"{first:,} rows of {others[0]:,} pixels"
    return f"{_count(first, 'step')} of {_count(others[0], 'feature')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
