"""Atomic writing: a file appears complete or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bench.errors import StoreError


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees the old content or the new, never a part.

    Raises:
        StoreError: if the disk refuses; the old content is then unchanged.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}; what was there is untouched") from None
