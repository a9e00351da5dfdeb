"""What to know of a data set before believing an accuracy: its classes' shares, and examples in both halves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

# Names and counts of more classes would fill a journal; their number and the largest share are always kept.
MAX_CLASSES_NAMED = 1000


def describe_classes(
    y_train: npt.NDArray[np.int64], y_test: npt.NDArray[np.int64], class_names: tuple[str, ...]
) -> dict[str, Any]:
    """Return the fields of `DataInfo` on classes, from the numbered labels of both halves."""
    counts_train = np.bincount(y_train, minlength=len(class_names))
    counts_test = np.bincount(y_test, minlength=len(class_names))
    fields: dict[str, Any] = {"majority_accuracy": float(counts_test[counts_train.argmax()] / len(y_test))}
    if len(class_names) <= MAX_CLASSES_NAMED:
        fields |= {
            "class_names": class_names,
            "class_counts_train": tuple(counts_train.tolist()),
            "class_counts_test": tuple(counts_test.tolist()),
        }
    return fields


def count_repeated(x_train: npt.NDArray[Any], x_test: npt.NDArray[Any]) -> int:
    """Count the test examples that are equal, value by value, to a training example."""
    known = {hash(example.tobytes()) for example in x_train}
    candidates = [place for place, example in enumerate(x_test) if hash(example.tobytes()) in known]
    if not candidates:
        return 0
    # Two examples may share a hash: only equal bytes count.
    wanted = {x_test[place].tobytes() for place in candidates}
    found = {content for example in x_train if (content := example.tobytes()) in wanted}
    return sum(x_test[place].tobytes() in found for place in candidates)
