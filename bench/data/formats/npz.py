"""Reads a `file.npz` with arrays such as x_train, y_train, x_test and y_test, as `keras.datasets` caches them.

The format is NumPy's (numpy.lib.format, versions 1.0 and 2.0, in a zip archive). `numpy.load` is not used: it allocates
what a header claims before checking that the bytes exist, and it supports pickled arrays. Here nothing is ever
unpickled, and nothing larger than the checked sizes is allocated. See docs/decisions/data/015-own-npz-reader.md.
"""

from __future__ import annotations

import ast
import math
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from bench.data.array_names import find_roles
from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, check_file_size, check_size, read_exactly
from bench.errors import DataError
from bench.networks.registry import DataLayout

ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")
_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {(1, 0): 2, (2, 0): 4}
_MAX_HEADER_BYTES = 10_000
_MAX_NDIM = 8
_TOKENS_NDIM = 2
_IMAGE_NDIM = 4
# Numbers, and text of a fixed length, which labels may be.
_PLAIN = re.compile(r"[<>|=]([biuf][0-9]{1,2}|[US][1-9][0-9]{0,3})")
_OBJECTS = (
    "Python objects and pickles are never loaded: convert labels with .astype(str), and pad series of several lengths "
    "with NaN at their ends"
)
_REMEDY = "save it again with numpy.savez_compressed(file, x_train=…, y_train=…, x_test=…, y_test=…)"
# What zipfile and its decompressors raise on bytes that are no archive, or a damaged or encrypted one.
_ARCHIVE_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class _Header:
    """What a .npy header declares."""

    dtype: np.dtype[Any]
    fortran_order: bool
    shape: tuple[int, ...]


def read_npz(path: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read the two or four arrays of a data set; others in the file are ignored. See `find_roles` for their names.

    Args:
        path: a zip archive of .npy files.
        limit_bytes: limit for the file, and for the arrays together.

    Raises:
        DataError: if the file is not such an archive, lacks an array, contains Python objects, or exceeds the limit.
    """
    arrays: dict[str, Any] = _read_members(path, lambda names: find_roles(dict.fromkeys(names), str(path)), limit_bytes)
    halves = {"x_test": None, "y_test": None, **arrays}
    return RawArrays(**halves, layout=natural_layout(arrays["x_train"]), source=f"npz file {path.name}")


def read_named_arrays(
    path: Path, names: Sequence[str], limit_bytes: int = MAX_DATA_BYTES
) -> dict[str, npt.NDArray[np.generic]]:
    """Read arrays by name; others in the file are ignored. Args and raises as `read_npz`."""

    def choose(found: Sequence[str]) -> Mapping[str, str]:
        missing = next((name for name in names if name not in found), None)
        if missing:
            raise DataError(f"{path}: expected an array {missing!r}, received {', '.join(found)[:200]}; {_REMEDY}")
        return {name: name for name in names}

    return _read_members(path, choose, limit_bytes)


def _read_members(
    path: Path, choose: Callable[[Sequence[str]], Mapping[Any, str]], limit_bytes: int
) -> dict[Any, npt.NDArray[np.generic]]:
    check_file_size(path, limit_bytes)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _find_members(path, archive, choose)
            check_size(str(path), "the arrays", sum(member.file_size for member in members.values()), limit_bytes)
            return {role: _read_member(path, archive, member) for role, member in members.items()}
    except _ARCHIVE_ERRORS as error:
        raise DataError(f"{path}: expected an intact npz file; received {error}; {_REMEDY}") from error


def natural_layout(x: npt.NDArray[np.generic]) -> DataLayout:
    """Return the layout of examples without a declared one.

    Two axes of integers are tokens, four axes or uint8 images, the rest sequences.
    """
    if x.ndim == _TOKENS_NDIM and x.dtype.kind in "ui":
        return "tokens"
    return "image" if x.ndim == _IMAGE_NDIM or x.dtype == np.uint8 else "sequence"


def _find_members(
    path: Path, archive: zipfile.ZipFile, choose: Callable[[Sequence[str]], Mapping[Any, str]]
) -> dict[Any, zipfile.ZipInfo]:
    """Return the archive's entry of each array that is chosen."""
    names = [name.removesuffix(".npy") for name in archive.namelist()]
    chosen = choose(names)
    repeated = next((name for name in chosen.values() if names.count(name) > 1), None)
    if repeated:
        raise DataError(f"{path}: expected one array of each name, received {repeated!r} twice; {_REMEDY}")
    return {role: archive.infolist()[names.index(name)] for role, name in chosen.items()}


def _read_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[np.generic]:
    with archive.open(member) as stream:
        return read_array(stream, member.file_size, f"{path}: {member.filename.removesuffix('.npy')}")


def read_array(stream: IO[bytes], num_bytes: int, source: str) -> npt.NDArray[np.generic]:
    """Read one array, whose header must declare exactly the bytes that there are, its own included.

    Raises:
        DataError: beginning with `source`.
    """
    header = _read_header(stream, source)
    expected = math.prod(header.shape) * header.dtype.itemsize
    received = num_bytes - stream.tell()
    if expected != received:
        raise DataError(
            f"{source}: damaged: {header.dtype} of shape {header.shape} needs {expected:,} bytes, "
            f"the file has {received:,}; {_REMEDY}"
        )
    values = read_exactly(stream, expected, source).view(header.dtype)
    if header.dtype.kind == "U" and (values.view(header.dtype.byteorder + "u4") > sys.maxunicode).any():
        raise DataError(f"{source}: damaged: expected text, received numbers that stand for no character; {_REMEDY}")
    return values.reshape(header.shape, order="F" if header.fortran_order else "C")


def _read_header(stream: IO[bytes], source: str) -> _Header:
    """Read a .npy header up to the first value."""
    start = stream.read(len(_MAGIC) + 2)
    length_bytes = _LENGTH_BYTES.get((start[-2], start[-1])) if start[:-2] == _MAGIC else None
    if length_bytes is None:
        raise DataError(f"{source}: expected a .npy array of version 1.0 or 2.0; it starts with {start!r}; {_REMEDY}")
    length = int.from_bytes(stream.read(length_bytes), "little")
    text = stream.read(min(length, _MAX_HEADER_BYTES)).decode("latin-1")
    try:
        fields = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise DataError(f"{source}: its .npy header cannot be read: {text[:80]!r}; {_REMEDY}") from error
    return _check_header(fields, source)


def _check_header(fields: object, source: str) -> _Header:
    """Turn the header's dictionary into checked values: plain numbers and a shape without negative sizes."""
    if not isinstance(fields, dict) or fields.keys() != {"descr", "fortran_order", "shape"}:
        raise DataError(f"{source}: expected a .npy header with descr, fortran_order and shape; {_REMEDY}")
    descr, shape = fields["descr"], fields["shape"]
    if not isinstance(descr, str) or not _PLAIN.fullmatch(descr):
        raise DataError(
            f"{source}: expected plain numbers (uint8, float32, …), received dtype {str(descr)[:40]!r}; "
            f"{_OBJECTS if str(descr).endswith('O') else 'convert the array with .astype first'}"
        )
    if not isinstance(shape, tuple) or len(shape) > _MAX_NDIM or any(type(n) is not int or n < 0 for n in shape):
        raise DataError(f"{source}: expected a shape of at most {_MAX_NDIM} sizes, received {str(shape)[:80]}")
    try:
        dtype = np.dtype(descr)
    except TypeError as error:
        raise DataError(f"{source}: dtype {descr!r} is unknown to NumPy; {_REMEDY}") from error
    return _Header(dtype, bool(fields["fortran_order"]), shape)
