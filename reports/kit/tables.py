"""Tables in Markdown and in plain text, through tabulate, with every cell made inert first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.units import MISSING

TableFormat = Literal["pipe", "simple"]
Row = Sequence[str]


@dataclass(frozen=True)
class Column:
    """A heading, and whether the cells below are numbers, which stand to the right so that digits line up.

    `is_rare` says that they count what seldom happens, so that a column of zeros says nothing.
    """

    title: str
    is_number: bool = False
    is_rare: bool = False


@dataclass(frozen=True)
class Table:
    """A table as every renderer takes it: plain text in each cell, and a sentence below it where it needs one.

    `is_mixed` says that a column holds numbers of several units, so that sorting by it makes no sense.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    is_mixed: bool = False


def numbers(*titles: str) -> tuple[Column, ...]:
    """Return one column of numbers for each title."""
    return tuple(Column(title, is_number=True) for title in titles)


def rare(*titles: str) -> tuple[Column, ...]:
    """Return one column of counts of rare events for each title."""
    return tuple(Column(title, is_number=True, is_rare=True) for title in titles)


def words(*titles: str) -> tuple[Column, ...]:
    """Return one column of words for each title."""
    return tuple(Column(title) for title in titles)


def without_empty_columns(table: Table) -> Table:
    """Return a table without the columns in which no row has anything; one without a row stays as it is."""
    if not table.rows:
        return table
    nothing = {False: ("", MISSING), True: ("", MISSING, "0")}
    kept = [
        place
        for place, column in enumerate(table.columns)
        if any(row[place] not in nothing[column.is_rare] for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def render_markdown(table: Table | None) -> str:
    """Return a table with its note as Markdown, without its title; an empty string for no table."""
    if table is None:
        return ""
    text = render_markdown_table(table.columns, table.rows)
    return f"{text}\n\n{escape_markdown(table.note)}" if table.note else text


def render_titled(tables: Sequence[Table]) -> str:
    """Return several tables of one kind as Markdown, each under its title; of one table the title is left out."""
    if len(tables) == 1:
        return render_markdown(tables[0])
    return "\n\n".join(f"**{escape_markdown(table.title)}**\n\n{render_markdown(table)}" for table in tables)


def render_markdown_table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Return a table in GitHub's Markdown; the cells are plain text and read exactly as given."""
    return _render(columns, rows, "pipe", escape_markdown)


def render_linked_table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Return a table as Markdown whose cells are Markdown already, as links are: what is foreign in them is escaped."""
    return _render(columns, rows, "pipe", str)


def render_plain_table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Return a table for a terminal; the cells are plain text."""
    return _render(columns, rows, "simple", escape_terminal)


def _render(
    columns: Sequence[Column], rows: Sequence[Row], table_format: TableFormat, escape: Callable[[str], str]
) -> str:
    """Escape first, then lay out: tabulate escapes neither `|` nor HTML, and by itself turns "1e5" into 100000."""
    from tabulate import tabulate  # noqa: PLC0415 - `bench --help` needs no tables

    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"expected {len(columns)} cells as there are columns, received {len(row)}: {row}")
    return tabulate(
        [[escape(cell) for cell in row] for row in rows],
        headers=[escape(column.title) for column in columns],
        tablefmt=table_format,
        disable_numparse=True,
        # tabulate looks for an alignment per column of the body, so an empty body takes none.
        colalign=["right" if column.is_number else "left" for column in columns] if rows else None,
    )
