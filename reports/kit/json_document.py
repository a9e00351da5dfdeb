"""What all JSON documents that the verbs print for programs have in common: the number of their schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Within one schema keys may come. Where one goes, or gets another name or meaning, the number rises, and CHANGELOG says
# what changed. Schema 1 is the first; what each key means stands with the value in `bench/analysis` that it is made of.
SCHEMA = 1


def make_document(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document that names its schema before its own keys."""
    return {"schema": SCHEMA, **fields}
