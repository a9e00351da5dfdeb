"""Loads the data set that `--dataset` names, and validates it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.data.check import check_arrays
from bench.data.checksum import sha256_of_arrays
from bench.data.dataset import DataInfo, Dataset, RawArrays
from bench.data.formats.idx import read_idx_folder
from bench.data.formats.npz import read_npz
from bench.data.registry import builtin_datasets
from bench.data.subset import stratified_subset
from bench.errors import DataError, suggest

AnyArray = npt.NDArray[np.generic]
LabelArray = npt.NDArray[np.int64]


def load_dataset(name: str, *, train_size: int | None = None, test_size: int | None = None) -> Dataset:
    """Load, validate and hash a data set, and select a subset.

    Args:
        name: a registered name, or the path of a file.npz or a folder of IDX files. A name is a path if it ends in
            `.npz`, contains a path separator, or is an existing folder. A leading `~` is the home folder.
        train_size: how many training examples to keep, None for all; see `stratified_subset`.
        test_size: the same for the test examples.

    Raises:
        DataError: if there is no such data set, its content is invalid, or a size exceeds it.
    """
    arrays = check_arrays(_find_loader(name)(), name)
    train, test = (arrays.x_train, arrays.y_train), (arrays.x_test, arrays.y_test)
    x_train, y_train = _keep(name, "train", *train, train_size)
    x_test, y_test = _keep(name, "test", *test, test_size)
    info = DataInfo(
        name=name,
        sha256=sha256_of_arrays((*train, *test)),
        source=arrays.source,
        example_shape=x_train.shape[1:],
        num_classes=int(arrays.y_train.max()) + 1,
        num_train=len(y_train),
        num_test=len(y_test),
        num_train_available=len(arrays.y_train),
        num_test_available=len(arrays.y_test),
    )
    return Dataset(info, x_train, y_train, x_test, y_test, arrays.layout)


def _keep(name: str, half: str, x: AnyArray, y: LabelArray, size: int | None) -> tuple[AnyArray, LabelArray]:
    """Return a subset of `size` examples of one half, or the whole half if `size` is None or its length."""
    if size is None or size == len(y):
        return x, y
    if not 1 <= size <= len(y):
        raise DataError(
            f"--{half}-size: expected from 1 to {len(y):,}, which is all that {name} has for this; received {size:,}"
        )
    kept = stratified_subset(y, size)
    return x[kept], y[kept]


def _find_loader(name: str) -> Callable[[], RawArrays]:
    """Return the loader of a named data set or path."""
    datasets = builtin_datasets()
    if name in datasets:
        return datasets[name].load
    path, is_folder = _resolve_path(name)
    if is_folder:
        return functools.partial(read_idx_folder, path)
    if path.suffix == ".npz" or os.sep in name or "/" in name:
        return functools.partial(read_npz, path)
    raise DataError(
        f"{name!r} is not a data set: expected one of {', '.join(datasets)}, a path to a file.npz, or a path to a "
        f"folder of IDX files{suggest(name, datasets)}"
    )


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
