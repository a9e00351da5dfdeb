"""`ceilings.json`: the measured ceilings of a run's machines, stored with the run so that archives include them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bench.frozen_model import Frozen
from bench.host.ceilings.ceilings import Ceilings
from bench.store.document import read_document, write_document

CEILINGS_FILE = "ceilings.json"
MAX_CEILINGS_BYTES = 1 << 20
Fingerprint = Annotated[str, Field(max_length=64)]


class _Record(Frozen):
    """The file: ceilings by machine fingerprint; a run on several hosts has several."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    machines: dict[Fingerprint, Ceilings]


def write_ceilings(folder: Path, fingerprint: str, ceilings: Ceilings) -> None:
    """Add one machine's ceilings to the file, atomically.

    Raises:
        StoreError: if the folder cannot be written, or the existing file is damaged.
    """
    record = _Record(machines={**read_ceilings(folder), fingerprint: ceilings})
    write_document(folder / CEILINGS_FILE, record)


def read_ceilings(folder: Path) -> Mapping[str, Ceilings]:
    """Return a run's ceilings by fingerprint; empty if none were measured.

    Raises:
        StoreError: if the file is damaged, too large, or of a newer schema.
    """
    path = folder / CEILINGS_FILE
    if not os.path.lexists(path):
        return {}
    return read_document(path, _Record, MAX_CEILINGS_BYTES, "a file of ceilings").machines
