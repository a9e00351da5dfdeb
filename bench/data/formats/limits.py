"""Limits on what a data file may make this program allocate, and reading within them.

A few kilobytes of zip or gzip can claim, or expand to, terabytes. Sizes are therefore read from the headers first and
rejected above `MAX_DATA_BYTES`; values are then read in blocks, never more than the header declared.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bench.errors import DataError
from bench.git import is_lfs_pointer
from bench.units import format_bytes

# 22 times CIFAR-10. As float32 it is four times as much, which a machine that trains on it must hold anyway.
MAX_DATA_BYTES = 4 * 1024**3
_BLOCK_BYTES = 1024**2


class Readable(Protocol):
    """An open file or a decompressor."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


def check_size(source: str, what: str, num_bytes: int, limit_bytes: int) -> None:
    """Raise DataError if `num_bytes` exceeds the limit; `what` names what has this size, such as `the arrays`."""
    if num_bytes > limit_bytes:
        raise DataError(
            f"{source}: {what} would take {format_bytes(num_bytes)} ({num_bytes:,} bytes); the limit is "
            f"{format_bytes(limit_bytes)}; store fewer examples or a smaller dtype such as uint8"
        )


def check_file_size(path: Path, limit_bytes: int) -> None:
    """Raise DataError if the path is not a regular file, is a pointer of Git LFS, or exceeds the limit."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected a file; received {getattr(error, 'strerror', error)}") from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{path}: expected a regular file; received a folder or a device")
    if is_lfs_pointer(path):
        raise DataError(f"{path}: expected data; received a pointer of Git LFS; fetch the file first: git lfs pull")
    check_size(str(path), "the file", status.st_size, limit_bytes)


def read_exactly(stream: Readable, num_bytes: int, source: str) -> npt.NDArray[np.uint8]:
    """Read `num_bytes` in blocks into one writable byte array; raise DataError if the stream ends early."""
    values = np.empty(num_bytes, dtype=np.uint8)
    view = values.data
    position = 0
    while position < num_bytes:
        block = stream.read(min(_BLOCK_BYTES, num_bytes - position))
        if not block:
            raise DataError(f"{source}: cut short: expected {num_bytes:,} bytes of values, received {position:,}")
        view[position : position + len(block)] = block
        position += len(block)
    return values
