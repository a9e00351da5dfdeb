"""Migrates records of older schemas in memory: each step converts a record from one schema to the next.

A published schema stays readable for good: whoever changes the schema adds a step from the old one here, and a frozen
run of the old one to the tests. Files are never rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.errors import StoreError
from bench.store.records import SCHEMA

Record = dict[str, Any]
# From schema n to the function that converts a record of any kind to schema n + 1. 1 is the first.
MIGRATIONS: Mapping[int, Callable[[Record], Record]] = {}


def migrate(value: object, source: str) -> Record:
    """Return a record in the current schema, before its keys are validated.

    Args:
        value: what was parsed: one line of a journal, or run.json.
        source: file or file:line that errors begin with.

    Raises:
        StoreError: for something that is not a record, a newer schema, or one too old to be migrated.
    """
    schema = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(value, dict) or type(schema) is not int or schema < 0:
        received = "an object without it" if isinstance(value, dict) and schema is None else repr(schema)[:60]
        raise StoreError(f"{source}: expected an object with key schema, a number from 1; received {received}")
    if schema > SCHEMA:
        raise StoreError(
            f"{source}: schema {schema} is newer than this program reads ({SCHEMA}): update it to read this"
        )
    for number in range(schema, SCHEMA):
        if number not in MIGRATIONS:
            raise StoreError(
                f"{source}: schema {number} is older than any that this program reads; today's is {SCHEMA}"
            )
        value = {**MIGRATIONS[number](value), "schema": number + 1}
    return value
