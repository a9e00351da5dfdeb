"""Reads CSV, TSV and Parquet files: a row an example (wide), or a row a step of a series that an id names (long)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, check_file_size, check_size
from bench.errors import DataError
from bench.install_hint import word_install

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")
Columns = Mapping[str, npt.NDArray[Any]]
_LABELS = ("label", "labels", "class", "classes", "target", "targets", "category", "y")
_SERIES = ("series_id", "series", "id", "case_id", "case", "sample_id", "example_id", "sequence_id", "sequence")
_TIMES = ("time", "timestamp", "t", "step", "timestep", "index", "date", "datetime")
_UNNAMED = re.compile(r"(unnamed: ?\d+|index|)", re.IGNORECASE)
_BYTES_A_CELL = 8
_MIN_REPEATS = 2


def read_table(path: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read a table, and the one of the test half beside it where its name says that it is the training half.

    The label's column is called label, class, target, category or y. A UCR file has no heading and the label first. A
    column such as `series_id`, whose values repeat, makes it a table of steps, in the order of the column `time` or as
    they stand. Of `Trace_TRAIN.tsv` the test half is `Trace_TEST.tsv`.

    Raises:
        DataError: if there is no such column, a value is no number, or the series have unequal lengths.
    """
    x_train, y_train, how = _read_half(path, limit_bytes)
    other = _find_test_half(path)
    x_test, y_test = _read_half(other, limit_bytes)[:2] if other else (None, None)
    files = f"{path.name} and {other.name}" if other else path.name
    return RawArrays(x_train, y_train, x_test, y_test, layout="sequence", source=f"{files}; {how}")


def find_table(folder: Path) -> Path | None:
    """Return the one table of a folder that is or has the training half, or None."""
    tables = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and path.is_file()]
    halves = [path for path in tables if _find_test_half(path)]
    chosen = [path for path in halves if path.suffix.lower() == ".tsv"] or halves or tables
    return chosen[0] if len(chosen) == 1 else None


def _find_test_half(path: Path) -> Path | None:
    for train, test in (("TRAIN", "TEST"), ("train", "test"), ("Train", "Test"), ("train", "val")):
        other = path.with_name(path.name.replace(train, test))
        if other != path and other.is_file():
            return other
    return None


def _read_half(path: Path, limit_bytes: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], str]:
    check_file_size(path, limit_bytes)
    columns = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_text(path, limit_bytes)
    source = str(path)
    label = _find_column(columns, _LABELS)
    if label is None:
        raise DataError(
            f"{source}: expected a column named {', '.join(_LABELS)}, received {_shorten(columns)}; rename the labels' "
            "column"
        )
    series = _find_column(columns, _SERIES)
    if series is not None and _repeats(columns[series]):
        return _long(source, columns, label, series)
    left_out = [name for name in columns if name == series or _UNNAMED.fullmatch(name)]
    features = [name for name in columns if name != label and name not in left_out]
    x = _numbers(source, columns, features)
    return x[..., np.newaxis], columns[label], f"label {label!r}, {len(features):,} columns as steps of one feature"


def _long(source: str, columns: Columns, label: str, series: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any], str]:
    """Return one series for each id, in the order in which the ids come first."""
    time = _find_column(columns, _TIMES)
    features = [name for name in columns if name not in {label, series, time} and not _UNNAMED.fullmatch(name)]
    x = _numbers(source, columns, features)
    ids, first, places = np.unique(columns[series], return_index=True, return_inverse=True)
    places = np.argsort(np.argsort(first))[places.reshape(-1)]
    order = np.lexsort((columns[time], places)) if time else np.argsort(places, kind="stable")
    lengths = np.bincount(places)
    if lengths.min() != lengths.max():
        raise DataError(
            f"{source}: expected series of one length, received {lengths.min():,} to {lengths.max():,} steps; pad or "
            "cut them, or save them as .ts"
        )
    labels = columns[label][order].reshape(len(ids), -1)
    if (labels != labels[:, :1]).any():
        raise DataError(f"{source}: expected one label for each {series}, received several within a series")
    steps = f"ordered by {time}" if time else "in the order of the rows"
    how = f"label {label!r}, one series for each {series}, {steps}, features {', '.join(features)}"
    return x[order].reshape(len(ids), lengths[0], -1), labels[:, 0], how


def _read_text(path: Path, limit_bytes: int) -> Columns:
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        sample = file.read(65_536)
        file.seek(0)
        delimiter = max("\t,; ", key=sample.partition("\n")[0].count)
        rows = (row for row in csv.reader(file, delimiter=delimiter, skipinitialspace=True) if row)
        try:
            first = next(rows)
        except StopIteration:
            raise DataError(f"{path}: expected a table, received an empty file") from None
        body = list(_check_widths(path, rows, len(first)))
    if _is_number(first[0]) and all(map(_is_number, first)):
        names, body = ["label", *(str(place) for place in range(1, len(first)))], [first, *body]
    else:
        names = [name.strip() for name in first]
    if len(set(names)) < len(names):
        raise DataError(f"{path}: expected columns of different names, received one twice")
    if not body:
        raise DataError(f"{path}: expected at least one row below the heading, received none")
    check_size(str(path), "its values", len(body) * len(names) * _BYTES_A_CELL, limit_bytes)
    return {name: _column([row[place] for row in body]) for place, name in enumerate(names)}


def _check_widths(path: Path, rows: Iterable[list[str]], width: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=2):
        if len(row) != width:
            raise DataError(f"{path}: row {number}: expected {width} values as in the first row, received {len(row)}")
        yield row


def _read_parquet(path: Path) -> Columns:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra, which other formats do not need
    except ModuleNotFoundError:
        raise DataError(f"{path}: reading Parquet needs pyarrow; add it with `{word_install('parquet')}`") from None
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected an intact Parquet file, received {error}") from error
    return {name: np.asarray(table[name].to_pylist()) for name in table.column_names}


def _column(cells: list[str]) -> npt.NDArray[Any]:
    try:
        return np.asarray(cells, dtype=np.float64)
    except ValueError:
        return np.asarray([cell.strip() for cell in cells])


def _numbers(source: str, columns: Columns, names: list[str]) -> npt.NDArray[np.float64]:
    words = [name for name in names if columns[name].dtype.kind not in "buif"]
    if words:
        raise DataError(
            f"{source}: expected numbers in every column but the label's, received text in {_shorten(words)}; leave "
            "these columns out, or encode them as numbers"
        )
    if not names:
        raise DataError(f"{source}: expected columns of numbers beside the label's, received none")
    return np.column_stack([columns[name].astype(np.float64) for name in names])


def _find_column(columns: Iterable[str], wanted: tuple[str, ...]) -> str | None:
    """Return the column of the first of these names that there is, whatever its case."""
    by_name = {name.lower().replace(" ", "_"): name for name in columns}
    return next((by_name[name] for name in wanted if name in by_name), None)


def _repeats(values: npt.NDArray[Any]) -> bool:
    return len(values) >= _MIN_REPEATS * len(np.unique(values))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _shorten(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(map(repr, shown[:8])) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")  # noqa: PLR2004
