"""A data set: as loaded, and as validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from bench.data.padding import LengthArray
from bench.frozen_model import Count, Frozen
from bench.networks.registry import DataLayout

AtLeastOne = Annotated[int, Field(ge=1)]


class SeriesLengths(Frozen):
    """How many steps the series of both halves have, before they were padded to one length and cut.

    `num_cut` of them were longer than `--max-length`.
    """

    shortest: AtLeastOne
    median: AtLeastOne
    longest: AtLeastOne
    num_cut: Count = 0


class DataInfo(Frozen):
    """What a journal records about the data; `sha256` is of the arrays as they were before subsetting and scaling.

    Shapes are those of one example: (28, 28), or (20,) of tokens. `num_train_available` counts before `--train-size`
    took its subset. `class_names` are the labels as the data has them, by the number that stands for each; the counts
    are of the examples of each class that are trained and validated on. `majority_accuracy` is the validation accuracy
    of always answering the largest class of the training examples. `num_repeated` counts test examples that are
    training examples as well, and `divisor` is what `unit` scaling divides by. `vocabulary` counts the ids of tokens,
    and is None where examples are none; `lengths` is None where all examples came with one length. Older journals have
    none of these, and of more than a thousand classes there are no names and counts.
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
    class_names: tuple[str, ...] = ()
    class_counts_train: tuple[Count, ...] = ()
    class_counts_test: tuple[Count, ...] = ()
    majority_accuracy: Annotated[float, Field(ge=0, le=1)] | None = None
    num_repeated: Count | None = None
    layout: str | None = None
    dtype: str | None = None
    divisor: float | None = None
    vocabulary: AtLeastOne | None = None
    lengths: SeriesLengths | None = None

    @property
    def is_padded(self) -> bool:
        """Whether some examples end in padding."""
        return self.lengths is not None and self.lengths.shortest < self.example_shape[0]

    def is_same_as(self, now: Self) -> bool:
        """Tell whether another description is of the same data; what an older journal does not record may be any."""
        return all(getattr(self, name) == getattr(now, name) for name in self.model_fields_set)


@dataclass(frozen=True)
class RawArrays:
    """What a loader returns, before any check: the four arrays in the layout of `keras.datasets`, and their origin.

    A data set without a test half has None for its arrays. `label_names` are the names of labels that are numbers from
    0, where the data set has some.
    `layout` is the data's own: `image` for (num_examples, rows, columns[, channels]), `sequence` for
    (num_examples, steps, features), `tokens` for integers (num_examples, steps). `source` is one line for readers and
    contains no path. Series of unequal length are padded with zeros at the end, and `lengths_train` and `lengths_test`
    count their own steps. `vocabulary` is how many ids tokens may have; None where it is as the data has it.
    """

    x_train: npt.NDArray[np.generic]
    y_train: npt.NDArray[np.generic]
    x_test: npt.NDArray[np.generic] | None
    y_test: npt.NDArray[np.generic] | None
    layout: DataLayout
    source: str
    label_names: tuple[str, ...] = ()
    lengths_train: LengthArray | None = None
    lengths_test: LengthArray | None = None
    vocabulary: int | None = None


@dataclass(frozen=True)
class Dataset:
    """Arrays as Keras names them: x (num_examples, *example_shape), y integer labels (num_examples,) from 0.

    `layout` is the data's own, used for models that don't specify one. Lengths as in `RawArrays`, after cutting.
    """

    info: DataInfo
    x_train: npt.NDArray[np.generic]
    y_train: npt.NDArray[np.int64]
    x_test: npt.NDArray[np.generic]
    y_test: npt.NDArray[np.int64]
    layout: DataLayout
    lengths_train: LengthArray | None = None
    lengths_test: LengthArray | None = None
