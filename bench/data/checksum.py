"""Checksums that identify the data behind a result and detect altered files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.errors import DataError


def sha256_of_arrays(arrays: Iterable[npt.NDArray[np.generic]]) -> str:
    """Return the hash of a data set: sha256 over its arrays in the order x_train, y_train, x_test, y_test.

    Each array adds the text `<dtype> <shape>` and a line feed, as in `|u1 (60000, 28, 28)`, then its values in C order
    and little-endian. The file format doesn't matter: the same arrays from an npz file and from IDX files have the same
    hash. Labels are passed as int64, whatever integer type the file uses.
    """
    digest = hashlib.sha256()
    for array in arrays:
        portable = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        shape = tuple(int(size) for size in array.shape)
        digest.update(f"{portable.dtype.str} {shape}\n".encode())
        digest.update(portable.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the sha256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file_sha256(path: Path, expected: str, remedy: str) -> None:
    """Raise DataError unless the file's bytes have the expected sha256; `remedy` says what to do about it."""
    try:
        received = sha256_of_file(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); {remedy}") from error
    if received != expected:
        raise DataError(
            f"{path}: the file was altered or cut short: expected sha256 {expected}, received {received}; {remedy}"
        )
