"""Validates a data set before anything trains on it; each error says what was expected and what was received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.labels import number_labels
from bench.errors import DataError
from bench.networks.registry import DataLayout

_EXAMPLE_NDIMS: Mapping[DataLayout, tuple[int, ...]] = {"tokens": (1,), "sequence": (2, 3), "image": (2, 3)}
_BARE_SERIES_NDIM = 2
_BLOCK_EXAMPLES = 4096
_MAX_TOKEN = np.iinfo(np.int32).max


@dataclass(frozen=True)
class CheckedArrays(RawArrays):
    """The four arrays after `check_arrays`, and the name of each class by its number."""

    x_test: npt.NDArray[np.generic]
    y_train: npt.NDArray[np.int64]
    y_test: npt.NDArray[np.int64]
    class_names: tuple[str, ...] = ()


def check_arrays(arrays: RawArrays, source: str) -> CheckedArrays:
    """Return the arrays with labels numbered from 0, as int64 of shape (num_examples,), or raise DataError.

    x must be numeric, finite in float32, and have shape (N, steps), (N, steps, features), (N, rows, columns) or (N,
    rows, columns, channels), the same in both halves except for N; a series of single values gets its last axis here.
    Tokens are integers from 0, (N, steps). What y may be, see `number_labels`. There must be a test half: see
    `split_validation`.
    """
    if arrays.x_test is None or arrays.y_test is None:
        raise DataError(f"{source}: expected a test half, received none")
    x_train, x_test = add_feature_axis(arrays.x_train), add_feature_axis(arrays.x_test)
    for half, x, y in (("train", x_train, arrays.y_train), ("test", x_test, arrays.y_test)):
        _check_half(source, half, x, y, arrays.layout)
    _check_alike(source, x_train, x_test)
    labels = number_labels(source, arrays.y_train, arrays.y_test)
    given = {
        **vars(arrays),
        "x_train": x_train,
        "x_test": x_test,
        "y_train": labels.y_train,
        "y_test": labels.y_test,
        "class_names": _name_classes(labels.class_names, arrays.label_names),
    }
    return CheckedArrays(**given)


def add_feature_axis(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return series of single values (N, steps) as (N, steps, 1)."""
    return x[..., np.newaxis] if x.ndim == _BARE_SERIES_NDIM and x.dtype.kind == "f" else x


def _name_classes(numbers: tuple[str, ...], label_names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the data set's own names of numbered classes, where it has one for each."""
    places = [int(number) for number in numbers if number.isdecimal()]
    if len(places) < len(numbers) or not label_names or max(places) >= len(label_names):
        return numbers
    return tuple(label_names[place] for place in places)


def _check_half(source: str, half: str, x: npt.NDArray[Any], y: npt.NDArray[Any], layout: DataLayout) -> None:
    """Check one half on its own."""
    check_examples(f"{source}: x_{half}", x, layout)
    if not y.ndim or len(y) != len(x):
        num_labels = len(y) if y.ndim else 0
        raise DataError(
            f"{source}: expected as many labels as examples; x_{half} has {len(x):,} examples, y_{half} {num_labels:,}"
        )


def check_examples(where: str, x: npt.NDArray[Any], layout: DataLayout) -> None:
    """Check the dtype, the shape and the values of one array of examples; errors begin with `where`."""
    if x.dtype.kind not in "uif":
        raise DataError(f"{where}: expected integers or floats, received dtype {x.dtype}; convert it with .astype")
    if x.ndim - 1 not in _EXAMPLE_NDIMS[layout]:
        raise DataError(
            f"{where}: expected shape (N, steps, features), (N, rows, columns) or (N, rows, columns, channels), or "
            f"integers (N, steps) for tokens, received {x.shape}; a series of single values needs a last axis: "
            "x[..., None]"
        )
    if 0 in x.shape:
        raise DataError(f"{where}: expected at least one example with at least one value, received shape {x.shape}")
    if layout == "tokens" and x.min() < 0:
        raise DataError(
            f"{where}: expected tokens, which are integers from 0, received {x.min()}; a series of single values needs "
            "a last axis: x[..., None]"
        )
    if layout == "tokens" and x.max() > _MAX_TOKEN:
        raise DataError(
            f"{where}: expected tokens, which are ids below 2**31, received {x.max():,}; if these integers are values "
            "and no ids, give each series a last axis: x[..., None]"
        )
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


def _check_alike(source: str, x_train: npt.NDArray[Any], x_test: npt.NDArray[Any]) -> None:
    """Reject halves whose examples differ in shape or dtype; different dtypes would be scaled differently."""
    for what, train, test, remedy in (
        ("examples of one shape", x_train.shape[1:], x_test.shape[1:], "cut or pad those of one half"),
        ("one dtype", x_train.dtype, x_test.dtype, f"convert with x_test.astype({str(x_train.dtype)!r}) if both are "
         "on one scale"),
    ):  # fmt: skip
        if train != test:
            raise DataError(
                f"{source}: expected {what} in both halves; x_train has {train}, x_test has {test}; {remedy}"
            )
