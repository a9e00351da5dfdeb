"""Files that hold one record as JSON: run.json, a check's record, ceilings and tunings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

from bench.atomic_file import write_atomic
from bench.errors import StoreError
from bench.frozen_model import Frozen
from bench.plan.validation_errors import validate
from bench.store.files import strict_json
from bench.store.files.bounded_file import read_bounded
from bench.store.migrations import migrate

Document = TypeVar("Document", bound=Frozen)


def read_document(path: Path, record_type: type[Document], max_bytes: int, what: str) -> Document:
    """Return a file's record in the current schema; `what` names the file in messages: "the record of a run".

    Raises:
        StoreError: if the file is missing, damaged, too large, or of a newer schema.
    """
    content = read_bounded(path, max_bytes, what)
    return validate(record_type, migrate(strict_json.loads(content, str(path)), str(path)), str(path), StoreError)


def tell_within(folder: Path, error: StoreError) -> str:
    """Return what an error says with files named from their folder: a report must not change when it is moved."""
    return str(error).replace(f"{folder}{os.sep}", "")


def write_document(path: Path, record: Frozen) -> None:
    """Replace a file by a record, complete or not at all.

    Raises:
        StoreError: if the disk refuses; the old content is then unchanged.
    """
    write_atomic(path, record.model_dump_json(indent=1).encode() + b"\n")
