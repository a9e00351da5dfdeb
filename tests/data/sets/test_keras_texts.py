"""IMDB and Reuters from Keras' cache: as Keras numbers and splits them, and clear errors where they are not there."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data.checksum import sha256_of_file
from bench.data.load import load_dataset, own_scaling
from bench.data.sets.keras_texts import load_imdb, load_reuters
from bench.errors import DataError, MissingDataError


def write(path, **arrays):
    np.savez(path, **arrays)
    return sha256_of_file(path)


def texts(*words):
    lists = np.empty(len(words), dtype=object)
    lists[:] = [list(text) for text in words]
    return lists


def test_a_review_begins_with_1_words_follow_from_4_and_zeros_pad(tmp_path):
    sha256 = write(
        tmp_path / "imdb.npz", x_train=texts([1, 2], [7]), y_train=np.array([0, 1]), x_test=texts([1, 1, 1]),
        y_test=np.array([1]),
    )  # fmt: skip
    arrays = load_imdb(tmp_path, sha256)
    assert arrays.x_train.tolist() == [[1, 4, 5, 0], [1, 10, 0, 0]]
    assert arrays.x_test.tolist() == [[1, 4, 4, 4]]
    assert (arrays.lengths_train.tolist(), arrays.lengths_test.tolist()) == ([3, 2], [4])
    assert arrays.layout == "tokens"


def test_the_newswires_are_split_as_keras_splits_them(tmp_path):
    program_input = [[word] for word in range(10)]
    sha256 = write(tmp_path / "reuters.npz", x=texts(*program_input), y=np.arange(10))
    arrays = load_reuters(tmp_path, sha256)
    order = np.arange(10)
    np.random.RandomState(113).shuffle(order)
    assert arrays.y_train.tolist() == order[:8].tolist()
    assert arrays.y_test.tolist() == order[8:].tolist()
    assert arrays.x_train[:, 1].tolist() == (order[:8] + 3).tolist()


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_a_set_that_is_not_cached_is_named_with_the_command_that_fetches_it(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(MissingDataError, match=rf"keras\.datasets\.{name}\.load_data\(\)"):
        load_dataset(name, max_length=100)
    assert own_scaling(name) == "none"


@pytest.mark.parametrize("load", [load_imdb, load_reuters])
def test_nothing_of_an_altered_file_is_unpickled(load, tmp_path):
    for name in ("imdb", "reuters"):
        (tmp_path / f"{name}.npz").write_bytes(b"PK altered")
    with pytest.raises(DataError, match="the file was altered or cut short"):
        load(tmp_path)
