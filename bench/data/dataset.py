"""A data set: as loaded, and as validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from bench.frozen_model import Frozen
from bench.networks.registry import Layout

AtLeastOne = Annotated[int, Field(ge=1)]


class DataInfo(Frozen):
    """What a journal records about the data; `sha256` is of the arrays as they were before subsetting and scaling.

    Shapes are those of one example: (28, 28). `num_train_available` counts before `--train-size` took its subset.
    """

    name: str
    sha256: str
    source: str
    example_shape: tuple[AtLeastOne, ...]
    num_classes: AtLeastOne
    num_train: AtLeastOne
    num_test: AtLeastOne
    num_train_available: AtLeastOne
    num_test_available: AtLeastOne


@dataclass(frozen=True)
class RawArrays:
    """What a loader returns, before any check: the four arrays in the layout of `keras.datasets`, and their origin.

    `layout` is the data's own: `image` for (num_examples, rows, columns[, channels]), `sequence` for
    (num_examples, steps, features). `source` is one line for readers and contains no path.
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

    `layout` is the data's own, used for models that don't specify one.
    """

    info: DataInfo
    x_train: npt.NDArray[np.generic]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.generic]
    y_test: npt.NDArray[np.int64]
    layout: Layout
