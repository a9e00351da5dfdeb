"""How well each class is known: counted from the answers to the validation examples."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from types import SimpleNamespace

import numpy as np
import pytest

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("outputs", "threshold", "classes"),
    [
        ([[0.1, 0.7, 0.2], [5.0, -1.0, 0.0]], 0.5, [1, 0]),
        ([[0.4], [0.6]], 0.5, [0, 1]),
        ([[-0.4], [0.2]], 0.0, [0, 1]),
    ],
)
def test_an_output_names_a_class(outputs, threshold, classes):
    from bench.run.worker.recalls import choose_classes

    assert choose_classes(np.asarray(outputs), threshold).tolist() == classes


def test_a_recall_is_of_a_classs_own_examples():
    from bench.run.worker.recalls import count_recalls

    assert count_recalls(np.array([0, 0, 1, 0]), np.array([0, 0, 1, 1]), 3) == (1.0, 0.5, None)


@pytest.mark.parametrize(
    ("val_accuracy", "recalls"), [(0.5, (1.0, 0.0)), (1.0, (1.0, 1.0)), (0.75, ()), (None, ())], ids=str
)
def test_the_threshold_of_an_own_compile_is_the_one_that_its_accuracy_shows(val_accuracy, recalls):
    """Logits 0.2 and 0.4 of class 1 are below Keras' one half, and above 0, where such a network is told to decide."""
    from bench.run.worker.recalls import measure_recalls

    class Model:
        def predict(self, x, **_):
            return np.asarray(x)

    logits, labels = [[-1.0], [-2.0], [0.2], [0.4]] * 4, [0, 0, 1, 1] * 4
    built = SimpleNamespace(model=Model(), outputs=None, data=SimpleNamespace(x_test=logits, y_test=labels))
    assert measure_recalls(built, 4, 2, val_accuracy) == recalls
