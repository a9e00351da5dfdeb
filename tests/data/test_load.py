from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bench.data.dataset import DataInfo
from bench.data.load import load_dataset
from bench.errors import EXIT_USAGE, DataError


def test_an_npz_file_is_loaded_by_its_path(tmp_path, write_npz):
    path = write_npz(tmp_path)
    data = load_dataset(str(path))
    assert data.info.name == str(path)
    assert data.info.source == "npz file data.npz"
    assert data.info.example_shape == (4, 5)
    assert data.info.num_classes == 3
    assert (data.info.num_train, data.info.num_test) == (12, 6)
    assert data.layout == "image"


def test_an_npz_file_in_the_current_folder_needs_no_separator(tmp_path, write_npz, monkeypatch):
    write_npz(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_dataset("data.npz").info.num_train == 12


def test_the_home_folder_is_expanded(tmp_path, write_npz, monkeypatch):
    write_npz(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_dataset("~/data.npz").info.num_train == 12


def test_the_same_arrays_hash_alike_from_npz_and_from_idx_files(tmp_path, write_npz, write_idx_folder):
    from_npz = load_dataset(str(write_npz(tmp_path)))
    from_idx = load_dataset(str(write_idx_folder(tmp_path / "idx")))
    assert from_npz.info.sha256 == from_idx.info.sha256


def test_a_folder_that_has_a_data_sets_name_does_not_hide_it(tmp_path, write_idx_folder, monkeypatch):
    write_idx_folder(tmp_path / "temporal-order")
    monkeypatch.chdir(tmp_path)
    assert load_dataset("temporal-order").info.num_train == 20_000
    assert load_dataset("./temporal-order").info.num_train == 12


def test_labels_with_a_second_axis_are_flattened(tmp_path, write_npz):
    path = write_npz(tmp_path, y_train=(np.arange(12) % 3).reshape(12, 1))
    assert load_dataset(str(path)).y_train.tolist() == [0, 1, 2] * 4


def test_sizes_take_a_stratified_subset_and_the_hash_stays_that_of_all(tmp_path, write_npz):
    path = str(write_npz(tmp_path))
    whole, part = load_dataset(path), load_dataset(path, train_size=6, test_size=3)
    assert np.bincount(part.y_train).tolist() == [2, 2, 2]
    assert np.bincount(part.y_test).tolist() == [1, 1, 1]
    assert (part.info.num_train, part.info.num_train_available) == (6, 12)
    assert (part.info.num_test, part.info.num_test_available) == (3, 6)
    assert part.info.sha256 == whole.info.sha256
    places = [int(np.flatnonzero((whole.x_train == example).all(axis=(1, 2)))[0]) for example in part.x_train]
    assert whole.y_train[places].tolist() == part.y_train.tolist()


@pytest.mark.parametrize(("option", "available"), [("train_size", "12"), ("test_size", "6")])
@pytest.mark.parametrize("size", [0, 13])
def test_a_size_that_is_not_there_names_the_flag_and_both_figures(tmp_path, write_npz, option, available, size):
    flag = "--" + option.replace("_", "-")
    with pytest.raises(DataError, match=rf"{flag}: expected from 1 to {available}, .* received {size}"):
        load_dataset(str(write_npz(tmp_path)), **{option: size})


def test_an_unknown_name_lists_the_forms_and_suggests_the_nearest():
    with pytest.raises(
        DataError, match=r"'mnits' is not a data set: .*mnist.*file\.npz.*IDX files.*did you mean 'mnist'\?"
    ):
        load_dataset("mnits")
    assert DataError.exit_code == EXIT_USAGE


@pytest.mark.parametrize("name", ["nowhere.npz", "./nowhere", "no/where", "/dev/zero", "../../x"])
def test_a_path_where_no_file_is_says_so(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"expected a (regular )?file; received"):
        load_dataset(name)


@pytest.mark.parametrize(
    "name", ["", "a\0b", "x" * 5000, "x/" * 5000, "\udcff/y", "~nobody-of-this-name/x", "a\0/b.npz"]
)
def test_a_name_that_no_file_can_have_is_refused(name):
    with pytest.raises(DataError):
        load_dataset(name)


def test_a_folder_or_file_of_no_known_kind_is_met_with_the_list_of_formats(tmp_path):
    (tmp_path / "notes.md").write_text("hello")
    for path in (tmp_path, tmp_path / "notes.md"):
        with pytest.raises(
            DataError, match=r"expected a file\.npz .*CSV, TSV or Parquet .*IDX.*\.npy.*images by class"
        ):
            load_dataset(str(path))


def test_a_table_of_200_rows_is_a_data_set_with_one_flag(tmp_path):
    random = np.random.default_rng(0)
    rows = [
        ["label", *(f"t{step}" for step in range(5))],
        *([place % 2, *random.normal(size=5)] for place in range(200)),
    ]
    (tmp_path / "mine.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    info = load_dataset(str(tmp_path / "mine.csv"), validation_split=0.2).info
    assert (info.example_shape, info.num_train, info.num_test, info.class_names) == ((5, 1), 160, 40, ("0", "1"))


def test_channels_first_are_moved_and_the_hash_is_of_the_file(tmp_path, write_npz):
    x = np.zeros((12, 1, 4, 5), dtype=np.uint8)
    path = str(write_npz(tmp_path, x_train=x, x_test=x[:6]))
    as_it_is, moved = load_dataset(path), load_dataset(path, axes="channels-first")
    assert (as_it_is.info.example_shape, moved.info.example_shape) == ((1, 4, 5), (4, 5, 1))
    assert moved.info.sha256 == as_it_is.info.sha256
    assert moved.info.lengths is None  # nothing was cut, and nothing is padded


def test_the_description_tells_shares_repeats_and_the_divisor(tmp_path, write_npz):
    info = load_dataset(str(write_npz(tmp_path, y_train=np.array([7, 9] * 6), y_test=np.array([7, 7, 9] * 2)))).info
    assert (info.class_names, info.class_counts_train, info.class_counts_test) == (("7", "9"), (6, 6), (4, 2))
    assert info.majority_accuracy == pytest.approx(2 / 3)
    assert (info.num_repeated, info.divisor, info.dtype) == (6, 255, "uint8")


def test_a_description_of_an_older_journal_is_compared_by_what_it_records(tmp_path, write_npz):
    info = load_dataset(str(write_npz(tmp_path))).info
    recorded = {"name", "sha256", "source", "example_shape", "num_classes", "num_train", "num_test",
                "num_train_available", "num_test_available"}  # fmt: skip
    older = DataInfo.model_validate(info.model_dump(include=recorded))
    assert older.is_same_as(info)
    assert not older.is_same_as(info.model_copy(update={"sha256": "0" * 64}))
    assert not info.is_same_as(info.model_copy(update={"num_repeated": 0}))


def test_loading_imports_neither_a_framework_nor_pandas():
    code = (
        "import sys; from bench.data.load import load_dataset; load_dataset('temporal-order'); "
        "print([name for name in ('tensorflow', 'keras', 'jax', 'torch', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("mine.csv.gz", "unpack it first: gunzip FILE"),
        ("mine.xlsx", "save it as CSV UTF-8"),
        ("mine.mat", r"load it in Python, and save its arrays with numpy\.savez_compressed"),
        ("mine.h5", r"load it in Python, and save its arrays with numpy\.savez_compressed"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_makes_it_one_that_is_read(tmp_path, name, remedy):
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match=rf"files \.\w+ are not read; {remedy}"):
        load_dataset(str(tmp_path / name))


def test_an_idx_file_stands_for_its_folder(tmp_path, write_idx_folder):
    folder = write_idx_folder(tmp_path / "idx")
    for file in folder.iterdir():
        assert load_dataset(str(file)).info.sha256 == load_dataset(str(folder)).info.sha256
