"""Validates a data set before anything trains on it; each error says what was expected and what was received."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.errors import DataError

_EXAMPLE_NDIMS = (2, 3)
_MIN_CLASSES = 2
_BLOCK_EXAMPLES = 4096


@dataclass(frozen=True)
class CheckedArrays(RawArrays):
    """The four arrays after `check_arrays`."""

    y_train: npt.NDArray[np.int64]
    y_test: npt.NDArray[np.int64]


def check_arrays(arrays: RawArrays, source: str) -> CheckedArrays:
    """Return the arrays with labels as int64 of shape (num_examples,), or raise DataError naming the source.

    x must be numeric, finite in float32, and have shape (N, steps, features), (N, rows, columns) or (N, rows, columns,
    channels), the same in both halves except for N. y must be integers, (N,) or (N, 1): y_train contains every class
    from 0 to num_classes − 1, with at least two classes, and y_test no others.
    """
    y_train = _check_half(source, "train", arrays.x_train, arrays.y_train)
    y_test = _check_half(source, "test", arrays.x_test, arrays.y_test)
    _check_alike(source, arrays.x_train, arrays.x_test)
    num_classes = _check_classes(source, y_train)
    _check_test_labels(source, y_test, num_classes)
    return CheckedArrays(
        x_train=arrays.x_train,
        y_train=y_train.astype(np.int64),
        x_test=arrays.x_test,
        y_test=y_test.astype(np.int64),
        layout=arrays.layout,
        source=arrays.source,
    )


def _check_half(source: str, half: str, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Check one half on its own and return its labels with one axis."""
    _check_examples(f"{source}: x_{half}", x)
    labels = _check_labels(f"{source}: y_{half}", y)
    if len(labels) != len(x):
        raise DataError(
            f"{source}: expected as many labels as examples; x_{half} has {len(x):,} examples, y_{half} {len(labels):,}"
        )
    return labels


def _check_examples(where: str, x: npt.NDArray[Any]) -> None:
    """Check the dtype, the shape and the values of one array of examples."""
    if x.dtype.kind not in "uif":
        raise DataError(f"{where}: expected integers or floats, received dtype {x.dtype}; convert it with .astype")
    if x.ndim - 1 not in _EXAMPLE_NDIMS:
        raise DataError(
            f"{where}: expected shape (N, steps, features), (N, rows, columns) or (N, rows, columns, channels), "
            f"received {x.shape}; a series of single values needs a last axis: x[..., None]"
        )
    if 0 in x.shape:
        raise DataError(f"{where}: expected at least one example with at least one value, received shape {x.shape}")
    if x.dtype.kind == "f":
        _check_finite(where, x)


def _check_finite(where: str, x: npt.NDArray[Any]) -> None:
    """Refuse NaN, infinities, and values that float32 would turn into infinities."""
    # Not a Python float: a float16 array would convert it to float16, to an infinity that nothing exceeds.
    limit = np.float64(np.finfo(np.float32).max)
    for start in range(0, len(x), _BLOCK_EXAMPLES):
        block = x[start : start + _BLOCK_EXAMPLES]
        # A comparison with NaN is false, so one test catches all three.
        bad = ~((block >= -limit) & (block <= limit))
        if bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            raise DataError(
                f"{where}: expected finite values within float32, received {float(block[index])} in example "
                f"{start + index[0]}; remove that example or replace the value"
            )


def _check_labels(where: str, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Check dtype and shape of one array of labels and return it with one axis."""
    if y.ndim not in {1, 2} or (y.ndim == 2 and y.shape[1] != 1):  # noqa: PLR2004 - (N, 1) is how Keras has CIFAR's
        raise DataError(
            f"{where}: expected one label an example, shape (N,) or (N, 1), received {y.shape}; "
            "one-hot labels become integers with .argmax(axis=1)"
        )
    if y.dtype.kind not in "ui":
        raise DataError(f"{where}: expected integer labels, received dtype {y.dtype}; convert them with .astype(int)")
    return y.reshape(-1)


def _check_alike(source: str, x_train: npt.NDArray[Any], x_test: npt.NDArray[Any]) -> None:
    """Reject halves whose examples differ in shape or dtype; different dtypes would be scaled differently."""
    for what, train, test in (
        ("examples of one shape", x_train.shape[1:], x_test.shape[1:]),
        ("one dtype", x_train.dtype, x_test.dtype),
    ):
        if train != test:
            raise DataError(f"{source}: expected {what} in both halves; x_train has {train}, x_test has {test}")


def _check_classes(source: str, labels: npt.NDArray[Any]) -> int:
    """Return the number of classes of the training labels, which must be 0, 1, … without a gap."""
    # unique, not bincount: a single label of 10**12 must not allocate terabytes.
    classes = np.unique(labels)
    if len(classes) < _MIN_CLASSES:
        raise DataError(f"{source}: y_train: expected at least two classes, received only the label {classes[0]}")
    if classes[0] != 0 or classes[-1] != len(classes) - 1:
        raise DataError(
            f"{source}: y_train: expected the labels 0 to {len(classes) - 1} for its {len(classes)} classes, received "
            f"labels from {classes[0]} to {classes[-1]}; number them anew with numpy.unique(y, return_inverse=True)"
        )
    return len(classes)


def _check_test_labels(source: str, labels: npt.NDArray[Any], num_classes: int) -> None:
    """Refuse test labels of a class that the training labels do not have."""
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= num_classes:
        raise DataError(
            f"{source}: y_test: expected labels from 0 to {num_classes - 1}, the classes of y_train, received labels "
            f"from {lowest} to {highest}"
        )
