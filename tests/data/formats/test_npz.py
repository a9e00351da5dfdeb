from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.formats.npz import ARRAY_NAMES, natural_layout, read_npz
from bench.errors import DataError

MIB = 1024**2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("npz")


def npy(header: bytes, values: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """Assemble a .npy file from any header text."""
    length = struct.pack("<H" if version == (1, 0) else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + length + header + values


def zip_of(path: Path, x_train: bytes, **others: bytes) -> Path:
    """Write an npz whose x_train is made of the given bytes and whose other arrays are three zeros."""
    plain = io.BytesIO()
    np.save(plain, np.zeros(3, dtype=np.uint8))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ARRAY_NAMES:
            archive.writestr(f"{name}.npy", others.get(name, plain.getvalue()) if name != "x_train" else x_train)
    return path


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", ">f8", "bool"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_read_back_as_numpy_wrote_them(tmp_path, make_arrays, dtype, order):
    arrays = {name: np.asarray(array.astype(dtype), order=order) for name, array in make_arrays().items()}
    np.savez(tmp_path / "data.npz", **arrays)
    read = read_npz(tmp_path / "data.npz")
    for name, array in arrays.items():
        assert getattr(read, name).dtype == array.dtype
        assert np.array_equal(getattr(read, name), array)


def test_a_version_2_header_is_read(tmp_path):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}\n"
    read = read_npz(zip_of(tmp_path / "v2.npz", npy(header, bytes(range(6)), (2, 0))))
    assert read.x_train.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("labels", [np.array(["cat", "dög", "owl"]), np.array([b"cat", b"dog", b"owl"])])
def test_labels_may_be_text(tmp_path, write_npz, labels):
    assert read_npz(write_npz(tmp_path, y_train=labels[np.arange(12) % 3])).y_train.tolist() == [*labels] * 4


def test_a_file_without_a_test_half_has_none(tmp_path, make_arrays):
    arrays = make_arrays()
    np.savez(tmp_path / "data.npz", X=arrays["x_train"], y=arrays["y_train"])
    read = read_npz(tmp_path / "data.npz")
    assert read.x_train.shape == (12, 4, 5)
    assert (read.x_test, read.y_test) == (None, None)


def test_other_arrays_in_the_file_are_left_alone(tmp_path, write_npz):
    path = write_npz(tmp_path, notes=np.array([object()]))
    assert read_npz(path).x_train.shape == (12, 4, 5)


@pytest.mark.parametrize(
    ("shape", "dtype", "layout"),
    [
        ((3, 28, 28), "uint8", "image"),
        ((3, 8, 8, 3), "float32", "image"),
        ((3, 50, 2), "float32", "sequence"),
        ((3, 50, 2), "int16", "sequence"),
        ((3, 50), "int16", "tokens"),
        ((3, 50), "uint8", "tokens"),
        ((3, 50), "float32", "sequence"),
    ],
)
def test_two_axes_of_integers_are_tokens_four_axes_or_pixels_images_and_the_rest_sequences(shape, dtype, layout):
    assert natural_layout(np.zeros(shape, dtype)) == layout


@pytest.mark.parametrize("name", ARRAY_NAMES)
def test_a_missing_array_is_named_with_what_the_file_has(tmp_path, make_arrays, name):
    arrays = make_arrays()
    arrays["digits"] = arrays.pop(name)
    np.savez(tmp_path / "data.npz", **arrays)
    with pytest.raises(
        DataError, match=r"data\.npz: expected x_train, y_train, x_test and y_test, or X and y, .*'digits'"
    ):
        read_npz(tmp_path / "data.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_is_there_twice_is_refused(tmp_path, write_npz):
    path = write_npz(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", b"another")
    with pytest.raises(DataError, match="one array of each name, received 'x_train' twice"):
        read_npz(path)


class Bomb:
    """An object whose unpickling creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ARRAY_NAMES)
def test_a_pickled_object_is_refused_and_never_executed(tmp_path, write_npz, name):
    proof = tmp_path / "executed"
    objects = np.array([Bomb(proof), None], dtype=object)
    path = write_npz(tmp_path, **{name: objects})
    proof.unlink(missing_ok=True)
    with pytest.raises(DataError, match=rf"{name}: expected plain numbers .* received dtype '\|O'; Python objects"):
        read_npz(path)
    assert not proof.exists()
    # The bomb works: NumPy itself, told to unpickle, sets it off.
    np.load(path, allow_pickle=True)[name]
    assert proof.exists()


def test_an_array_larger_than_the_limit_is_refused_with_both_figures(tmp_path, write_npz):
    path = write_npz(tmp_path, x_train=np.zeros((MIB, 2, 2), dtype=np.uint8))
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match=r"arrays would take 4\.00 MiB \(4,194,\d{3} bytes\); the limit is 1\.00 MiB"):
        read_npz(path, limit_bytes=MIB)


def test_a_file_larger_than_the_limit_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "data.npz"
    with path.open("wb") as file:
        file.truncate(10 * 1024**3)
    with pytest.raises(DataError, match=r"the file would take 10\.0 GiB .* the limit is 4\.00 GiB"):
        read_npz(path)


def test_a_bomb_that_lies_about_its_size_costs_no_memory(tmp_path, peak_bytes):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (4, 4, 4)}\n"
    path = zip_of(tmp_path / "bomb.npz", npy(header, bytes(64 * MIB)))
    honest = len(npy(header, bytes(64 * MIB)))
    claimed = len(npy(header, bytes(64)))
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", honest), struct.pack("<I", claimed)))

    def refuse():
        with pytest.raises(DataError, match=r"bomb\.npz: expected an intact npz file; received Bad CRC-32"):
            read_npz(path)

    assert peak_bytes(refuse) < 8 * MIB


def test_a_header_that_claims_more_than_the_file_has_costs_no_memory(tmp_path, peak_bytes):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 28, 28)}\n"
    path = zip_of(tmp_path / "claim.npz", npy(header, bytes(80)))

    def refuse():
        with pytest.raises(DataError, match=r"needs 6,272,000,000,000 bytes, the file has 80"):
            read_npz(path)

    assert peak_bytes(refuse) < MIB


def test_a_flipped_value_is_found_by_the_archives_checksum(tmp_path, make_arrays):
    path = tmp_path / "data.npz"
    np.savez(path, **make_arrays())
    content = bytearray(path.read_bytes())
    content[content.index(bytes(range(20, 40)))] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="Bad CRC-32"):
        read_npz(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PICKLE", "version 1.0 or 2.0"),
        (b"", "version 1.0 or 2.0"),
        (npy(b"{}", version=(3, 0)), "version 1.0 or 2.0"),
        (npy(b"__import__('os').getcwd()"), "header cannot be read"),
        (npy(b"[" * 9000), "header cannot be read"),
        (npy(b"{'descr': '|u1'}"), "with descr, fortran_order and shape"),
        (npy(b"{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}"), "expected plain numbers"),
        (npy(b"{'descr': '<U9', 'fortran_order': False, 'shape': (1,)}"), "needs 36 bytes, the file has 0"),
        (npy(b"{'descr': '<U0', 'fortran_order': False, 'shape': (1,)}"), "expected plain numbers"),
        (npy(b"{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\xff" * 4), "stand for no character"),
        (npy(b"{'descr': '<M8', 'fortran_order': False, 'shape': (1,)}"), "expected plain numbers"),
        (npy(b"{'descr': '<f5', 'fortran_order': False, 'shape': (1,)}"), "unknown to NumPy"),
        (npy(b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 2)}"), "expected a shape"),
        (npy(b"{'descr': '|u1', 'fortran_order': False, 'shape': (True,)}"), "expected a shape"),
        (npy(b"{'descr': '|u1', 'fortran_order': False, 'shape': " + repr((1,) * 40).encode() + b"}"), "at most 8"),
    ],
)
def test_a_crafted_header_is_refused_with_what_it_holds(tmp_path, content, message):
    with pytest.raises(DataError, match=rf"crafted\.npz: x_train: .*{message}"):
        read_npz(zip_of(tmp_path / "crafted.npz", content))


def test_a_folder_or_nothing_at_the_path_is_said_so(tmp_path):
    with pytest.raises(DataError, match="expected a file; received No such file"):
        read_npz(tmp_path / "data.npz")
    with pytest.raises(DataError, match="expected a regular file; received a folder"):
        read_npz(tmp_path)


def read_or_refuse(path: Path) -> None:
    """Whatever the file holds, the outcome is arrays of numbers within the limit, or a DataError."""
    try:
        read = read_npz(path, limit_bytes=MIB)
    except DataError:
        return
    arrays = [array for name in ARRAY_NAMES if (array := getattr(read, name)) is not None]
    assert all(array.dtype.kind in "biufUS" for array in arrays)
    assert sum(array.nbytes for array in arrays) <= MIB


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_cleanly(folder, content):
    path = folder / "any.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"any\.npz"):
        read_npz(path)


@given(st.data())
def test_a_damaged_file_is_read_or_refused_cleanly(folder, write_npz, data):
    content = bytearray(write_npz(folder).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "damaged.npz"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    read_or_refuse(path)


header_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["|u1", "<f8", "|O", ">i2"]),
    lambda values: st.tuples(values, values) | st.lists(values, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries({"descr": header_values, "fortran_order": header_values, "shape": header_values}).map(repr)
    | st.text(max_size=60),
    st.binary(max_size=64),
)
def test_any_header_is_read_or_refused_cleanly(folder, header, values):
    read_or_refuse(zip_of(folder / "header.npz", npy(header.encode(), values)))
