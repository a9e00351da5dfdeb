"""Which keys a JSON document has: what its test pins, so that nobody renames one unawares.

A key that goes or changes its name needs a new number in `reports/kit/json_document.py` and a line in CHANGELOG.
"""

from __future__ import annotations

import json
from typing import Any

INTERVAL = "high kind low n value"


def keys_of(document: Any) -> dict[str, str]:
    """Return the keys of each object in a document by the path to it: `{"": "cases schema", "cases[]": "case_id …"}`.

    The items of a list stand as one object with the keys of all.
    """
    found: dict[str, set[str]] = {}
    _collect(json.loads(json.dumps(document, allow_nan=False)), "", found)
    return {path: " ".join(sorted(keys)) for path, keys in found.items()}


def _collect(value: Any, path: str, found: dict[str, set[str]]) -> None:
    if isinstance(value, dict):
        found.setdefault(path, set()).update(value)
        for key, item in value.items():
            _collect(item, f"{path}.{key}".lstrip("."), found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, f"{path}[]", found)
