"""Parses untrusted JSON: no NaN or Infinity, no duplicate keys, bounded numbers, size and depth, one clear error.

Every check takes time linear in the length of the text, whatever it contains.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from bench.errors import StoreError

MAX_DEPTH = 32
MAX_VALUES = 500_000  # a parsed value takes up to a hundred times its text's memory: `{},` is 3 bytes
_MAX_DIGITS = 400
_MAX_SHOWN = 60
# Possessive, and an unterminated string matches, too: otherwise each quote of `"\"\"\"…` is retried up to the end.
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)
_BRACKETS = re.compile(r"[\[{}\]]")
# Every digit as 0 and E as e: the minimum a number needs to be out of range, anywhere in the text.
_SHAPES = bytes.maketrans(b"123456789E", b"000000000e")
_LARGE_EXPONENT = b"e00"
_MANY_DIGITS = b"0" * 100


def loads(content: bytes, source: str) -> Any:
    """Return the value of one JSON text in UTF-8, whose length the caller has limited.

    Args:
        content: the bytes of the text.
        source: file or file:line that errors begin with.

    Raises:
        StoreError: for anything that strict JSON does not allow, nesting deeper than `MAX_DEPTH`, or more than about
            `MAX_VALUES` values.
    """
    try:
        text = content.decode()
        _check_size(text)
        shapes = content.translate(_SHAPES, b"+")
        is_plain = _LARGE_EXPONENT not in shapes and _MANY_DIGITS not in shapes
        return (_DECODER if is_plain else _CAREFUL_DECODER).decode(text)
    except ValueError as error:
        raise StoreError(f"{source}: not valid JSON: {_shorten(str(error))}") from None


def _check_size(text: str) -> None:
    """Limit values and nesting before the parser creates objects and recurses."""
    if text.count(",") > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES:,} values")
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"key {_shorten(repr(key))} appears twice")
            seen.add(key)
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
        raise ValueError(f"a number has {len(text):,} digits, more than the limit of {_MAX_DIGITS}")
    return int(text)


# With fewer than 100 digits and a one-digit exponent no number is out of range, so none needs a call into Python.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)
_CAREFUL_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite, parse_int=_bounded_int
)


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
