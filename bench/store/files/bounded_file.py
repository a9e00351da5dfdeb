"""Reads a file from an untrusted source: only a regular file of bounded size, and never through a link."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from bench.errors import StoreError


def read_bounded(path: Path, max_bytes: int, what: str) -> bytes:
    """Return the content of a regular file; a pipe or a device, which could block or never end, is rejected unread.

    A file that is too large is rejected by its size, so that ten sparse gigabytes cost nothing; one that grows while it
    is read is rejected after `max_bytes`.

    Args:
        path: the file.
        max_bytes: the largest size allowed.
        what: what the file should be, for the message: "a journal".

    Raises:
        StoreError: if the file is missing, not a regular file, a link, or too large.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise StoreError(f"{path}: expected a regular file")
            content = _read(file, status.st_size, max_bytes) if status.st_size <= max_bytes else None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read as {what}: {error.strerror}") from None
    if content is None or len(content) > max_bytes:
        raise StoreError(f"{path}: {what} has at most {max_bytes:,} bytes; this file is larger")
    return content


def _read(file: BinaryIO, size: int, max_bytes: int) -> bytes:
    """Read a file of this size and anything appended since; memory for `max_bytes` is allocated only if needed."""
    content = file.read(size + 1)
    return content if len(content) <= size else content + file.read(max_bytes + 1 - len(content))
