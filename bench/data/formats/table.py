"""Reads CSV, TSV and Parquet files: a row an example (wide), or a row a step of a series that an id names (long)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES
from bench.data.formats.table_columns import DataTable, hint_heading, numbers, read_columns, shorten
from bench.data.padding import LengthArray, pad_series
from bench.errors import DataError

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")
_LABELS = ("label", "labels", "class", "classes", "target", "targets", "category")
_COORDINATES = frozenset({"x", "y", "z"})
_SERIES = ("series_id", "series", "id", "case_id", "case", "sample_id", "example_id", "sequence_id", "sequence")
_TIMES = ("time", "timestamp", "t", "step", "timestep", "index", "date", "datetime")
_UNNAMED = re.compile(r"(unnamed: ?\d+|index|__index_level_\d+__|)", re.IGNORECASE)
_UNLIKE = 100.0  # times another column's deviation


@dataclass(frozen=True)
class _Roles:
    """Which column is what; `series` is None in a table whose rows are examples."""

    label: str
    series: str | None
    time: str | None
    features: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def needed(self) -> list[str]:
        return [name for name in (self.label, self.series, self.time, *self.features) if name is not None]


@dataclass(frozen=True)
class _Half:
    """The examples of one file: x (num_examples, steps, features), y (num_examples,), and lengths where they differ."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[Any]
    lengths: LengthArray | None = None


def read_table(path: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read a table, and the one of the test half beside it where its name says that it is the training half.

    The label's column is called label, class, target, category or y. A UCR file has no heading and the label first. A
    column such as `series_id`, whose values repeat, makes it a table of steps, in the order of the column `time` or as
    they stand; series may have several lengths. Of `Trace_TRAIN.tsv` the test half is `Trace_TEST.tsv`, whose columns
    are found by their names.

    Raises:
        DataError: if there is no such column or more than one, a value is missing or no number, the order of time is
            unknown, or the halves have other columns.
    """
    table = read_columns(path, limit_bytes)
    roles = _find_roles(table)
    other = _find_test_half(path)
    train = _read_half(table, roles)
    test = _read_half(_check_columns(read_columns(other, limit_bytes), roles, path), roles) if other else None
    halves = [train, test] if test else [train]
    longest = max(half.x.shape[1] for half in halves)
    is_even = roles.series is None or all(half.lengths is None and half.x.shape[1] == longest for half in halves)
    padded = [half if is_even else _pad(half, longest) for half in halves]
    x_test, y_test, lengths_test = (padded[1].x, padded[1].y, padded[1].lengths) if other else (None, None, None)
    files = f"{path.name} and {other.name}" if other else path.name
    return RawArrays(
        padded[0].x, padded[0].y, x_test, y_test, layout="sequence", source=f"{files}; {_word(table, roles, train)}",
        lengths_train=padded[0].lengths, lengths_test=lengths_test,
    )  # fmt: skip


def find_table(folder: Path) -> Path | None:
    """Return the one table of a folder that is or has the training half, or None where it has no table.

    Raises:
        DataError: there are several.
    """
    tables = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and path.is_file()]
    halves = [path for path in tables if _find_test_half(path)]
    chosen = [path for path in halves if path.suffix.lower() == ".tsv"] or halves or tables
    if len(chosen) > 1:
        raise DataError(
            f"{folder}: expected one table, received {shorten(path.name for path in chosen)}; give the path of the one "
            "that is meant"
        )
    return chosen[0] if chosen else None


def _find_test_half(path: Path) -> Path | None:
    for train, test in (("TRAIN", "TEST"), ("train", "test"), ("Train", "Test"), ("train", "val")):
        other = path.with_name(path.name.replace(train, test))
        if other != path and other.is_file():
            return other
    return None


def _find_roles(table: DataTable) -> _Roles:
    columns = table.columns
    label = _find_label(table)
    series = _find_column(columns, _SERIES)
    if series is not None and not _repeats(columns[series]):
        series = None
    time = _find_column(columns, _TIMES) if series else None
    others = [name for name in columns if name not in {label, series, time}]
    left_out = [name for name in others if _UNNAMED.fullmatch(name) or _numbers_rows(name, columns[name])]
    features = [name for name in others if name not in left_out]
    return _Roles(label, series, time, tuple(features), tuple(left_out))


def _find_label(table: DataTable) -> str:
    """Return the column of the classes: `y` where no other name says more, and no coordinates stand beside it."""
    found = [name for name in table.columns if _plain(name) in _LABELS]
    if len(found) > 1:
        raise DataError(
            f"{table.source}: expected one column of labels, received {shorten(found)}; remove the others, or rename "
            "them if they are features"
        )
    plain = {_plain(name): name for name in table.columns}
    if not found and "y" in plain and not plain.keys() >= _COORDINATES:
        found = [plain["y"]]
    if not found:
        raise DataError(
            f"{table.source}: expected a column named {', '.join(_LABELS)} or y, received {shorten(table.columns)}; "
            f"rename the labels' column{hint_heading(table.columns)}"
        )
    if not table.has_heading and table.columns["label"].dtype.kind == "f" and (table.columns["label"] % 1 != 0).any():
        raise DataError(
            f"{table.source}: expected classes in the first column, as a table without a heading has them, received "
            "real values; put a heading above the rows, with `label` over the classes"
        )
    return found[0]


def _check_columns(table: DataTable, roles: _Roles, train: Path) -> DataTable:
    """Refuse a test half without a column of the training half, or with one more."""
    missing = [name for name in roles.needed if name not in table.columns]
    if missing:
        raise DataError(
            f"{table.source}: expected the columns of {train.name}, received none of {shorten(missing)}; add them, or "
            "move this file elsewhere and give --validation-split 0.2"
        )
    more = [name for name in table.columns if name not in {*roles.needed, *roles.left_out} and not _is_count(name)]
    if more:
        raise DataError(
            f"{table.source}: expected the columns of {train.name}, received also {shorten(more)}; remove them"
        )
    return table


def _read_half(table: DataTable, roles: _Roles) -> _Half:
    if roles.series is not None:
        return _read_long(table, roles, roles.series)
    x = numbers(table, roles.features)
    x = x if x.ndim == 3 else x[..., np.newaxis]  # noqa: PLR2004 - columns of lists are features of their own
    _check_gaps(table, roles, x)
    return _Half(x, table.columns[roles.label])


def _check_gaps(table: DataTable, roles: _Roles, x: npt.NDArray[np.float64]) -> None:
    """Refuse a missing value before others; those at a row's end are where a shorter series ends."""
    is_missing: npt.NDArray[np.bool_] = np.asarray(np.isnan(x).all(axis=2))
    is_end = np.logical_and.accumulate(is_missing[:, ::-1], axis=1)[:, ::-1]
    gaps = np.argwhere(is_missing & (~is_end | is_end.all(axis=1, keepdims=True)))
    if len(gaps):
        row, step = (int(place) for place in gaps[0])
        where = f"column {roles.features[step]!r}" if len(roles.features) == x.shape[1] else f"step {step + 1}"
        raise DataError(
            f"{table.source}: expected a number in {where} of the example in row {row + 1 + table.has_heading}, "
            "received none; remove that row or fill the value in"
        )


def _read_long(table: DataTable, roles: _Roles, series: str) -> _Half:
    """Return one series for each id, in the order in which the ids come first."""
    columns = table.columns
    x = numbers(table, roles.features)
    _, first, places = np.unique(columns[series], return_index=True, return_inverse=True)
    places = np.argsort(np.argsort(first))[places.reshape(-1)]
    order = _order(table, roles, series, places)
    lengths = np.bincount(places)
    starts = np.cumsum(lengths)[:-1]
    labels = columns[roles.label][order]
    first_labels = labels[np.concatenate(([0], starts))]
    if (labels != np.repeat(first_labels, lengths)).any():
        raise DataError(
            f"{table.source}: expected one label for each {series}, received several within a series; "
            f"correct them, or rename the column {series!r} if each row is an example"
        )
    padded = pad_series(np.split(x[order], starts), int(lengths.max()))
    return _Half(padded, first_labels, None if lengths.min() == lengths.max() else lengths.astype(np.int64))


def _order(table: DataTable, roles: _Roles, series: str, places: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the rows series by series, each in the order of its time or of its rows."""
    if roles.time is None:
        return np.argsort(places, kind="stable")
    times = _time_values(table, roles.time)
    order: npt.NDArray[np.intp] = np.lexsort((times, places))
    is_same = (np.diff(times[order]) == 0) & (np.diff(places[order]) == 0)
    if is_same.any():
        again = table.columns[roles.time][order][1:][is_same][0]
        raise DataError(
            f"{table.source}: expected each {roles.time} once in a series, received {again} twice; give each series "
            f"its own {series}, or remove the column {roles.time} if the rows are in order"
        )
    return order


def _time_values(table: DataTable, name: str) -> npt.NDArray[np.float64]:
    """Return times as numbers that can be ordered: text sorts 10:00 before 9:00, and days before years."""
    times = table.columns[name]
    if times.dtype.kind == "M":
        values = np.where(np.isnat(times), np.nan, times.astype("datetime64[us]").astype(np.float64))
    elif times.dtype.kind in "uif":
        values = times.astype(np.float64)
    else:
        values = np.array([_seconds(table, name, str(time)) for time in times])
    if np.isnan(values).any():
        raise DataError(f"{table.source}: expected a {name} in each row, received none in one; add it")
    return values


def _seconds(table: DataTable, name: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise DataError(
            f"{table.source}: expected numbers or ISO dates such as 2024-01-31 09:00:00 in {name!r}, received "
            f"{text[:40]!r}, whose order is unknown; write them so, or remove the column if the rows are in order"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _pad(half: _Half, num_steps: int) -> _Half:
    """Return a half with its lengths, padded with zeros to a number of steps."""
    lengths = np.full(len(half.x), half.x.shape[1]) if half.lengths is None else half.lengths
    return _Half(pad_series(list(half.x), num_steps), half.y, lengths)


def _word(table: DataTable, roles: _Roles, half: _Half) -> str:
    """Say which column was taken for what."""
    left_out = f", left out {', '.join(map(repr, roles.left_out))}" if roles.left_out else ""
    if roles.series is not None:
        steps = f"ordered by {roles.time}" if roles.time else "in the order of the rows"
        features = f"features {', '.join(roles.features)}"
        return f"label {roles.label!r}, one series for each {roles.series}, {steps}, {features}{left_out}"
    if half.x.shape[2] > 1 or len(roles.features) < half.x.shape[1]:
        return f"label {roles.label!r}, lists as steps, features {', '.join(roles.features)}{left_out}"
    together = _word_scales(half.x[..., 0]) if table.has_heading else ""
    label = f"label {roles.label!r}" if table.has_heading else "no heading, so the first column is the label"
    return f"{label}, {len(roles.features):,} columns as steps of one feature{together}{left_out}"


def _word_scales(x: npt.NDArray[np.float64]) -> str:
    """Warn where columns vary so differently that scaled as one feature the smaller ones would hardly be seen."""
    deviations = np.nanstd(x, axis=0)
    varying = deviations[deviations > 0]
    if not len(varying) or varying.max() < _UNLIKE * varying.min():
        return ""
    times = varying.max() / varying.min()
    return f" (scaled together, though one varies {times:,.0f} times as much as another: scale them first)"


def _find_column(columns: Iterable[str], wanted: tuple[str, ...]) -> str | None:
    """Return the column of the first of these names that there is, whatever its case."""
    by_name = {_plain(name): name for name in columns}
    return next((by_name[name] for name in wanted if name in by_name), None)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "_")


def _is_count(name: str) -> bool:
    return bool(_UNNAMED.fullmatch(name)) or _plain(name) in _SERIES


def _numbers_rows(name: str, values: npt.NDArray[Any]) -> bool:
    """Tell whether a column is an id of each row, which is no feature."""
    return _plain(name) in _SERIES and len(np.unique(values)) == len(values)


def _repeats(values: npt.NDArray[Any]) -> bool:
    return len(np.unique(values)) < len(values)
