"""Reads a folder of .npy files, one array each: x_train.npy, y_train.npy and so on, or X.npy and y.npy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.array_names import find_roles
from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, check_file_size
from bench.data.formats.npz import natural_layout, read_array
from bench.errors import DataError


def read_npy_folder(folder: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read the arrays of a folder by their files' names; see `find_roles` for what they may be called.

    Raises:
        DataError: if a file is missing, damaged or too large.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.npy"))}
    roles = find_roles(files, str(folder))
    arrays: dict[str, Any] = {role: read_npy(files[name], limit_bytes) for role, name in roles.items()}
    return RawArrays(
        **{"x_test": None, "y_test": None, **arrays},
        layout=natural_layout(arrays["x_train"]),
        source=f".npy files of {folder.name}",
    )


def read_npy(path: Path, limit_bytes: int = MAX_DATA_BYTES) -> npt.NDArray[np.generic]:
    """Read one .npy file; raise DataError if it is damaged or too large."""
    check_file_size(path, limit_bytes)
    try:
        with path.open("rb") as stream:
            return read_array(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
