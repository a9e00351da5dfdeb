"""Pseudo-random draws that are identical on every machine and with every version of NumPy.

NumPy guarantees the raw stream of a bit generator, but may change what `Generator.permutation` or `Generator.integers`
derive from it (NEP 19). Data used for comparisons is therefore derived from the raw stream only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def fixed_keys(count: int, seed: int) -> npt.NDArray[np.uint64]:
    """Return `count` raw 64-bit draws of PCG64, shape (count,)."""
    return np.random.PCG64(seed).random_raw(count)


def fixed_permutation(count: int, seed: int) -> npt.NDArray[np.intp]:
    """Return a fixed permutation of the numbers 0 to count − 1, shape (count,)."""
    return np.argsort(fixed_keys(count, seed), kind="stable")


def fixed_integers(shape: tuple[int, ...], num_values: int, seed: int) -> npt.NDArray[np.int64]:
    """Return draws from 0 to num_values − 1; the modulo bias is below num_values / 2**64."""
    keys = fixed_keys(int(np.prod(shape)), seed)
    return (keys % np.uint64(num_values)).astype(np.int64).reshape(shape)
