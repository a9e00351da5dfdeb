"""Atomic writing: a file appears complete or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bench.errors import StoreError


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write that takes the place of `path` when it is closed, or leaves no trace where that fails.

    A reader, or a crash, sees the old content or the new, never a part.

    Raises:
        OSError: if the disk refuses; the old content is then unchanged.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file by means of `open_atomic`.

    Raises:
        StoreError: if the disk refuses; the old content is then unchanged.
    """
    try:
        with open_atomic(path) as file:
            file.write(content)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}; what was there is untouched") from None
