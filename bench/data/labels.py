"""Numbers labels of any kind 0, 1, … in one way over both halves, and keeps what they were called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import DataError

_MIN_CLASSES = 2
_MAX_SHOWN = 5
_CLASSIFIES = "this benchmark classifies: it needs one class an example"


@dataclass(frozen=True)
class NumberedLabels:
    """Labels of both halves as int64 of shape (num_examples,), and the name of each class by its number."""

    y_train: npt.NDArray[np.int64]
    y_test: npt.NDArray[np.int64]
    class_names: tuple[str, ...]


def number_labels(source: str, y_train: npt.NDArray[Any], y_test: npt.NDArray[Any]) -> NumberedLabels:
    """Give each class of the training labels its number, in ascending order, and the test labels the same numbers.

    Labels may be text, booleans, integers in any range and with gaps, floats that are integers, and rows of 0 and 1
    (one-hot), each with one axis or, as Keras has CIFAR's, with a second one of size 1.

    Raises:
        DataError: naming the source, for real-valued or several labels an example, a single class, or a class that the
            test labels have alone.
    """
    flat_train, flat_test = (
        flatten_labels(f"{source}: y_{half}", y) for half, y in (("train", y_train), ("test", y_test))
    )
    if (flat_train.dtype.kind in "US") != (flat_test.dtype.kind in "US"):
        raise DataError(
            f"{source}: expected labels of one kind in both halves, received {_word_kind(flat_train)} "
            f"in y_train and {_word_kind(flat_test)} in y_test; write both alike, such as with .astype(str)"
        )
    classes, numbers = np.unique(flat_train, return_inverse=True)
    if len(classes) < _MIN_CLASSES:
        raise DataError(f"{source}: y_train: expected at least two classes, received only the label {classes[0]}")
    return NumberedLabels(
        numbers.reshape(-1).astype(np.int64), _look_up(source, flat_test, classes), tuple(map(_name, classes))
    )


def flatten_labels(where: str, y: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return labels with one axis, as integers or as text; of one-hot rows the place of the 1.

    Raises:
        DataError: beginning with `where`, for what is no label.
    """
    if y.ndim == 2 and y.shape[1] > 1:  # noqa: PLR2004 - (N, classes)
        return _from_one_hot(where, y)
    if y.ndim not in {1, 2}:
        raise DataError(f"{where}: expected one label an example, shape (N,) or (N, 1), received {y.shape}")
    flat = y.reshape(-1)
    if flat.dtype.kind in "SU":
        return _from_text(where, flat)
    if flat.dtype.kind == "b":
        return flat.astype(np.int64)
    if flat.dtype.kind == "f":
        return _from_floats(where, flat)
    if flat.dtype.kind not in "ui":
        raise DataError(f"{where}: expected labels as text or numbers, received dtype {y.dtype}; convert with .astype")
    return flat


def _from_text(where: str, flat: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    if flat.dtype.kind == "S":
        try:
            flat = np.char.decode(flat, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{where}: expected labels as text in UTF-8, received {error.object[:40]!r}; decode them first"
            ) from error
    missing = np.flatnonzero(np.char.strip(flat) == "")
    if len(missing):
        raise DataError(
            f"{where}: expected a label for each example, received an empty one in example {missing[0]}; remove those "
            "examples, or name their class"
        )
    text: npt.NDArray[np.str_] = flat
    return text


def _from_floats(where: str, flat: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    broken = flat[~np.isfinite(flat)]
    if len(broken):
        raise DataError(f"{where}: expected a label for each example, received {broken[0]}; remove those examples")
    real = flat[flat != np.round(flat)]
    if len(real):
        raise DataError(f"{where}: {_CLASSIFIES}, received real values such as {real[0]:g}; cut them into classes")
    # From here on neighbouring integers are one float.
    large = flat[np.abs(flat.astype(np.float64)) >= 2.0 ** (np.finfo(flat.dtype).nmant + 1)]
    if len(large):
        raise DataError(
            f"{where}: expected labels that floats hold exactly, received {large[0]:g}; save them as integers or text"
        )
    return flat.astype(np.int64)


def _from_one_hot(where: str, y: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if y.dtype.kind not in "buif" or not np.isin(y, (0, 1)).all() or not (y.sum(axis=1) == 1).all():
        raise DataError(
            f"{where}: {_CLASSIFIES}, received rows of shape {y.shape} that are not one 1 among zeros; of "
            "probabilities take .argmax(axis=1)"
        )
    places: npt.NDArray[np.int64] = y.argmax(axis=1).astype(np.int64)
    return places


def _look_up(source: str, y_test: npt.NDArray[Any], classes: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the number of each test label."""
    numbers = np.minimum(np.searchsorted(classes, y_test), len(classes) - 1)
    unknown = np.unique(y_test[classes[numbers] != y_test])
    if len(unknown):
        shown = ", ".join(map(_name, unknown[:_MAX_SHOWN]))
        raise DataError(
            f"{source}: y_test: expected the {len(classes)} classes of y_train alone, received also {shown}; remove "
            "those examples, or add some of each to the training examples"
        )
    return numbers.astype(np.int64)


def _word_kind(labels: npt.NDArray[Any]) -> str:
    return "text" if labels.dtype.kind == "U" else "numbers"


def _name(label: Any) -> str:
    return str(label)
