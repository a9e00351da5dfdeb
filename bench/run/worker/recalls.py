"""How well a trained network knows each class: the share of its validation examples that it gets right."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.describe import MAX_CLASSES_NAMED
from bench.run.worker.building import Built

_ROWS_OF_CLASSES = 2


def measure_recalls(built: Built, batch_size: int, num_classes: int) -> tuple[float | None, ...]:
    """Return one share a class, None for a class without validation examples; nothing for thousands of classes."""
    if num_classes > MAX_CLASSES_NAMED:
        return ()
    outputs = np.asarray(built.model.predict(built.data.x_test, batch_size=batch_size, verbose=0))
    y = np.asarray(_on_the_host(built.data.y_test))
    labels = y.argmax(axis=1) if y.ndim == _ROWS_OF_CLASSES else y
    return count_recalls(choose_classes(outputs, is_logit=built.outputs == "one logit"), labels, num_classes)


def _on_the_host(labels: Any) -> Any:
    """Return labels as NumPy takes them: a PyTorch network's are a tensor on its device."""
    return labels.cpu() if hasattr(labels, "cpu") else labels


def choose_classes(outputs: npt.NDArray[Any], *, is_logit: bool) -> npt.NDArray[np.intp]:
    """Return the class that each row of outputs names; of one output an example, class 1 where it is the likelier."""
    likelier = outputs[:, 0] > (0.0 if is_logit else 0.5)
    classes: npt.NDArray[np.intp] = likelier.astype(np.intp) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return classes


def count_recalls(
    answers: npt.NDArray[np.integer[Any]], labels: npt.NDArray[np.integer[Any]], num_classes: int
) -> tuple[float | None, ...]:
    """Return for each class the share of its examples that are answered by it."""
    right = np.bincount(labels[answers == labels], minlength=num_classes)
    there = np.bincount(labels, minlength=num_classes)
    return tuple(float(hits / total) if total else None for hits, total in zip(right, there, strict=True))
