"""How well each class is known: counted from the answers to the validation examples."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import numpy as np
import pytest

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("outputs", "is_logit", "classes"),
    [
        ([[0.1, 0.7, 0.2], [5.0, -1.0, 0.0]], False, [1, 0]),
        ([[0.4], [0.6]], False, [0, 1]),
        ([[-0.4], [0.2]], True, [0, 1]),
    ],
)
def test_an_output_names_a_class(outputs, is_logit, classes):
    from bench.run.worker.recalls import choose_classes

    assert choose_classes(np.asarray(outputs), is_logit=is_logit).tolist() == classes


def test_a_recall_is_of_a_classs_own_examples():
    from bench.run.worker.recalls import count_recalls

    assert count_recalls(np.array([0, 0, 1, 0]), np.array([0, 0, 1, 1]), 3) == (1.0, 0.5, None)
