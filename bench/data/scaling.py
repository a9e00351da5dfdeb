"""Converts a data set to what a network takes: scaled float32 as sequences or images, or tokens as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import Dataset
from bench.data.padding import LengthArray, real_steps
from bench.errors import DataError
from bench.networks.registry import Layout
from bench.settings import Scaling

_PIXEL_MAXIMUM = 255.0
_SERIES_NDIM = 3
_IMAGE_NDIM = 4


@dataclass(frozen=True)
class PreparedData:
    """What a trial trains and validates on, and y int64 of shape (num_examples,).

    x is float32 in the model's layout, or int32 of shape (num_examples, steps) for tokens, and 0 where a series is
    padded; lengths are those of `Dataset`.
    """

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[Any]
    y_test: npt.NDArray[np.int64]
    lengths_train: LengthArray | None = None
    lengths_test: LengthArray | None = None


def prepare(dataset: Dataset, scaling: Scaling, layout: Layout) -> PreparedData:
    """Scale both halves by the training examples and arrange them for the model; tokens stay as they are."""
    x_train, x_test = (
        (x.astype(np.int32) for x in (dataset.x_train, dataset.x_test))
        if dataset.layout == "tokens"
        else (arrange(x, layout) for x in _scale_halves(dataset, scaling))
    )
    return PreparedData(x_train, dataset.y_train, x_test, dataset.y_test, dataset.lengths_train, dataset.lengths_test)


def _scale_halves(dataset: Dataset, scaling: Scaling) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the training and the test examples, each with 0 where it is padded."""
    halves = ((dataset.x_train, dataset.lengths_train), (dataset.x_test, dataset.lengths_test))
    if scaling != "standard":
        divisor = unit_divisor(dataset.x_train)
        yield from (scale(x, scaling, divisor) for x, _ in halves)
        return
    mean, deviation = feature_moments(dataset)
    for x, lengths in halves:
        scaled = ((x.astype(np.float64) - mean) / deviation).astype(np.float32)
        if lengths is not None:
            scaled[~real_steps(lengths, x.shape[1])] = 0
        yield scaled


def feature_moments(dataset: Dataset) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what `standard` scaling subtracts and divides by: two arrays that broadcast against the examples.

    The mean and the deviation of each feature over the training examples and their steps, padding left out; of images,
    of each channel over examples, rows and columns. The deviation of a feature that never changes counts as 1, so that
    it becomes 0.
    """
    x = dataset.x_train
    channels = dataset.layout == "sequence" or x.ndim == _IMAGE_NDIM
    axes = tuple(range(x.ndim - 1 if channels else x.ndim))
    real = np.ones(x.shape[:2], dtype=bool)
    if dataset.lengths_train is not None:
        real = real_steps(dataset.lengths_train, x.shape[1])
    where = real.reshape(*real.shape, *(1,) * (x.ndim - 2))
    mean = x.mean(axis=axes, dtype=np.float64, where=where)
    deviation = x.std(axis=axes, dtype=np.float64, where=where)
    # By the values themselves: the deviation of equal values is a rounding error, and not always 0.
    lowest, highest = x.min(axis=axes, where=where, initial=x.max()), x.max(axis=axes, where=where, initial=x.min())
    return mean, np.where((lowest == highest) | (deviation == 0), 1.0, deviation)


def mark_padding(data: PreparedData, mark: float) -> None:
    """Put `mark` in place of the zeros of padded steps, of which a network then makes its mask.

    Raises:
        DataError: where a step that is no padding is nothing but marks.
    """
    for x, lengths in ((data.x_train, data.lengths_train), (data.x_test, data.lengths_test)):
        if lengths is None:
            continue
        real = real_steps(lengths, x.shape[1])
        if (x[real] == mark).all(axis=-1).any():
            raise DataError(
                f"expected no step whose values are all {mark:g}, which marks padding; choose another scaling"
            )
        x[~real] = mark


def unit_divisor(x_train: npt.NDArray[Any]) -> float:
    """Return what `unit` scaling divides by.

    255 for uint8 (pixels, as in the Keras tutorial), however dark they are; but uint8 of 0 and 1 alone are events or
    masks and no pixels, and stay as they are. For every other dtype, the largest absolute value of the training
    examples: they then lie between −1 and 1, zero stays zero, and data whose maximum is already
    1 is unchanged. 1 if all are zero. See docs/decisions/data/014-unit-scaling.md.
    """
    if x_train.dtype == np.uint8:
        return _PIXEL_MAXIMUM if x_train.max() > 1 else 1.0
    # Not abs(): the most negative integer has no positive counterpart in its own dtype.
    largest = np.float32(max(float(x_train.max()), -float(x_train.min())))
    return float(largest) or 1.0


def scale(x: npt.NDArray[Any], scaling: Scaling, divisor: float | None = None) -> npt.NDArray[np.float32]:
    """Return x as float32: unchanged for `none`, divided by the training examples' `unit_divisor` for `unit`.

    Args:
        x: examples of any numeric dtype and shape.
        scaling: `unit` or `none`.
        divisor: `unit_divisor` of the training examples; pixels (uint8) need none.

    Raises:
        ValueError: for `unit` without a divisor if x is not uint8: test data must not be scaled by its own maximum.
    """
    if scaling == "none":
        return x.astype(np.float32)
    if divisor is None:
        if x.dtype != np.uint8:
            raise ValueError(f"unit scaling of {x.dtype} needs the training examples' divisor: see unit_divisor")
        divisor = _PIXEL_MAXIMUM
    scaled = x.astype(np.float32)
    scaled /= np.float32(divisor)
    return scaled


def arrange(x: npt.NDArray[Any], layout: Layout) -> npt.NDArray[Any]:
    """Return x as sequences (num_examples, steps, features) or images (num_examples, rows, columns, channels).

    Rows become steps, and columns with their channels become features. Nothing is copied.

    | from | `sequence` | `image` |
    |---|---|---|
    | (N, rows, columns) or (N, steps, features) | unchanged | (N, rows, columns, 1) |
    | (N, rows, columns, channels) | (N, rows, columns · channels) | unchanged |

    Raises:
        ValueError: if x has neither three nor four axes.
    """
    if x.ndim not in {_SERIES_NDIM, _IMAGE_NDIM}:
        raise ValueError(f"expected three or four axes, examples first; received shape {x.shape}")
    if layout == "sequence":
        return x.reshape(*x.shape[:2], -1) if x.ndim == _IMAGE_NDIM else x
    return x if x.ndim == _IMAGE_NDIM else x[..., np.newaxis]
