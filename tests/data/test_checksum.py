from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.checksum import check_file_sha256, sha256_of_arrays, sha256_of_file
from bench.errors import DataError


def test_the_hash_is_that_of_dtype_shape_and_values_as_documented():
    x = np.array([[1, 2], [3, 4]], dtype=np.uint8)
    y = np.array([0, 1], dtype=np.int64)
    expected = hashlib.sha256(
        b"|u1 (2, 2)\n" + b"\x01\x02\x03\x04" + b"<i8 (2,)\n" + bytes(8) + b"\x01" + bytes(7)
    ).hexdigest()
    assert sha256_of_arrays((x, y)) == expected


@pytest.mark.parametrize("dtype", ["u2", "i8", "f4"])
def test_byte_order_and_memory_order_do_not_count(dtype):
    array = np.arange(24, dtype=f"<{dtype}").reshape(2, 3, 4)
    for other in (array.astype(f">{dtype}"), np.asfortranarray(array), array[::-1][::-1]):
        assert sha256_of_arrays((other,)) == sha256_of_arrays((array,))


@given(st.integers(0, 23))
def test_one_changed_value_changes_the_hash(place):
    array = np.zeros(24, dtype=np.uint8)
    changed = array.copy()
    changed[place] = 1
    assert sha256_of_arrays((array,)) != sha256_of_arrays((changed,))


def test_shape_and_dtype_count():
    array = np.zeros(4, dtype=np.uint8)
    others = (array.reshape(2, 2), array.view(np.int8), array.view(np.uint16))
    assert len({sha256_of_arrays((other,)) for other in (array, *others)}) == 4


def test_a_files_hash_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert sha256_of_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    check_file_sha256(path, sha256_of_file(path), "nothing to do")


def test_an_altered_file_is_named_with_both_hashes_and_the_remedy(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abd")
    with pytest.raises(DataError, match=r"file: the file was altered .* expected sha256 00, received a52d.*; fetch it"):
        check_file_sha256(path, "00", "fetch it")
