"""What a data set is once it is loaded and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from bench.networks.registry import Layout
from bench.plan.case import Frozen

PositiveInt = Annotated[int, Field(ge=1)]


class DataInfo(Frozen):
    """What a journal says of the data; `sha256` is of the arrays as they were before subsetting and scaling.

    Shapes are those of one example: (28, 28). `num_train_available` counts before `--train-size` took its subset.
    """

    name: str
    sha256: str
    source: str
    example_shape: tuple[PositiveInt, ...]
    num_classes: PositiveInt
    num_train: PositiveInt
    num_test: PositiveInt
    num_train_available: PositiveInt
    num_test_available: PositiveInt


@dataclass(frozen=True)
class RawArrays:
    """What a loader returns, before any check: the four arrays in the layout of `keras.datasets`, and their origin.

    `layout` is the natural one: `image` for (num_examples, rows, columns[, channels]), `sequence` for
    (num_examples, steps, features). `source` is one line for people, without a path of the machine.
    """

    x_train: npt.NDArray[np.generic]
    y_train: npt.NDArray[np.generic]
    x_test: npt.NDArray[np.generic]
    y_test: npt.NDArray[np.generic]
    layout: Layout
    source: str


@dataclass(frozen=True)
class Dataset:
    """Arrays as Keras names them: x (num_examples, *example_shape), y integer labels (num_examples,) from 0.

    `layout` is what the examples are by nature, for models that do not ask for one.
    """

    info: DataInfo
    x_train: npt.NDArray[np.generic]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.generic]
    y_test: npt.NDArray[np.int64]
    layout: Layout
