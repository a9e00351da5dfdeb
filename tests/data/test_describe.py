"""Shares of classes, and examples that stand in both halves."""

import numpy as np

from bench.data.describe import count_repeated, describe_classes


def test_the_majoritys_accuracy_is_of_the_training_halfs_largest_class():
    fields = describe_classes(np.array([0, 0, 1]), np.array([1, 1, 1, 0]), ("no", "yes"))
    assert fields == {
        "majority_accuracy": 0.25, "class_names": ("no", "yes"), "class_counts_train": (2, 1),
        "class_counts_test": (1, 3),
    }  # fmt: skip


def test_of_thousands_of_classes_the_majority_alone_is_kept():
    names = tuple(map(str, range(2000)))
    assert describe_classes(np.arange(2000), np.arange(4), names) == {"majority_accuracy": 0.25}


def test_test_examples_that_are_training_examples_are_counted():
    x = np.random.default_rng(0).normal(size=(20, 4, 2))
    assert count_repeated(x[:10], x[10:]) == 0
    assert count_repeated(x[:10], x[7:]) == 3
    assert count_repeated(x[:10], np.concatenate([x[:1], x[:1]])) == 2
