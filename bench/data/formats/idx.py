"""Reads a folder of IDX files, the format in which MNIST and Fashion-MNIST were published, gzipped or not.

Format: two zero bytes, a type code, the number of axes, each axis' size as a big-endian 32-bit integer, then the
values in C order, big-endian (Yann LeCun, The MNIST database of handwritten digits, "The IDX file format").
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.array_names import find_roles
from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, Readable, check_file_size, check_size, read_exactly
from bench.data.formats.npz import natural_layout
from bench.errors import DataError

_ENDINGS = (".gz", ".bin", ".idx", ".ubyte")
_IS_IDX = re.compile(r"idx\d|ubyte|\.bin|\.gz", re.IGNORECASE)
_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_TABLES = frozenset({".csv", ".tsv", ".txt", ".json", ".tar", ".npy", ".npz"})
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_NDIM = 8


def is_idx_folder(folder: Path) -> bool:
    """Tell whether a folder holds files that are called as IDX files are."""
    return any(is_idx(path) for path in folder.iterdir() if path.is_file())


def is_idx(path: Path) -> bool:
    """Tell whether a file is called as IDX files are; of a table that is gzipped the inner ending says what it is."""
    return bool(_IS_IDX.search(path.name)) and Path(path.name.removesuffix(".gz")).suffix.lower() not in _TABLES


def read_idx_folder(folder: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read the arrays of a folder in which each is one file.

    The names are those of MNIST and its kin: `train-images-idx3-ubyte`, `t10k-labels.idx1-ubyte`,
    `emnist-letters-test-images-idx3-ubyte`, `train-images.bin`, each with or without `.gz`; see `find_roles`.

    Raises:
        DataError: if a file is missing, duplicated or invalid, or an array takes more than `limit_bytes`.
    """
    files = _find_files(folder)
    roles = find_roles(files, str(folder))
    arrays: dict[str, Any] = {role: _read_file(files[name], limit_bytes) for role, name in roles.items()}
    return RawArrays(
        **{"x_test": None, "y_test": None, **arrays},
        layout=natural_layout(arrays["x_train"]),
        source=f"IDX folder {folder.name}",
    )


def _find_files(folder: Path) -> dict[str, Path]:
    """Return the folder's IDX files by their names without endings; of one beside its gzipped twin the plain one."""
    found: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and is_idx(path)):
        other = found.setdefault(_stem(path), path)
        if path not in (other, _twin_of(other)):
            raise _doubled(other, path)
    return found


def _twin_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _read_file(path: Path, limit_bytes: int) -> npt.NDArray[np.generic]:
    """Read a file; its gzipped twin, which torchvision leaves beside it, has to hold the same."""
    values = read_idx(path, limit_bytes)
    twin = _twin_of(path)
    if twin.is_file() and not np.array_equal(values, read_idx(twin, limit_bytes)):
        raise _doubled(path, twin)
    return values


def _doubled(path: Path, other: Path) -> DataError:
    return DataError(
        f"{path.parent}: expected one file for each array, received {path.name} and {other.name}, which differ; remove "
        "one"
    )


def _stem(path: Path) -> str:
    """Return a file's name without what only says how it is stored."""
    name = path.name
    while ending := next((ending for ending in _ENDINGS if name.endswith(ending)), ""):
        name = name.removesuffix(ending)
    return name


def read_idx(path: Path, limit_bytes: int = MAX_DATA_BYTES) -> npt.NDArray[np.generic]:
    """Read one IDX file into an array in native byte order; raise DataError if it is invalid."""
    check_file_size(path, limit_bytes)
    try:
        with path.open("rb") as file:
            gzipped = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            file.seek(0)
            if not gzipped:
                return _read_stream(file, str(path), limit_bytes)
            with gzip.GzipFile(fileobj=file) as stream:
                return _read_stream(stream, str(path), limit_bytes)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected an intact IDX file; received {error}; fetch it again") from error


def _read_stream(stream: Readable, source: str, limit_bytes: int) -> npt.NDArray[np.generic]:
    """Read the header and the values, and check that nothing follows."""
    dtype, shape = _read_header(stream, source)
    num_bytes = math.prod(shape) * dtype.itemsize
    check_size(source, f"an array of shape {shape}", num_bytes, limit_bytes)
    values = read_exactly(stream, num_bytes, source).view(dtype).reshape(shape)
    if stream.read(1):
        raise DataError(f"{source}: too long: shape {shape} takes {num_bytes:,} bytes of values, and more follow")
    return values.astype(dtype.newbyteorder("="), copy=False)


def _read_header(stream: Readable, source: str) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    """Read the type of the values and the size of each axis."""
    magic = stream.read(4)
    is_idx = len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in _DTYPES  # noqa: PLR2004 - the four header bytes
    if not is_idx or not 1 <= magic[3] <= _MAX_NDIM:
        raise DataError(
            f"{source}: expected an IDX file: two zero bytes, a type code from 0x08 to 0x0e, and the number of axes; "
            f"it starts with {magic.hex(' ') or 'nothing'}"
        )
    sizes = read_exactly(stream, 4 * magic[3], source).view(">u4")
    return np.dtype(_DTYPES[magic[2]]), tuple(int(size) for size in sizes)
