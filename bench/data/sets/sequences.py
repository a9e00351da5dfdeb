"""Sequence data: MNIST pixel by pixel, and a synthetic task that needs a long memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.draws import fixed_integers, fixed_permutation
from bench.data.registry import DatasetSpec
from bench.data.sets.mnist import MNIST_SOURCE, load_mnist

_PERMUTATION_SEED = 2015
_TRAIN_SEED, _TEST_SEED = 199700, 199710
_NUM_TRAIN, _NUM_TEST = 20_000, 2_000
_NUM_STEPS = 100
_SYMBOLS = "abcdXYEB"
_NUM_DISTRACTORS = 4
_FIRST_POSITIONS = range(10, 21)
_SECOND_POSITIONS = range(50, 61)


def load_mnist_pixels() -> RawArrays:
    """Load MNIST as 784 steps of one pixel each, row by row: x uint8 (num_examples, 784, 1).

    Source: Q. V. Le, N. Jaitly, G. E. Hinton, A simple way to initialize recurrent networks of rectified linear units,
    arXiv:1504.00941, 2015, section 4.2.
    """
    arrays = load_mnist()
    return replace(
        arrays,
        **{half: x.reshape(len(x), -1, 1) for half, x in _examples(arrays).items()},
        layout="sequence",
        source=f"each pixel a step, of MNIST: {MNIST_SOURCE}",
    )


def load_mnist_pixels_permuted() -> RawArrays:
    """Load MNIST pixel by pixel in one fixed random order, the same for every example; source as for the plain one."""
    arrays = load_mnist_pixels()
    order = fixed_permutation(arrays.x_train.shape[1], _PERMUTATION_SEED)
    return replace(
        arrays,
        **{half: x[:, order] for half, x in _examples(arrays).items()},
        source=f"each pixel a step in one fixed random order, of MNIST: {MNIST_SOURCE}",
    )


def _examples(arrays: RawArrays) -> dict[str, Any]:
    return {"x_train": arrays.x_train, "x_test": arrays.x_test}


def load_temporal_order() -> RawArrays:
    """Generate 20,000 + 2,000 sequences whose class is the order of two early symbols: x int8 (N, 100, 8).

    Each step is one of the symbols a, b, c, d, X, Y, E, B, one-hot. E comes first and B last; between them are
    distractors a to d, except for one X or Y at a random step from 10 to 20 and another from 50 to 60, counting from
    0. The four classes are XX, XY, YX and YY: nothing after step 60 is informative, and chance level is 0.25.

    Source: S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997, experiment 6a; there
    the length varies from 100 to 110, here it is 100, since all examples of a data set have one shape.
    """
    x_train, y_train = _temporal_order(_NUM_TRAIN, _TRAIN_SEED)
    x_test, y_test = _temporal_order(_NUM_TEST, _TEST_SEED)
    return RawArrays(x_train, y_train, x_test, y_test, layout="sequence", source="generated; always the same")


def _temporal_order(num_examples: int, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return one-hot sequences and their classes; the five draws use the seeds from `seed` on."""
    symbols = fixed_integers((num_examples, _NUM_STEPS), _NUM_DISTRACTORS, seed)
    symbols[:, 0] = _SYMBOLS.index("E")
    symbols[:, -1] = _SYMBOLS.index("B")
    rows = np.arange(num_examples)
    labels = np.zeros(num_examples, dtype=np.int64)
    for number, positions in enumerate((_FIRST_POSITIONS, _SECOND_POSITIONS)):
        is_y = fixed_integers((num_examples,), 2, seed + 1 + number)
        step = positions.start + fixed_integers((num_examples,), len(positions), seed + 3 + number)
        symbols[rows, step] = _SYMBOLS.index("X") + is_y
        labels = 2 * labels + is_y
    return np.eye(len(_SYMBOLS), dtype=np.int8)[symbols], labels


DATASETS = (
    DatasetSpec(
        name="mnist-pixels",
        summary="MNIST pixel by pixel: 60,000 + 10,000 sequences of 784 steps, 1 feature, 10 classes",
        layout="sequence",
        scaling="unit",  # pixels, and ones among zeros: their features are alike
        load=load_mnist_pixels,
    ),
    DatasetSpec(
        name="mnist-pixels-permuted",
        summary="the same in a fixed random order of pixels",
        layout="sequence",
        scaling="unit",
        load=load_mnist_pixels_permuted,
    ),
    DatasetSpec(
        name="temporal-order",
        summary="which two symbols came, in which order: 20,000 + 2,000 sequences of 100 steps, 8 features, 4 classes",
        layout="sequence",
        scaling="unit",
        load=load_temporal_order,
    ),
)
