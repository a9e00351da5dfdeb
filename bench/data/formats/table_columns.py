"""Reads the columns of CSV, TSV and Parquet files, each as numbers where all of it is, and integers exactly."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from bench.data.formats.limits import MAX_DATA_BYTES, check_file_size, check_size
from bench.errors import DataError
from bench.install_hint import word_install

# What programs write for a value that is missing.
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_BYTES_A_CELL = 8
_SHOWN = 8


@dataclass(frozen=True)
class DataTable:
    """The columns of a file by their names, each of shape (num_rows,), or (num_rows, steps) of lists.

    A column is int64 where all cells are integers, float64 where all are numbers, with NaN for a missing one, a date's
    type where Parquet has that, and text otherwise. Without a heading the names are `label`, 1, 2, ….
    """

    source: str
    columns: dict[str, npt.NDArray[Any]]
    has_heading: bool = True


def read_columns(path: Path, limit_bytes: int = MAX_DATA_BYTES) -> DataTable:
    """Read the columns of a table.

    Raises:
        DataError: if the file is no such table, is damaged, or would take more than `limit_bytes`.
    """
    check_file_size(path, limit_bytes)
    if path.suffix.lower() == ".parquet":
        return DataTable(str(path), _read_parquet(path))
    try:
        # A byte that UTF-8 has not would else become the same sign as any other, and two classes one.
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _read_text(str(path), file, limit_bytes)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: expected text in UTF-8, received the byte {error.object[error.start]:#04x}; save it as CSV UTF-8"
        ) from error
    except csv.Error as error:
        raise DataError(f"{path}: expected a table of text, received one that cannot be read: {error}") from error


def _read_text(source: str, file: IO[str], limit_bytes: int) -> DataTable:
    delimiter = _find_delimiter(file.readline())
    file.seek(0)
    rows = (row for row in csv.reader(file, delimiter=delimiter, skipinitialspace=True) if row)
    first = next(rows, None)
    if first is None:
        raise DataError(f"{source}: expected a table, received an empty file")
    body = list(_check_widths(source, rows, len(first)))
    has_heading = not all(map(is_number, first))
    names = [name.strip() for name in first] if has_heading else ["label", *map(str, range(1, len(first)))]
    body = body if has_heading else [first, *body]
    _check_names(source, names)
    if not body:
        raise DataError(f"{source}: expected at least one row below the heading, received none")
    check_size(source, "its values", len(body) * len(names) * _BYTES_A_CELL, limit_bytes)
    columns = {name: _column([row[place] for row in body]) for place, name in enumerate(names)}
    return DataTable(source, columns, has_heading)


def _find_delimiter(line: str) -> str:
    """Return what stands between the cells: spaces only where nothing else does, as names may have spaces."""
    # Of equally many the semicolon: commas are then decimal ones.
    delimiter = max("\t;,", key=line.count)
    return delimiter if delimiter in line else " "


def _check_widths(source: str, rows: Iterable[list[str]], width: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=2):
        if len(row) != width:
            raise DataError(f"{source}: row {number}: expected {width} values as in the first row, received {len(row)}")
        yield row


def _check_names(source: str, names: list[str]) -> None:
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise DataError(
            f"{source}: expected columns of different names, received {twice!r} twice; rename or remove one"
            f"{hint_heading(names)}"
        )


def hint_heading(names: Iterable[str]) -> str:
    """Return what to do where names of columns are values, so that the heading is missing; else nothing."""
    if not any(map(is_number, names)):
        return ""
    return "; if the first row holds values and no names, put a heading above it, with `label` over the classes"


def _column(cells: list[str]) -> npt.NDArray[Any]:
    """Return cells as integers or as floats where all are that, else as text."""
    for dtype in (np.int64, np.float64):
        with contextlib.suppress(ValueError, OverflowError):
            return np.asarray(cells, dtype=dtype)
    plain = [cell.strip() for cell in cells]
    with contextlib.suppress(ValueError):
        return np.asarray(["nan" if cell.lower() in _MISSING else cell for cell in plain], dtype=np.float64)
    return np.asarray(plain)


def _read_parquet(path: Path) -> dict[str, npt.NDArray[Any]]:
    try:
        import pyarrow  # noqa: PLC0415 - an extra, which other formats do not need
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        raise DataError(f"{path}: reading Parquet needs pyarrow; add it with `{word_install('parquet')}`") from None
    try:
        file = parquet.ParquetFile(path)
        _check_names(str(path), file.schema_arrow.names)
        table = file.read()
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected an intact Parquet file, received {error}") from error
    if not table.num_rows:
        raise DataError(f"{path}: expected at least one row, received none")
    return {name: _parquet_column(pyarrow, str(path), name, table[name]) for name in table.column_names}


def _parquet_column(pyarrow: Any, source: str, name: str, column: Any) -> npt.NDArray[Any]:
    """Return a column as `DataTable` has it; a missing text is empty."""
    kinds, kind = pyarrow.types, column.type
    if kinds.is_decimal(kind) or kinds.is_null(kind):
        column = column.cast("float64")
    elif not (kinds.is_primitive(kind) or kinds.is_list(kind)):
        return np.asarray(["" if value is None else str(value) for value in column.to_pylist()])
    if not kinds.is_list(kind):
        return np.asarray(column.to_numpy())
    try:
        return np.asarray(column.to_pylist())
    except ValueError:
        raise DataError(
            f"{source}: expected lists of one length in {name!r}, received several; pad them with NaN at the end"
        ) from None


def numbers(table: DataTable, names: Iterable[str]) -> npt.NDArray[np.float64]:
    """Return columns as (num_rows, num_columns), or columns of lists as (num_rows, steps, num_columns).

    Raises:
        DataError: a column holds text, or there is none.
    """
    names = list(names)
    if not names:
        raise DataError(f"{table.source}: expected columns of numbers beside the label's, received none")
    words = [name for name in names if table.columns[name].dtype.kind not in "buif"]
    if words:
        raise DataError(
            f"{table.source}: expected numbers in every column but the label's, received text in {shorten(words)}"
            f"{_example_of(table.columns[words[0]])}"
        )
    if len({table.columns[name].shape for name in names}) > 1:
        raise DataError(
            f"{table.source}: expected columns of single numbers, or of lists of one length, received both or several "
            f"lengths in {shorten(names)}; leave out what is no series"
        )
    return np.stack([table.columns[name].astype(np.float64) for name in names], axis=-1)


def _example_of(words: npt.NDArray[Any]) -> str:
    """Return a cell that is no number, and what to do about it."""
    cell = next((str(word) for word in words.reshape(-1) if not is_number(str(word))), "")
    if _DECIMAL_COMMA.fullmatch(cell):
        return f", such as {cell!r}; write decimals with a point"
    return f", such as {cell[:40]!r}; leave these columns out, or encode them as numbers"


def is_number(text: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def shorten(names: Iterable[str]) -> str:
    """Return the first names in quotes, and how many more there are."""
    shown = list(names)
    return ", ".join(map(repr, shown[:_SHOWN])) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
