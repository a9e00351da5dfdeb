"""Reads records of older schemas: each step turns a record of one schema into the next one's, in memory alone.

A schema that was published stays readable for good: whoever changes it adds the step from the old one here and a frozen
run of the old one to the tests. Files are never rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.errors import StoreError
from bench.store.records import SCHEMA

Record = dict[str, Any]
# Schema n to the step that makes a record of schema n + 1 of it, whatever kind of record it is. 1 is the first.
MIGRATIONS: Mapping[int, Callable[[Record], Record]] = {}


def migrate(value: object, source: str) -> Record:
    """Return a record as the schema of today has it, before its keys are looked at.

    Args:
        value: what was parsed: one line of a journal, or run.json.
        source: file or file:line that errors begin with.

    Raises:
        StoreError: for what is no record, a newer schema, or one from before the oldest that can be read.
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
