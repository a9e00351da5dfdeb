"""Small data sets as values and as files."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

Arrays = dict[str, npt.NDArray[Any]]
IDX_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
IDX_NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


@pytest.fixture(scope="session")
def make_arrays() -> Callable[..., Arrays]:
    """Return a factory of valid arrays, any of which a keyword replaces: 12 + 6 images of 4×5 pixels, 3 classes."""
    return _arrays


@pytest.fixture(scope="session")
def write_npz() -> Callable[..., Path]:
    """Return a function that writes `data.npz` into a folder, with changes as for `make_arrays`."""
    return _write_npz


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[[npt.NDArray[Any]], bytes]:
    """Return a function that encodes an array as an IDX file."""
    return _idx_bytes


@pytest.fixture(scope="session")
def write_idx_folder() -> Callable[..., Path]:
    """Return a function that writes a folder of IDX files named as in Debian's dataset-fashion-mnist, gzipped."""
    return _write_idx_folder


@pytest.fixture(scope="session")
def python2_batch() -> Callable[[npt.NDArray[Any], list[int], str], bytes]:
    """Return a function that pickles images and labels as Python 2 pickled CIFAR's batches: its text is bytes."""
    return _python2_batch


def _arrays(**changes: npt.NDArray[Any]) -> Arrays:
    arrays: Arrays = {
        "x_train": np.arange(12 * 4 * 5, dtype=np.uint8).reshape(12, 4, 5),
        "y_train": np.arange(12, dtype=np.uint8) % 3,
        "x_test": np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5),
        "y_test": np.arange(6, dtype=np.uint8) % 3,
    }
    return arrays | changes


def _write_npz(folder: Path, **changes: npt.NDArray[Any]) -> Path:
    path = folder / "data.npz"
    np.savez_compressed(path, **_arrays(**changes))  # type: ignore[arg-type]
    return path


def _idx_bytes(array: npt.NDArray[Any]) -> bytes:
    code = IDX_CODES[array.dtype.str[1:]]
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def _write_idx_folder(folder: Path, suffix: str = ".gz", **changes: npt.NDArray[Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in _arrays(**changes).items():
        content = _idx_bytes(array)
        (folder / (IDX_NAMES[name] + suffix)).write_bytes(gzip.compress(content) if suffix == ".gz" else content)
    return folder


def _python2_batch(images: npt.NDArray[Any], labels: list[int], label_key: str) -> bytes:
    # Written opcode by opcode: Python 3 pickles neither bytes nor arrays as Python 2 did.
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    shape = b"".join(b"J" + struct.pack("<i", size) for size in images.shape) + b"\x86"
    values = b"T" + struct.pack("<i", images.nbytes) + images.tobytes()
    array = empty + b"(K\x01" + shape + dtype + b"\x89" + values + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    key = b"U" + bytes([len(label_key)]) + label_key.encode()
    return b"\x80\x02}(U\x04data" + array + key + numbers + b"u."
