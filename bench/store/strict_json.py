"""Reads JSON from strangers: no NaN or Infinity, no duplicate keys, bounded numbers and depth, one clear error."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from bench.errors import StoreError

MAX_DEPTH = 32
_MAX_DIGITS = 400
_MAX_SHOWN = 60
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS = re.compile(r"[\[{}\]]")


def loads(content: bytes, source: str) -> Any:
    """Return the value of one JSON text in UTF-8; the caller has bounded its length.

    Args:
        content: the bytes of the text.
        source: file or file:line that errors begin with.

    Raises:
        StoreError: for anything that strict JSON does not allow, and for nesting deeper than `MAX_DEPTH`.
    """
    try:
        text = content.decode()
        if text.count("[") + text.count("{") > MAX_DEPTH:
            _check_depth(text)
        return json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite, parse_int=_bounded_int
        )
    except ValueError as error:
        raise StoreError(f"{source}: not valid JSON: {_shorten(str(error))}") from None


def _check_depth(text: str) -> None:
    """Bound the nesting before the parser recurses."""
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {repeated!r} stands twice")
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {_shorten(text)} is out of range")
    return value


def _bounded_int(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"a number has {len(text):,} digits, the most is {_MAX_DIGITS}")
    return int(text)


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
