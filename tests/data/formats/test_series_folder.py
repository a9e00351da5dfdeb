"""Folders of `.ts` and `.arff` files, of one dimension and one length or several, with any class names."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from bench.data.formats.series_folder import find_pair, find_series_files, read_series_folder
from bench.data.load import load_dataset, own_scaling
from bench.errors import DataError

HEADER = (
    "@problemName x\n@timeStamps false\n@missing false\n@univariate {u}\n@equalLength {e}\n{d}@classLabel true {c}\n"
    "@data\n"
)


def write_ts(folder, name, train, test, *, univariate=True, equal=True, classes="a b"):
    dimensions = "" if univariate else "@dimensions 2\n"
    header = HEADER.format(u=str(univariate).lower(), e=str(equal).lower(), d=dimensions, c=classes)
    for half, lines in (("TRAIN", train), ("TEST", test)):
        (folder / f"{name}_{half}.ts").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def fake_aeon(monkeypatch, load):
    monkeypatch.setitem(sys.modules, "aeon", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "aeon.datasets", SimpleNamespace(load_from_ts_file=load, load_from_arff_file=load))


def halves(tmp_path, suffix=".ts"):
    for half in ("TRAIN", "TEST"):
        (tmp_path / f"x_{half}{suffix}").write_text("x", encoding="utf-8")
    return tmp_path / f"x_TRAIN{suffix}", tmp_path / f"x_TEST{suffix}"


@pytest.mark.parametrize("suffix", [".ts", ".arff"])
def test_series_come_as_steps_by_features_and_names_are_numbered(monkeypatch, tmp_path, suffix):
    train, test = halves(tmp_path, suffix)
    data = {
        str(train): (np.arange(12.0).reshape(3, 2, 2), np.array(["10", "9", "10"])),
        str(test): (np.ones((1, 2, 2)), np.array(["9"])),
    }
    fake_aeon(monkeypatch, data.__getitem__)
    arrays = read_series_folder(train, test)
    assert arrays.x_train[0].tolist() == [[0.0, 2.0], [1.0, 3.0]]  # (channels, steps) became (steps, features)
    assert (arrays.y_train.tolist(), arrays.y_test.tolist()) == ([1, 0, 1], [0])  # 9 before 10
    assert arrays.lengths_train is None


def test_series_of_several_lengths_are_padded_to_the_longest_of_both_halves(monkeypatch, tmp_path):
    train, test = halves(tmp_path)
    data = {
        str(train): ([np.ones((1, 2)), np.ones((1, 3))], ["up", "down"]),
        str(test): ([np.ones((1, 4))], ["up"]),
    }
    fake_aeon(monkeypatch, data.__getitem__)
    data = load_dataset(str(tmp_path))
    assert data.info.example_shape == (4, 1)
    assert (data.info.lengths.shortest, data.info.lengths.longest) == (2, 4)
    assert data.x_train[0, :, 0].tolist() == [1, 1, 0, 0]
    assert data.y_train.tolist() == [1, 0]
    assert own_scaling(str(tmp_path)) == "standard"


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (([np.ones((1, 2))], ["c"]), "expected the training half's classes a, b, received 'c'"),
        (([], []), "expected at least one series, received none"),
        ((["x"], ["a"]), r"x_TEST.ts: expected series with classes in the format \.ts; received could not convert"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(monkeypatch, tmp_path, found, message):
    train, test = halves(tmp_path)
    fake_aeon(monkeypatch, {str(train): ([np.ones((1, 2))] * 2, ["a", "b"]), str(test): found}.__getitem__)
    with pytest.raises(DataError, match=message):
        read_series_folder(train, test)


def test_without_aeon_the_error_says_how_to_install_it(monkeypatch, tmp_path):
    train, test = halves(tmp_path)
    monkeypatch.setitem(sys.modules, "aeon", None)
    monkeypatch.delitem(sys.modules, "aeon.datasets", raising=False)

    def refuse(name, *_args, **_kwargs):
        raise ModuleNotFoundError("no aeon", name="aeon") if name.startswith("aeon") else AssertionError(name)

    monkeypatch.setattr("bench.data.formats.series_folder.importlib.import_module", refuse)
    with pytest.raises(DataError, match=r"read by aeon, which is not installed; install it with .*\[series\]"):
        read_series_folder(train, test)


def test_half_a_data_set_and_two_of_them_are_refused(tmp_path):
    assert find_series_files(tmp_path) is None
    (tmp_path / "a_TRAIN.ts").touch()
    with pytest.raises(DataError, match=r"expected one NAME_TRAIN\.ts and one NAME_TEST\.ts, received a_TRAIN\.ts"):
        find_series_files(tmp_path)
    (tmp_path / "b_TEST.ts").touch()
    with pytest.raises(DataError, match=r"received a_TRAIN\.ts, b_TEST\.ts"):
        find_series_files(tmp_path)


def test_among_variants_the_one_of_the_folders_name_is_meant(tmp_path):
    for name in (tmp_path.name, f"{tmp_path.name}_eq"):
        for half in ("TRAIN", "TEST"):
            (tmp_path / f"{name}_{half}.ts").touch()
    found = find_series_files(tmp_path)
    assert [path.name for path in found] == [f"{tmp_path.name}_TRAIN.ts", f"{tmp_path.name}_TEST.ts"]


def test_aeon_itself_reads_each_kind(tmp_path):
    pytest.importorskip("aeon", reason="the extra 'series' is not installed")
    one = write_ts(tmp_path, "one", ["1,2,3:a", "4,5,6:b"], ["7,8,9:b"])
    assert load_dataset(str(one)).x_test[..., 0].tolist() == [[7, 8, 9]]
    for file in list(tmp_path.iterdir()):
        file.unlink()
    many = write_ts(tmp_path, "many", ["1,2:5,6:a", "3,4,5:7,8,9:b"], ["1,1:1,1:a"], univariate=False, equal=False)
    data = load_dataset(str(many))
    assert data.x_train.tolist() == [[[1, 5], [2, 6], [0, 0]], [[3, 7], [4, 8], [5, 9]]]
    assert data.lengths_train.tolist() == [2, 3]


@pytest.mark.parametrize("given", ["TRAIN", "TEST"])
def test_either_file_stands_for_both(tmp_path, given):
    train, test = halves(tmp_path)
    assert find_pair(tmp_path / f"x_{given}.ts") == (train, test)


def test_a_file_without_its_other_half_is_refused(tmp_path):
    (tmp_path / "x_TRAIN.ts").write_text("x", encoding="utf-8")
    for name in ("x_TRAIN.ts", "x.ts"):
        with pytest.raises(DataError, match=r"expected NAME_TRAIN\.ts and NAME_TEST\.ts in one folder"):
            find_pair(tmp_path / name)


def test_a_set_for_regression_is_refused_by_its_real_values(monkeypatch, tmp_path):
    train, test = halves(tmp_path)
    found = (np.ones((3, 1, 2)), np.array(["-0.5", "0.25", "1"]))
    fake_aeon(monkeypatch, lambda _: found)
    with pytest.raises(DataError, match=r"this benchmark classifies: .* received real values such as -0\.5"):
        read_series_folder(train, test)
