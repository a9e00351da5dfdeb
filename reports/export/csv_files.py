"""Trials and epochs as CSV files, with text that no spreadsheet runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.atomic_file import write_atomic
from bench.reports.kit.escaping import escape_csv

if TYPE_CHECKING:
    import pandas as pd


def render_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV with a header; what is missing is an empty cell, a float keeps all its digits."""
    inert = frame.copy()
    for name in frame.columns:
        if not _is_number(frame[name]):
            inert[name] = frame[name].map(lambda value: escape_csv(str(value)), na_action="ignore")
    return inert.to_csv(index=False, lineterminator="\n")


def write_csv(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Write `<folder>/<name>.csv`, whole or not at all, and return its path."""
    path = folder / f"{name}.csv"
    write_atomic(path, render_csv(frame).encode())
    return path


def _is_number(column: pd.Series) -> bool:
    return column.dtype.kind in "iufb"
