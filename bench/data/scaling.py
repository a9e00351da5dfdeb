"""Converts a data set to what a network takes: scaled float32, as sequences or images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import Dataset
from bench.networks.registry import Layout
from bench.settings import Scaling

_PIXEL_MAXIMUM = 255.0
_SERIES_NDIM = 3
_IMAGE_NDIM = 4


@dataclass(frozen=True)
class PreparedData:
    """What a trial trains and validates on: x float32 in the model's layout, y int64 of shape (num_examples,)."""

    x_train: npt.NDArray[np.float32]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.float32]
    y_test: npt.NDArray[np.int64]


def prepare(dataset: Dataset, scaling: Scaling, layout: Layout) -> PreparedData:
    """Scale both halves by the training examples' divisor and arrange them for the model."""
    divisor = unit_divisor(dataset.x_train)
    return PreparedData(
        x_train=arrange(scale(dataset.x_train, scaling, divisor), layout),
        y_train=dataset.y_train,
        x_test=arrange(scale(dataset.x_test, scaling, divisor), layout),
        y_test=dataset.y_test,
    )


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
