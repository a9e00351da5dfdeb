from __future__ import annotations

import numpy as np
import pytest

from bench.data.load import load_dataset
from bench.data.sets.mnist import load_mnist
from bench.data.sets.sequences import load_mnist_pixels, load_mnist_pixels_permuted, load_temporal_order

SYMBOLS = np.array(list("abcdXYEB"))


@pytest.fixture(scope="module")
def temporal_order():
    return load_temporal_order()


def test_pixels_come_row_by_row():
    mnist, pixels = load_mnist(), load_mnist_pixels()
    assert pixels.x_train.shape == (60000, 784, 1)
    assert pixels.x_test.shape == (10000, 784, 1)
    assert np.array_equal(pixels.x_test[5, :, 0], mnist.x_test[5].ravel())
    assert np.array_equal(pixels.y_test, mnist.y_test)


def test_permuted_pixels_are_the_same_pixels_in_one_order_for_all():
    plain, permuted = load_mnist_pixels(), load_mnist_pixels_permuted()
    assert not np.array_equal(permuted.x_test[0], plain.x_test[0])
    assert np.array_equal(np.sort(permuted.x_test, axis=1), np.sort(plain.x_test, axis=1))
    # A pixel's history over the examples moves as a whole: the order is the same for each example and in both halves.
    column_of = {plain.x_train[:2000, step].tobytes(): step for step in range(784)}
    moved_from = [column_of[permuted.x_train[:2000, step].tobytes()] for step in range(784)]
    bright = [step for step in range(784) if plain.x_train[:2000, moved_from[step]].any()]
    assert len(bright) > 400
    assert all(np.array_equal(permuted.x_test[:, step], plain.x_test[:, moved_from[step]]) for step in bright)


def test_the_class_is_the_order_of_the_two_symbols(temporal_order):
    for x, y in ((temporal_order.x_train, temporal_order.y_train), (temporal_order.x_test, temporal_order.y_test)):
        symbols = SYMBOLS[x.argmax(axis=2)]
        marks = np.isin(symbols, ["X", "Y"])
        assert (marks.sum(axis=1) == 2).all()
        words = np.char.add(*symbols[marks].reshape(-1, 2).T)
        assert np.array_equal(np.array(["XX", "XY", "YX", "YY"])[y], words)


def test_the_two_symbols_stand_where_the_paper_puts_them(temporal_order):
    symbols = SYMBOLS[temporal_order.x_train.argmax(axis=2)]
    places = np.nonzero(np.isin(symbols, ["X", "Y"]))[1].reshape(-1, 2)
    assert set(places[:, 0]) == set(range(10, 21))
    assert set(places[:, 1]) == set(range(50, 61))
    assert set(symbols[:, 0]) == {"E"}
    assert set(symbols[:, -1]) == {"B"}
    assert set(symbols[:, 61:-1].ravel()) == set("abcd")


def test_every_step_is_one_hot_and_classes_are_balanced(temporal_order):
    assert temporal_order.x_train.shape == (20000, 100, 8)
    assert temporal_order.x_test.shape == (2000, 100, 8)
    assert (temporal_order.x_train.sum(axis=2) == 1).all()
    assert np.bincount(temporal_order.y_train).min() > 4800


def test_training_and_test_sequences_are_different(temporal_order):
    train = {example.tobytes() for example in temporal_order.x_train}
    assert len(train) == 20000
    assert not any(example.tobytes() in train for example in temporal_order.x_test)


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("mnist-pixels", "488d436beb2f9d32fcd2e1ae1123191616d89e13cd61885f37c556b08531c06f"),
        ("mnist-pixels-permuted", "71204a52fdecaa577d6df11289cd9002466278ffd676f81a76f9eb6742758608"),
        ("temporal-order", "381be61eb906c2985df5c5ad0a2bc5fad79f220d4d2ce50f92cbf72c0e40a0a5"),
    ],
)
def test_what_is_derived_or_generated_is_the_same_for_good(name, sha256):
    assert load_dataset(name, train_size=10, test_size=10).info.sha256 == sha256
