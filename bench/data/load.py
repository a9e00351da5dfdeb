"""Loads the data set that `--dataset` names, and validates it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.data.axes import order_axes
from bench.data.check import CheckedArrays, check_arrays
from bench.data.checksum import sha256_of_arrays
from bench.data.dataset import DataInfo, Dataset, RawArrays
from bench.data.describe import count_repeated, describe_classes
from bench.data.formats.hugging_face import is_hugging_face, read_hugging_face
from bench.data.formats.idx import is_idx, is_idx_folder, read_idx_folder
from bench.data.formats.image_folder import has_image_classes, read_image_folder
from bench.data.formats.npy import read_npy_folder
from bench.data.formats.npz import read_npz
from bench.data.formats.series_folder import SUFFIXES as SERIES
from bench.data.formats.series_folder import find_pair, find_series_files, read_series_folder
from bench.data.formats.table import SUFFIXES as TABLES
from bench.data.formats.table import find_table, read_table
from bench.data.mark_padding import mark_padding
from bench.data.padding import LengthArray
from bench.data.registry import builtin_datasets
from bench.data.scaling import unit_divisor
from bench.data.steps import cut_steps, describe_lengths, limit_vocabulary
from bench.data.subset import stratified_subset
from bench.data.validation_split import split_validation
from bench.errors import DataError, MissingDataError, suggest
from bench.networks.registry import DataLayout
from bench.settings import Axes, Scaling

LabelArray = npt.NDArray[np.int64]
Kept = npt.NDArray[np.intp] | slice
_OWN_SCALINGS: Mapping[DataLayout, Scaling] = {"tokens": "none", "sequence": "standard", "image": "unit"}
_SAVE_AS_NPZ = "load it in Python, and save its arrays with numpy.savez_compressed"
FORMATS = (
    "a file.npz of arrays such as x_train and y_train, a CSV, TSV or Parquet file with a column named label, a "
    "folder of IDX files, of .npy files, of images by class or of NAME_TRAIN.ts and NAME_TEST.ts, or a data set of "
    "Hugging Face's saved to disk"
)
_ZIP = b"PK\x03\x04"
# Files that people have as well, and what makes them one of `FORMATS`.
_ELSEWHERE = {
    ".gz": "unpack it first: gunzip FILE",
    ".xlsx": "save it as CSV UTF-8",
    ".h5": _SAVE_AS_NPZ,
    ".hdf5": _SAVE_AS_NPZ,
    ".mat": _SAVE_AS_NPZ,
    ".pkl": _SAVE_AS_NPZ,
}


def load_dataset(
    name: str,
    *,
    train_size: int | None = None,
    test_size: int | None = None,
    axes: Axes = "channels-last",
    validation_split: float | None = None,
    max_length: int | None = None,
    vocabulary: int | None = None,
) -> Dataset:
    """Load, validate and hash a data set, and select a subset.

    Args:
        name: a registered name, or the path of a file or folder of `FORMATS`. A name is a path if it has an ending,
            contains a path separator, or is an existing folder. A leading `~` is the home folder.
        train_size: how many training examples to keep, None for all; see `stratified_subset`.
        test_size: the same for the test examples.
        axes: where the channels or features stand; see `order_axes`.
        validation_split: the share of the examples that validates, for a data set without a test half.
        max_length: cut series and tokens behind this step, None for none; see `bench.data.padding`.
        vocabulary: keep so many ids of tokens, None for all; those above share the last one.

    Raises:
        DataError: if there is no such data set, its content is invalid, or a size exceeds it.
    """
    marked = mark_padding(_find_loader(name)(), name, axes)
    whole = check_arrays(split_validation(marked, validation_split, name), name)
    ordered = replace(whole, x_train=order_axes(whole.x_train, axes), x_test=order_axes(whole.x_test, axes))
    arrays = cut_steps(limit_vocabulary(ordered, name, vocabulary), name, max_length)
    kept_train = _kept(name, "train", arrays.y_train, train_size)
    kept_test = _kept(name, "test", arrays.y_test, test_size)
    x_train, y_train = arrays.x_train[kept_train], arrays.y_train[kept_train]
    x_test, y_test = arrays.x_test[kept_test], arrays.y_test[kept_test]
    info = DataInfo(
        name=name,
        sha256=_checksum(whole),
        source=arrays.source,
        example_shape=x_train.shape[1:],
        num_classes=len(arrays.class_names),
        num_train=len(y_train),
        num_test=len(y_test),
        num_train_available=len(arrays.y_train),
        num_test_available=len(arrays.y_test),
        num_repeated=count_repeated(x_train, x_test),
        layout=arrays.layout,
        dtype=str(x_train.dtype),
        divisor=None if arrays.layout == "tokens" else unit_divisor(x_train),
        vocabulary=arrays.vocabulary,
        lengths=describe_lengths(ordered, x_train.shape[1]),
        **describe_classes(y_train, y_test, arrays.class_names),
    )
    lengths = _rows(arrays.lengths_train, kept_train), _rows(arrays.lengths_test, kept_test)
    return Dataset(info, x_train, y_train, x_test, y_test, arrays.layout, *lengths)


def own_scaling(name: str) -> Scaling:
    """Return how a data set is scaled where nothing is asked for.

    `none` for tokens, `standard` for series, `unit` for images and for the series of images' pixels; `unit`, too, for a
    set that is not on this machine.

    Raises:
        DataError: as `load_dataset`, for a path.
    """
    spec = builtin_datasets().get(name)
    if spec and spec.scaling:
        return spec.scaling
    try:
        layout = spec.layout if spec else _find_loader(name)().layout
    except MissingDataError:
        return "unit"
    return _OWN_SCALINGS[layout]


def _checksum(arrays: CheckedArrays) -> str:
    """Hash the arrays, and the lengths of series of unequal length behind them."""
    lengths = (one for one in (arrays.lengths_train, arrays.lengths_test) if one is not None)
    return sha256_of_arrays((arrays.x_train, arrays.y_train, arrays.x_test, arrays.y_test, *lengths))


def _rows(lengths: LengthArray | None, kept: Kept) -> LengthArray | None:
    return None if lengths is None else lengths[kept]


def _kept(name: str, half: str, y: LabelArray, size: int | None) -> Kept:
    """Return the indices of a subset of `size` examples of one half, or all if `size` is None or its length."""
    if size is None or size == len(y):
        return slice(None)
    if not 1 <= size <= len(y):
        raise DataError(
            f"--{half}-size: expected from 1 to {len(y):,}, which is all that {name} has for this; received {size:,}"
        )
    return stratified_subset(y, size)


def _find_loader(name: str) -> Callable[[], RawArrays]:
    """Return the loader of a named data set or path."""
    datasets = builtin_datasets()
    if name in datasets:
        return datasets[name].load
    path, is_folder = _resolve_path(name)
    if is_folder:
        return functools.partial(_read_folder, path)
    if path.suffix or os.sep in name or "/" in name:
        return functools.partial(_read_file, path)
    raise DataError(
        f"{name!r} is not a data set: expected one of {', '.join(datasets)}, or a path to {FORMATS}"
        f"{suggest(name, datasets)}"
    )


def _read_file(path: Path) -> RawArrays:
    """Read a file by its ending, or by its first bytes where it has an unusual one."""
    suffix = path.suffix.lower()
    if path.is_file() and suffix in _ELSEWHERE and not is_idx(path):
        raise DataError(f"{path}: files {suffix} are not read; {_ELSEWHERE[suffix]}")
    if suffix == ".npz" or not path.is_file() or _is_zip(path):
        return read_npz(path)
    if suffix in TABLES:
        return read_table(path)
    if suffix == ".npy":
        return read_npy_folder(path.parent)
    if suffix in SERIES:
        return read_series_folder(*find_pair(path))
    if is_idx(path):
        return read_idx_folder(path.parent)
    raise DataError(f"{path}: expected {FORMATS}, received a file of another kind")


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _read_folder(path: Path) -> RawArrays:
    """Read a folder by what lies in it."""
    if series := find_series_files(path):
        return read_series_folder(*series)
    if is_hugging_face(path):
        return read_hugging_face(path)
    if any(path.glob("*.npy")):
        return read_npy_folder(path)
    # Before tables: one of the images' names or sizes often lies beside them.
    if has_image_classes(path):
        return read_image_folder(path)
    if table := find_table(path):
        return read_table(table)
    if is_idx_folder(path):
        return read_idx_folder(path)
    raise DataError(f"{path}: expected {FORMATS}, received a folder of none of them")


def _resolve_path(name: str) -> tuple[Path, bool]:
    """Return the name as a path, and whether it is an existing folder."""
    try:
        path = Path(name).expanduser()
        return path, path.is_dir()
    except (OSError, RuntimeError) as error:
        # A name longer than the system allows, a folder that may not be entered, or ~user of an unknown user.
        raise DataError(
            f"{name[:80]!r} cannot be looked up: {error.args[-1]}; expected a path to a data set"
        ) from error
