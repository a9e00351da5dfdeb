"""Reads a folder with `NAME_TRAIN.ts` and `NAME_TEST.ts`, or `.arff`, as the UCR and UEA archives have them.

aeon reads the files, an extra of this program. Series may have one dimension or several, and one length or several;
class names may be anything.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.dataset import RawArrays
from bench.data.formats.limits import MAX_DATA_BYTES, check_file_size
from bench.data.padding import pad_series
from bench.errors import DataError
from bench.install_hint import word_install

SUFFIXES = (".ts", ".arff")
_HALVES = ("TRAIN", "TEST")
_FEW_EXAMPLES = 2  # of a class on average: more classes than that are no classes
# What aeon raises on text that is no such file.
_FILE_ERRORS = (OSError, ValueError, IndexError, KeyError, TypeError)


def find_series_files(folder: Path) -> tuple[Path, Path] | None:
    """Return the training and the test file of a folder of series, or None where it has none.

    Of several data sets in one folder that of the folder's own name is meant: variants may lie beside it.

    Raises:
        DataError: the folder has one half without the other, or several data sets of other names.
    """
    for suffix in SUFFIXES:
        train, test = (folder / f"{folder.name}_{half}{suffix}" for half in _HALVES)
        if train.is_file() and test.is_file():
            return train, test
        found = [sorted(folder.glob(f"*_{half}{suffix}")) for half in _HALVES]
        if not any(found):
            continue
        names_of = [[path.name.rpartition("_")[0] for path in paths] for paths in found]
        if names_of[0] == names_of[1] and len(names_of[0]) == 1:
            return found[0][0], found[1][0]
        names = ", ".join(path.name for paths in found for path in paths)
        raise DataError(f"{folder}: expected one NAME_TRAIN{suffix} and one NAME_TEST{suffix}, received {names}")
    return None


def find_pair(path: Path) -> tuple[Path, Path]:
    """Return the training and the test file of a data set of which `path` is one.

    Raises:
        DataError: there is no other half, or the name is of neither.
    """
    name, _, half = path.stem.rpartition("_")
    train, test = (path.with_name(f"{name}_{one}{path.suffix}") for one in _HALVES)
    if half in _HALVES and train.is_file() and test.is_file():
        return train, test
    raise DataError(f"{path}: expected NAME_TRAIN{path.suffix} and NAME_TEST{path.suffix} in one folder")


def read_series_folder(train: Path, test: Path, limit_bytes: int = MAX_DATA_BYTES) -> RawArrays:
    """Read both halves: x float64 (num_examples, steps of the longest, features), y integers (num_examples,).

    Classes are numbered in the order of their names in the training half, by value where all are numbers.

    Raises:
        DataError: aeon is not installed, a file is not of its format, or the test half has a class of its own.
    """
    (x_train, names_train), (x_test, names_test) = (_read(path, limit_bytes) for path in (train, test))
    classes = _order_names(names_train)
    _check_classes(classes, len(names_train), train)
    longest = max(len(one) for one in (*x_train, *x_test))
    lengths = [np.array([len(one) for one in half]) for half in (x_train, x_test)]
    is_even = all((of_half == longest).all() for of_half in lengths)
    return RawArrays(
        pad_series(x_train, longest), _number(names_train, classes, train), pad_series(x_test, longest),
        _number(names_test, classes, test), layout="sequence", source=f"files {train.name} and {test.name}",
        label_names=tuple(classes), lengths_train=None if is_even else lengths[0],
        lengths_test=None if is_even else lengths[1],
    )  # fmt: skip


def _read(path: Path, limit_bytes: int) -> tuple[list[npt.NDArray[np.float64]], list[str]]:
    """Return the series, each (steps, features), and the names of their classes."""
    check_file_size(path, limit_bytes)
    loaders = _import_aeon(path)
    load = loaders.load_from_ts_file if path.suffix == ".ts" else loaders.load_from_arff_file
    try:
        series, names = load(str(path))[:2]
        found = [np.ascontiguousarray(np.asarray(one, dtype=np.float64).T) for one in series]
    except _FILE_ERRORS as error:
        raise DataError(
            f"{path}: expected series with classes in the format {path.suffix}; received {error}"
        ) from error
    if not found:
        raise DataError(f"{path}: expected at least one series, received none")
    return found, [str(name) for name in names]


def _import_aeon(path: Path) -> Any:
    try:
        return importlib.import_module("aeon.datasets")
    except ImportError as error:
        missing = getattr(error, "name", None) == "aeon"
        what = "which is not installed" if missing else f"which cannot be imported ({error})"
        raise DataError(
            f"{path}: files {path.suffix} are read by aeon, {what}; install it with `{word_install('series')}`"
        ) from None


def _order_names(names: list[str]) -> list[str]:
    unique = set(names)
    try:
        return sorted(unique, key=float)
    except ValueError:
        return sorted(unique)


def _check_classes(classes: list[str], num_examples: int, path: Path) -> None:
    """Refuse a data set for regression, which the archives have in the same format."""
    real = [name for name in classes if _is_real(name)]
    if real and len(classes) * _FEW_EXAMPLES > num_examples:
        raise DataError(
            f"{path}: this benchmark classifies: it needs one class an example, received real values such as "
            f"{real[0]}; cut them into classes"
        )


def _is_real(name: str) -> bool:
    try:
        return not float(name).is_integer()
    except ValueError:
        return False


def _number(names: list[str], classes: list[str], path: Path) -> npt.NDArray[np.int64]:
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise DataError(
            f"{path}: expected the training half's classes {', '.join(classes)[:200]}, received {unknown[0]!r}"
        )
    numbers = {name: number for number, name in enumerate(classes)}
    return np.array([numbers[name] for name in names], dtype=np.int64)
