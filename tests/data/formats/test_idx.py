from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.data.formats.idx import is_idx_folder, read_idx, read_idx_folder
from bench.errors import DataError

MIB = 1024**2


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "data-idx"


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_folder_named_as_debian_names_fashion_mnist_is_read(tmp_path, write_idx_folder, make_arrays, suffix):
    read = read_idx_folder(write_idx_folder(tmp_path / "fashion-mnist", suffix))
    for name, array in make_arrays().items():
        assert np.array_equal(getattr(read, name), array)
    assert read.layout == "image"
    assert read.source == "IDX folder fashion-mnist"


@given(
    hnp.arrays(
        st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).map(np.dtype),
        hnp.array_shapes(max_dims=4, max_side=4),
        elements={"allow_nan": False},
    ),
    st.booleans(),
)
def test_every_type_of_value_reads_back_as_written(path, idx_bytes, array, zipped):
    path.write_bytes(gzip.compress(idx_bytes(array)) if zipped else idx_bytes(array))
    read = read_idx(path)
    assert read.dtype == array.dtype
    assert np.array_equal(read, array)


def test_a_name_with_a_dot_before_idx_is_found(tmp_path, write_idx_folder):
    folder = write_idx_folder(tmp_path / "data", "")
    for file in list(folder.iterdir()):
        file.rename(folder / file.name.replace("-idx", ".idx"))
    assert read_idx_folder(folder).x_train.shape == (12, 4, 5)


def test_a_missing_file_is_named(tmp_path, write_idx_folder):
    folder = write_idx_folder(tmp_path / "data")
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(
        DataError, match=r"data: expected x_train, y_train, x_test and y_test, .*'t10k-images-idx3-ubyte'"
    ):
        read_idx_folder(folder)


def test_a_file_that_is_there_twice_is_not_guessed_at(tmp_path, write_idx_folder):
    folder = write_idx_folder(write_idx_folder(tmp_path / "data"), "")
    twin = folder / "t10k-labels-idx1-ubyte"
    twin.write_bytes(twin.read_bytes()[:-1] + b"\x09")
    with pytest.raises(DataError, match=r"received t10k-labels-idx1-ubyte and t10k-labels-idx1-ubyte\.gz, which diff"):
        read_idx_folder(folder)


def test_a_file_beside_its_gzipped_twin_is_read_as_torchvision_leaves_them(tmp_path, write_idx_folder, make_arrays):
    read = read_idx_folder(write_idx_folder(write_idx_folder(tmp_path / "raw"), ""))
    assert all(np.array_equal(getattr(read, name), array) for name, array in make_arrays().items())


def test_a_gzipped_table_is_no_idx_file(tmp_path):
    (tmp_path / "mine.csv.gz").write_bytes(b"")
    assert not is_idx_folder(tmp_path)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with nothing"),
        (b"\0\0\x08", "starts with 00 00 08"),
        (b"\x89PNG\r\n", "starts with 89 50 4e 47"),
        (b"\0\0\x07\x01" + bytes(8), "starts with 00 00 07 01"),
        (b"\0\0\x08\x00", "starts with 00 00 08 00"),
        (b"\0\0\x08\x03" + bytes(8), r"cut short: expected 12 bytes .* received 8"),
        (b"\0\0\x08\x01\0\0\0\x05abcd", r"cut short: expected 5 bytes .* received 4"),
        (b"\0\0\x08\x01\0\0\0\x05abcdef", r"too long: shape \(5,\) takes 5 bytes"),
    ],
)
def test_a_crafted_file_is_refused_with_what_it_holds(path, content, message, zipped):
    path.write_bytes(gzip.compress(content) if zipped else content)
    with pytest.raises(DataError, match=message):
        read_idx(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-9], "ended before the end-of-stream"),
        (lambda content: content[:-6] + b"\xff\xff" + content[-4:], "CRC check failed"),
        (lambda content: content[:12] + b"\xff\xff\xff" + content[15:], "intact IDX file"),
    ],
)
def test_a_damaged_gzip_stream_is_refused(path, idx_bytes, change, message):
    path.write_bytes(change(gzip.compress(idx_bytes(np.arange(256, dtype=np.uint8)))))
    with pytest.raises(DataError, match=message):
        read_idx(path)


def test_a_claim_above_the_limit_is_refused_before_anything_is_allocated(path):
    path.write_bytes(struct.pack(">BBBB4I", 0, 0, 0x0E, 4, *[2**32 - 1] * 4))
    with pytest.raises(DataError, match=r"would take .* \(2,722,258,\d.* bytes\); the limit is 4\.00 GiB"):
        read_idx(path)


def test_a_gzip_bomb_costs_no_memory(path, peak_bytes):
    path.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x05" + bytes(64 * MIB)))

    def refuse():
        with pytest.raises(DataError, match="too long"):
            read_idx(path)

    assert peak_bytes(refuse) < 2 * MIB


@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda rest: b"\0\0\x08" + rest), st.booleans())
def test_any_bytes_become_an_array_within_the_limit_or_are_refused(path, content, zipped):
    path.write_bytes(gzip.compress(content) if zipped else content)
    try:
        num_bytes = read_idx(path, limit_bytes=MIB).nbytes
    except DataError:
        num_bytes = 0
    assert num_bytes <= MIB
