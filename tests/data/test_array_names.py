"""What arrays and files of a data set are called."""

import pytest

from bench.data.array_names import find_roles
from bench.errors import DataError

ROLES = ("x_train", "y_train", "x_test", "y_test")


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "y_train", "X_test", "y_test"),
        ("x_train", "y_train", "x_val", "y_val"),
        ("train_x", "train_y", "valid_x", "valid_y"),
        ("Xtrain", "Ytrain", "Xtest", "Ytest"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
        ("emnist-letters-train-images-idx3", "emnist-letters-train-labels-idx1", "emnist-letters-test-images-idx3",
         "emnist-letters-test-labels-idx1"),
    ],
)  # fmt: skip
def test_the_usual_names_are_known(names):
    assert find_roles((*names, "notes", "mapping"), "mine") == dict(zip(ROLES, names, strict=True))


@pytest.mark.parametrize("names", [("X", "y"), ("x", "y"), ("images", "labels"), ("data", "target")])
def test_one_half_alone_is_the_training_half(names):
    assert find_roles(names, "mine") == dict(zip(ROLES, names, strict=False))


def test_a_training_half_may_come_without_a_test_half():
    assert find_roles(("x_train", "y_train"), "mine") == {"x_train": "x_train", "y_train": "y_train"}


def test_the_test_half_validates_where_there_is_a_third_one():
    names = (*ROLES, "x_val", "y_val")
    assert find_roles(names, "mine") == dict(zip(ROLES, ROLES, strict=True))


@pytest.mark.parametrize("names", [(), ("a", "b"), ("x_train",), ("x_train", "y_train", "x_test"), ("X", "x", "y")])
def test_what_is_missing_is_told_with_what_there_is(names):
    with pytest.raises(DataError, match=r"mine: expected x_train, y_train, x_test and y_test, or X and y, received"):
        find_roles(names, "mine")


def test_two_arrays_for_one_half_are_refused():
    with pytest.raises(DataError, match="one array for each half, received x_train and train_x"):
        find_roles(("x_train", "train_x", "y_train"), "mine")


@pytest.mark.parametrize(
    ("names", "remedy"),
    [(("x_train", "y_train", "x_test"), "add or rename y_test"), (("x_train",), "add or rename y_train"),
     (("arr_0", "arr_1"), "rename the arrays")],
)  # fmt: skip
def test_a_half_without_labels_is_told_by_what_is_missing(names, remedy):
    with pytest.raises(DataError, match=f"; {remedy}$"):
        find_roles(names, "mine")
