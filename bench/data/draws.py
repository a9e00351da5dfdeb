"""Fixed pseudo-random draws that are the same on every machine and with every version of NumPy.

NumPy keeps the raw stream of a bit generator stable for good, but may change what `Generator.permutation` or
`Generator.integers` make of it (NEP 19), so data that results are compared on is derived from the raw stream alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def fixed_keys(count: int, seed: int) -> npt.NDArray[np.uint64]:
    """Return `count` raw 64-bit draws of PCG64, shape (count,)."""
    return np.random.PCG64(seed).random_raw(count)


def fixed_permutation(count: int, seed: int) -> npt.NDArray[np.intp]:
    """Return one fixed order of the numbers 0 to count − 1, shape (count,)."""
    return np.argsort(fixed_keys(count, seed), kind="stable")


def fixed_integers(shape: tuple[int, ...], num_values: int, seed: int) -> npt.NDArray[np.int64]:
    """Return draws from 0 to num_values − 1; the bias of the remainder is below num_values / 2**64."""
    keys = fixed_keys(int(np.prod(shape)), seed)
    return (keys % np.uint64(num_values)).astype(np.int64).reshape(shape)
