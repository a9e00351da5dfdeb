"""Cuts series and limits vocabularies, as asked for, and says what that did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.data.check import CheckedArrays
from bench.data.dataset import SeriesLengths
from bench.data.padding import check_max_length, cut_lengths
from bench.errors import DataError


def cut_steps(arrays: CheckedArrays, name: str, max_length: int | None) -> CheckedArrays:
    """Return the arrays with series cut behind step `max_length`.

    Raises:
        DataError: the data set is of images, or none of its series is longer.
    """
    if max_length is None:
        return arrays
    if arrays.layout == "image":
        raise DataError(f"--max-length: {name} is of images, which have no length; leave it out")
    check_max_length(name, max_length, arrays.x_train.shape[1])
    return replace(
        arrays,
        x_train=arrays.x_train[:, :max_length],
        x_test=arrays.x_test[:, :max_length],
        lengths_train=cut_lengths(arrays.lengths_train, len(arrays.x_train), max_length),
        lengths_test=cut_lengths(arrays.lengths_test, len(arrays.x_test), max_length),
    )


def limit_vocabulary(arrays: CheckedArrays, name: str, vocabulary: int | None) -> CheckedArrays:
    """Return tokens with their vocabulary, and with ids from its last one on put together where it is limited.

    Frequent tokens have small ids in most sets, as in those of `keras.datasets`.

    Raises:
        DataError: the data set is not of tokens, or has no more ids.
    """
    if arrays.layout != "tokens":
        if vocabulary is not None:
            raise DataError(f"--vocabulary: {name} is not of tokens, so it has no vocabulary; leave it out")
        return arrays
    available = arrays.vocabulary or int(max(arrays.x_train.max(), arrays.x_test.max())) + 1
    if vocabulary is None:
        return replace(arrays, vocabulary=available)
    if not 2 <= vocabulary < available:  # noqa: PLR2004 - padding and one token
        raise DataError(
            f"--vocabulary: expected from 2 to {available - 1:,} of {name}'s {available:,} ids, received {vocabulary:,}"
        )
    limited = {half: np.minimum(getattr(arrays, half), vocabulary - 1) for half in ("x_train", "x_test")}
    return replace(arrays, **limited, vocabulary=vocabulary)


def describe_lengths(arrays: CheckedArrays, num_steps: int) -> SeriesLengths | None:
    """Return how long the series of both halves are that are now `num_steps` long; None where nothing changed that."""
    if arrays.lengths_train is None or arrays.lengths_test is None:
        whole = arrays.x_train.shape[1]
        if num_steps == whole:
            return None
        num_cut = len(arrays.x_train) + len(arrays.x_test)
        return SeriesLengths(shortest=whole, median=whole, longest=whole, num_cut=num_cut)
    lengths = np.concatenate([arrays.lengths_train, arrays.lengths_test])
    return SeriesLengths(
        shortest=int(lengths.min()),
        median=round(float(np.median(lengths))),
        longest=int(lengths.max()),
        num_cut=int((lengths > num_steps).sum()),
    )
