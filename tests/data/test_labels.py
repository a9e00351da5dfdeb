"""Labels of any kind, numbered in one way over both halves."""

import numpy as np
import pytest

from bench.data.labels import number_labels
from bench.errors import DataError

NUMBERS = np.array([0, 1, 2, 1, 0, 2])


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (NUMBERS, ("0", "1", "2")),
        (NUMBERS.astype("u1").reshape(-1, 1), ("0", "1", "2")),
        (NUMBERS + 1, ("1", "2", "3")),
        (NUMBERS - 1, ("-1", "0", "1")),
        (NUMBERS * 10**15, ("0", "1000000000000000", "2000000000000000")),
        (NUMBERS.astype("f4"), ("0", "1", "2")),
        (np.array(["d0", "d1", "d2"])[NUMBERS], ("d0", "d1", "d2")),
        (np.array([b"d0", b"d1", b"d2"])[NUMBERS], ("d0", "d1", "d2")),
        (np.eye(3)[NUMBERS], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[NUMBERS], ("0", "1", "2")),
    ],
)
def test_labels_of_any_kind_become_numbers_from_0(labels, names):
    numbered = number_labels("mine", labels, labels[:2])
    assert (numbered.y_train.tolist(), numbered.y_test.tolist()) == (NUMBERS.tolist(), [0, 1])
    assert numbered.y_train.dtype == numbered.y_test.dtype == np.int64
    assert numbered.class_names == names


def test_booleans_are_two_classes():
    numbered = number_labels("mine", np.array([True, False, True]), np.array([False]))
    assert (numbered.y_train.tolist(), numbered.class_names) == ([1, 0, 1], ("0", "1"))


def test_the_test_half_is_numbered_by_the_training_classes():
    numbered = number_labels("mine", np.array([5, 7, 9]), np.array([9, 9, 5]))
    assert numbered.y_test.tolist() == [2, 2, 0]


@pytest.mark.parametrize(
    ("y_train", "y_test", "message"),
    [
        (NUMBERS + 0.37, NUMBERS, r"y_train: this benchmark classifies.*real values such as 0\.37"),
        (NUMBERS, np.array([0.0, np.nan]), "y_test: expected a label for each example, received nan"),
        (np.full((6, 3), 1 / 3), NUMBERS, "y_train: this benchmark classifies.*not one 1 among zeros"),
        (np.ones((6, 3)), NUMBERS, "y_train: this benchmark classifies.*not one 1 among zeros"),
        (np.zeros(6, int), NUMBERS, "y_train: expected at least two classes, received only the label 0"),
        (NUMBERS, np.array([0, 3, -1]), "y_test: expected the 3 classes of y_train alone, received also -1, 3"),
        (NUMBERS, np.array(["0", "1"]), "expected labels of one kind in both halves"),
        (NUMBERS.reshape(1, 2, 3), NUMBERS, "y_train: expected one label an example"),
        (NUMBERS.astype(complex), NUMBERS, "y_train: expected labels as text or numbers, received dtype complex128"),
    ],
)
def test_what_is_no_label_is_refused_by_what_was_found(y_train, y_test, message):
    with pytest.raises(DataError, match=f"mine: {message}|mine: .*{message}"):
        number_labels("mine", y_train, y_test)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array(["a", "", "b"]), "y_train: expected a label for each example, received an empty one in example 1"),
        (np.array(["a", " ", "b"]), "received an empty one in example 1"),
        (np.array(["Ä", "Ö"]).astype("U1"), None),
        (np.array([b"\xc4", b"\xd6"]), r"y_train: expected labels as text in UTF-8, received b'\\xc4'"),
        (np.array([1e30, 2e30]), r"y_train: expected labels that floats hold exactly, received 1e\+30"),
        (np.array([2.0**53, 1.0]), "expected labels that floats hold exactly"),
        (np.array([1, 2049], "f2"), "expected labels that floats hold exactly, received 2048"),
        (np.array([2.0**53 - 1, 1.0]), None),
    ],
)
def test_labels_that_would_become_one_class_or_are_missing_are_refused(labels, message):
    if message is None:
        assert len(number_labels("mine", labels, labels).class_names) == 2
        return
    with pytest.raises(DataError, match=message):
        number_labels("mine", labels, labels)


def test_halves_that_name_their_classes_in_two_ways_are_refused_with_a_way_out():
    with pytest.raises(DataError, match=r"text in y_train and numbers in y_test; write both alike, .*astype\(str\)"):
        number_labels("mine", np.array(["1", "2"]), np.array([1, 2]))
