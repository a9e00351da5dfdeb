from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from bench.data.formats.plain_pickle import read_plain_pickle
from bench.errors import DataError


def test_an_array_as_python_2_pickled_it_is_read(python2_batch):
    images = np.arange(6, dtype=np.uint8).reshape(2, 3)
    batch = read_plain_pickle(python2_batch(images, [4, 0], "labels"), "s")
    assert batch["data"].dtype == np.uint8
    assert np.array_equal(batch["data"], images)
    assert batch["labels"] == [4, 0]


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_calls_anything_is_refused_and_not_executed(tmp_path, protocol):
    proof = tmp_path / "executed"
    content = pickle.dumps({b"data": Bomb(proof)}, protocol=protocol)
    with pytest.raises(DataError, match=r"batch_1: expected a pickle of plain arrays.*which is not loaded"):
        read_plain_pickle(content, "batch_1")
    assert not proof.exists()
    # The bomb works: an ordinary unpickler sets it off.
    pickle.loads(content)  # noqa: S301
    assert proof.exists()


@pytest.mark.parametrize(
    "name",
    [b"os\nsystem", b"builtins\neval", b"numpy\nload", b"numpy.core.multiarray\nfromfile", b"numpy\nndarray.tofile"],
)
def test_every_name_but_numpys_three_is_refused(name):
    with pytest.raises(DataError, match="which is not loaded"):
        read_plain_pickle(b"c" + name + b"\n.", "s")


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"garbage", b"(", b"}.."[:1], b"cnumpy\ndtype\n)R.", b"}(K\x01K\x02u."]
)
def test_a_damaged_pickle_is_refused(content):
    with pytest.raises(DataError, match="s: expected a pickle of plain arrays and lists"):
        read_plain_pickle(content, "s")


def test_a_pickle_of_something_else_is_refused():
    with pytest.raises(DataError, match="expected a pickled dictionary, received list"):
        read_plain_pickle(pickle.dumps([1, 2]), "s")
