"""Takes validation examples out of a data set that comes without a test half."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.data.check import add_feature_axis, check_examples
from bench.data.dataset import RawArrays
from bench.data.labels import flatten_labels
from bench.data.subset import stratified_subset
from bench.errors import DataError


def split_validation(arrays: RawArrays, share: float | None, source: str) -> RawArrays:
    """Return arrays with a test half: the data's own, or a share of its examples where it has none.

    The share is stratified and fixed: it depends on the labels and on no seed, so that all networks and seeds are
    validated on the same examples; see `stratified_subset`.

    Raises:
        DataError: where there is no test half and no share, or both, or the examples are none that can be split.
    """
    has_half = arrays.x_test is not None and arrays.y_test is not None
    if has_half and share is not None:
        raise DataError(f"--validation-split: {source} has a test half of its own; leave it out")
    if has_half:
        return arrays
    if share is None:
        raise DataError(f"{source} has no test half; take one from its examples with --validation-split 0.2")
    # Before the split: an example is then named by its place in the file.
    check_examples(f"{source}: examples", add_feature_axis(arrays.x_train), arrays.layout)
    _, numbers = np.unique(flatten_labels(f"{source}: labels", arrays.y_train), return_inverse=True)
    size = round(share * len(numbers))
    if not 1 <= size < len(numbers):
        raise DataError(f"--validation-split: expected a share that leaves examples in both halves, received {share:g}")
    kept = np.zeros(len(numbers), dtype=bool)
    kept[stratified_subset(numbers.reshape(-1).astype(np.int64), size)] = True
    lengths = arrays.lengths_train
    return replace(
        arrays,
        x_train=arrays.x_train[~kept],
        y_train=arrays.y_train[~kept],
        x_test=arrays.x_train[kept],
        y_test=arrays.y_train[kept],
        lengths_train=None if lengths is None else lengths[~kept],
        lengths_test=None if lengths is None else lengths[kept],
        source=f"{arrays.source}; {share:.0%} of the examples, stratified and the same for all seeds, validate",
    )
