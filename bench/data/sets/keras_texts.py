"""The texts of `keras.datasets`, IMDB's reviews and Reuters' newswires, read from Keras' download cache without Keras.

As Keras' `load_data()` returns them with its defaults: every text begins with the id 1, a word of rank r has the id
r + 3, and 0 pads. `--vocabulary` puts rare words together, `--max-length` keeps the beginning. Nothing is downloaded
here: if a set is not cached, the error contains the command that fetches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.checksum import check_file_sha256
from bench.data.dataset import RawArrays
from bench.data.padding import pad_series
from bench.data.registry import DatasetSpec
from bench.data.sets.keras_sets import fetch_command, keras_cache, not_cached

# What Keras itself checks.
IMDB_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
REUTERS_SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_SOURCE = "Keras' download cache, sha256 as Keras'"
_START = 1
_FIRST_WORD = 3
_SHUFFLE_SEED = 113
_TEST_SHARE = 0.2


def load_imdb(cache: Path | None = None, sha256: str = IMDB_SHA256) -> RawArrays:
    """Load 25,000 + 25,000 film reviews, good or bad: x int32 (num_examples, words of the longest), y (num_examples,).

    Raises:
        DataError: if they are not cached or were altered.
    """
    arrays = _read("imdb", ("x_train", "y_train", "x_test", "y_test"), cache, sha256)
    return _pad(arrays["x_train"], arrays["y_train"], arrays["x_test"], arrays["y_test"])


def load_reuters(cache: Path | None = None, sha256: str = REUTERS_SHA256) -> RawArrays:
    """Load 8,982 + 2,246 newswires of 46 topics, split as Keras splits them; shapes and errors as `load_imdb`."""
    arrays = _read("reuters", ("x", "y"), cache, sha256)
    # NumPy keeps the stream of this generator: the split is the same with every version.
    order = np.arange(len(arrays["x"]))
    np.random.RandomState(_SHUFFLE_SEED).shuffle(order)
    x, y = arrays["x"][order], arrays["y"][order]
    num_train = int(len(x) * (1 - _TEST_SHARE))
    return _pad(x[:num_train], y[:num_train], x[num_train:], y[num_train:])


def _read(name: str, names: Sequence[str], cache: Path | None, sha256: str) -> dict[str, npt.NDArray[Any]]:
    """Return arrays of the cached file, whose texts are pickled lists: read only if it is Keras' own to the byte."""
    path = (cache or keras_cache()) / f"{name}.npz"
    if not path.is_file():
        raise not_cached(name, path)
    check_file_sha256(path, sha256, f"remove it, then {fetch_command(name)}")
    with np.load(path, allow_pickle=True) as file:
        return {one: file[one] for one in names}


def _pad(x_train: npt.NDArray[Any], y_train: Any, x_test: npt.NDArray[Any], y_test: Any) -> RawArrays:
    halves = [[_number(text) for text in x] for x in (x_train, x_test)]
    lengths = [np.array([len(text) for text in half]) for half in halves]
    longest = int(max(of_half.max() for of_half in lengths))
    train, test = (pad_series(half, longest) for half in halves)
    return RawArrays(train, y_train, test, y_test, layout="tokens", source=_SOURCE, lengths_train=lengths[0],
                     lengths_test=lengths[1])  # fmt: skip


def _number(text: Sequence[int]) -> npt.NDArray[np.int32]:
    return np.array([_START, *(word + _FIRST_WORD for word in text)], dtype=np.int32)


DATASETS = (
    DatasetSpec(
        name="imdb",
        summary="film reviews as words, from Keras' cache: 25,000 + 25,000 texts, 2 classes; use --max-length",
        layout="tokens",
        load=load_imdb,
    ),
    DatasetSpec(
        name="reuters",
        summary="newswires as words, from Keras' cache: 8,982 + 2,246 texts, 46 classes; use --max-length",
        layout="tokens",
        load=load_reuters,
    ),
)
