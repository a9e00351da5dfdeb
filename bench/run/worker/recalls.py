"""How well a trained network knows each class: the share of its validation examples that it gets right."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.describe import MAX_CLASSES_NAMED
from bench.run.worker.building import Built

_ROWS_OF_CLASSES = 2
_OF_A_SHARE, _OF_A_LOGIT = 0.5, 0.0


def measure_recalls(
    built: Built, batch_size: int, num_classes: int, val_accuracy: float | None
) -> tuple[float | None, ...]:
    """Return one share a class, None for a class without validation examples; nothing for thousands of classes.

    Of one output an example, a compile of the user's own decides from where on it means class 1. That is found by
    `val_accuracy`, which the last validation had; nothing where no usual threshold gives it.
    """
    if num_classes > MAX_CLASSES_NAMED:
        return ()
    outputs = np.asarray(built.model.predict(built.data.x_test, batch_size=batch_size, verbose=0))
    y = np.asarray(_on_the_host(built.data.y_test))
    labels = y.argmax(axis=1) if y.ndim == _ROWS_OF_CLASSES else y
    threshold: float | None = _OF_A_LOGIT if built.outputs == "one logit" else _OF_A_SHARE
    if built.outputs is None and outputs.shape[1] == 1:
        threshold = _find_threshold(outputs, labels, val_accuracy)
    return () if threshold is None else count_recalls(choose_classes(outputs, threshold), labels, num_classes)


def _find_threshold(
    outputs: npt.NDArray[Any], labels: npt.NDArray[np.integer[Any]], accuracy: float | None
) -> float | None:
    """Return the threshold that gives an accuracy, but for one example on the edge; None of those that are usual."""
    shares = {one: np.mean(choose_classes(outputs, one) == labels) for one in (_OF_A_SHARE, _OF_A_LOGIT)}
    return next(
        (one for one, share in shares.items() if accuracy is not None and abs(share - accuracy) < 1.5 / len(labels)),
        None,
    )


def _on_the_host(labels: Any) -> Any:
    """Return labels as NumPy takes them: a PyTorch network's are a tensor on its device."""
    return labels.cpu() if hasattr(labels, "cpu") else labels


def choose_classes(outputs: npt.NDArray[Any], threshold: float = _OF_A_SHARE) -> npt.NDArray[np.intp]:
    """Return the class that each row of outputs names; of one output an example, class 1 above the threshold."""
    likelier = outputs[:, 0] > threshold
    classes: npt.NDArray[np.intp] = likelier.astype(np.intp) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return classes


def count_recalls(
    answers: npt.NDArray[np.integer[Any]], labels: npt.NDArray[np.integer[Any]], num_classes: int
) -> tuple[float | None, ...]:
    """Return for each class the share of its examples that are answered by it."""
    right = np.bincount(labels[answers == labels], minlength=num_classes)
    there = np.bincount(labels, minlength=num_classes)
    return tuple(float(hits / total) if total else None for hits, total in zip(right, there, strict=True))
