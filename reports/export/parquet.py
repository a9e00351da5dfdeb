"""Trials and epochs as Parquet files: typed columns, where CSV has text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from bench.atomic_file import write_atomic
from bench.errors import ConfigError
from bench.install_hint import word_install
from bench.plan.backends import is_installed

if TYPE_CHECKING:
    import pandas as pd


def check_parquet() -> None:
    """Refuse, before any run is read, where the package is missing that writes Parquet.

    Raises:
        ConfigError: with the command that installs it.
    """
    if not is_installed("pyarrow"):
        raise ConfigError(
            f"--format parquet: package pyarrow is not installed; install it with `{word_install('parquet')}`"
        )


def write_parquet(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Write `<folder>/<name>.parquet`, whole or not at all, and return its path; a missing figure is null."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    path = folder / f"{name}.parquet"
    write_atomic(path, buffer.getvalue())
    return path
