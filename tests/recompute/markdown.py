"""Reads the tables of a Markdown page: the words around each, its headings, and its cells as a reader sees them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

_CELL_EDGE = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^\|[:\-| ]+\|$")
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Table:
    """One table; `title` is the nearest heading above it, and `lead` the line of text nearest above it."""

    title: str
    lead: str
    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def read_tables(page: Path) -> list[Table]:
    """Return a page's tables in order; what stands in a fenced block is no table."""
    lines = _without_fences(page.read_text(encoding="utf-8").splitlines())
    tables: list[Table] = []
    title = lead = ""
    place = 0
    while place < len(lines):
        line = lines[place]
        if line.startswith("|") and place + 1 < len(lines) and _RULE.match(lines[place + 1]):
            end = next((later for later in range(place, len(lines)) if not lines[later].startswith("|")), len(lines))
            rows = tuple(map(_cells, lines[place + 2 : end]))
            tables.append(Table(title, lead, place + 1, _cells(line), rows))
            place = end
            continue
        if line.startswith("#"):
            title = unescape(line.lstrip("# "))
        if line.strip():
            lead = unescape(line)
        place += 1
    return tables


def unescape(text: str) -> str:
    """Return text as a reader sees it: entities and escaped punctuation resolved."""
    return html.unescape(_BACKSLASH.sub(r"\1", text)).strip()


def _cells(line: str) -> tuple[str, ...]:
    return tuple(unescape(cell) for cell in _CELL_EDGE.split(line.strip())[1:-1])


def _without_fences(lines: list[str]) -> list[str]:
    kept, is_fenced = [], False
    for line in lines:
        is_edge = line.startswith("```")
        kept.append("" if is_fenced or is_edge else line)
        is_fenced ^= is_edge
    return kept
