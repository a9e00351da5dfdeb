"""Compares a page's cells with recomputed ones, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.recompute.markdown import Table

Columns = Mapping[str, Callable[[Any], str | None]]


@dataclass(frozen=True)
class Recomputed:
    """What a table should hold: a value for each row, and for each column the cell that such a value makes.

    A column that no journal tells makes None. A column in `rare` stands only where a row has anything in it.
    """

    rows: Sequence[Any]
    columns: Columns
    rare: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Cell:
    """One cell as it is printed and as it was recomputed; None where no journal tells it."""

    page: str
    line: int
    table: str
    row: str
    column: str
    printed: str | None
    recomputed: str | None

    @property
    def is_checked(self) -> bool:
        return self.recomputed is not None

    @property
    def differs(self) -> bool:
        return self.is_checked and self.printed != self.recomputed

    def __str__(self) -> str:
        where = f"{self.page}:{self.line}, {self.table} / {self.row} / {self.column}"
        return f"{where}: printed {self.printed!r}, recomputed {self.recomputed!r}"


def make_cells(page: Path, table: Table, wanted: Recomputed) -> list[list[str | None]]:
    """Return what each row of a table should hold, in the order of its columns.

    Raises:
        ValueError: for a column that no definition is known of.
    """
    unknown = [name for name in table.header if name not in wanted.columns]
    if unknown:
        raise ValueError(f"{page.name}:{table.line}, {table.title}: no definition of {unknown}: add it to the check")
    lacking = [column for column in wanted.rare - set(table.header) if not _is_empty(wanted, column)]
    if lacking:
        raise ValueError(f"{page.name}:{table.line}, {table.title}: the columns {lacking} are left out and not empty")
    return [[wanted.columns[column](row) for column in table.header] for row in wanted.rows]


def compare(page: Path, table: Table, expected: Sequence[Sequence[str | None]]) -> Iterator[Cell]:
    """Yield every cell of a table; a row too many or too few has cells without a partner."""
    name = f"{page.parent.name}/{page.name}" if page.parent.name else page.name
    for number, (printed, row) in enumerate(zip_longest(table.rows, expected), start=1):
        label = printed[0] if printed else str(row[0])
        for place, column in enumerate(table.header):
            recomputed = "no such row" if row is None else row[place]
            text = printed[place] if printed and place < len(printed) else "no such cell" if printed else "no such row"
            yield Cell(name, table.line + 1 + number, table.title, label, column, text, recomputed)


def _is_empty(wanted: Recomputed, column: str) -> bool:
    return all(wanted.columns[column](row) in {"", "0", "–"} for row in wanted.rows)
