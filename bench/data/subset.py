"""Selects the examples that `--train-size` and `--test-size` keep."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench.data.draws import fixed_keys
from bench.errors import DataError

_SUBSET_SEED = 1997


def stratified_subset(labels: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.intp]:
    """Return the indices of a fixed stratified subset, ascending, shape (size,).

    The subset depends only on the labels, never on a trial's seed, and every smaller subset is contained in every
    larger one. Each class gets one seat; further seats are allocated by the Webster/Sainte-Laguë method, which never
    takes a seat back as the total grows (Balinski and Young, Fair Representation, 1982). With num_classes examples or
    more every class is present; with fewer, the largest classes. Within a class the order is a fixed permutation. See
    docs/decisions/data/013-nested-stratified-subsets.md.

    Args:
        labels: integer labels of all the examples, shape (num_examples,).
        size: how many examples to keep, at least 1.

    Raises:
        DataError: where `size` is below 1 or above the number of examples.
    """
    if not 1 <= size <= len(labels):
        raise DataError(f"a subset must have from 1 to {len(labels)} examples, which is all there are; received {size}")
    return np.sort(_seat_order(labels)[:size])


def _seat_order(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return all indices in the order in which a growing subset takes them."""
    keys = fixed_keys(len(labels), _SUBSET_SEED)
    by_class = np.lexsort((keys, labels))
    _, starts, counts = np.unique(labels[by_class], return_index=True, return_counts=True)
    sizes = np.repeat(counts, counts)
    rank = np.arange(len(labels)) - np.repeat(starts, counts)
    # Sainte-Laguë's divisors 1, 3, 5 … over the class size, smallest first; each class's first example precedes all.
    seat = (2 * rank + 1) / sizes
    return by_class[np.lexsort((keys[by_class], seat, rank > 0))]
