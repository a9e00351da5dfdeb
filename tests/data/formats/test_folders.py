"""Folders of .npy files, of images by class, and of Hugging Face's data sets; IDX folders under their usual names."""

import json
import sys

import numpy as np
import pytest

from bench.data.formats.hugging_face import is_hugging_face, read_hugging_face
from bench.data.formats.idx import read_idx_folder
from bench.data.formats.image_folder import has_image_classes, read_image_folder
from bench.data.formats.npy import read_npy_folder
from bench.data.load import load_dataset
from bench.errors import DataError


def save_image(path, colour, size=(4, 3), mode="RGB"):
    from PIL import Image  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


def test_npy_files_are_read_by_their_names(tmp_path, make_arrays):
    arrays = make_arrays()
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array)
    read = read_npy_folder(tmp_path)
    assert all(np.array_equal(getattr(read, name), array) for name, array in arrays.items())
    assert load_dataset(str(tmp_path)).info.sha256 == load_dataset(str(tmp_path / "x_train.npy")).info.sha256


def test_x_and_y_alone_have_no_test_half(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros((4, 5, 2)))
    np.save(tmp_path / "y.npy", np.arange(4) % 2)
    assert read_npy_folder(tmp_path).x_test is None


def test_a_pickled_npy_file_is_refused(tmp_path):
    np.save(tmp_path / "X.npy", np.array([{}, {}], dtype=object))
    np.save(tmp_path / "y.npy", np.arange(2))
    with pytest.raises(DataError, match="Python objects and pickles are never loaded"):
        read_npy_folder(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
        ("emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte",
         "emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte"),
        ("train-images.bin", "train-labels.bin", "test-images.bin", "test-labels.bin"),
    ],
)  # fmt: skip
def test_idx_files_are_found_under_their_usual_names(tmp_path, make_arrays, idx_bytes, names):
    for name, array in zip(names, make_arrays().values(), strict=True):
        (tmp_path / name).write_bytes(idx_bytes(array))
    assert np.array_equal(read_idx_folder(tmp_path).y_test, make_arrays()["y_test"])
    assert load_dataset(str(tmp_path)).info.num_classes == 3


def test_images_are_read_by_folder_with_and_without_halves(tmp_path):
    for half in ("train", "test"):
        save_image(tmp_path / half / "cats" / "1.png", (255, 0, 0))
        save_image(tmp_path / half / "dogs" / "1.jpg", (0, 0, 255))
    read = read_image_folder(tmp_path)
    assert (read.x_train.shape, read.x_train.dtype, read.layout) == ((2, 3, 4, 3), np.uint8, "image")
    assert (read.y_train.tolist(), read.y_test.tolist()) == (["cats", "dogs"], ["cats", "dogs"])
    assert read.x_train[0, 0, 0].tolist() == [255, 0, 0]
    alone = read_image_folder(tmp_path / "train")
    assert (alone.x_test, alone.y_train.tolist()) == (None, ["cats", "dogs"])
    assert load_dataset(str(tmp_path)).info.class_names == ("cats", "dogs")
    assert not has_image_classes(tmp_path / "train" / "cats")


def test_a_class_may_be_called_as_a_half_is(tmp_path):
    for name, colour in (("car", "red"), ("plane", "blue"), ("train", "green")):
        for place in range(2):
            save_image(tmp_path / name / f"{place}.png", colour)
    read = read_image_folder(tmp_path)
    assert sorted(set(read.y_train)) == ["car", "plane", "train"]
    assert read.x_test is None


def test_an_image_of_more_pixels_than_pillow_opens_is_named(tmp_path, monkeypatch):
    from PIL import Image  # noqa: PLC0415

    for name in ("a", "b"):
        save_image(tmp_path / name / "0.png", "red", (40, 30))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(DataError, match=r"0\.png: expected an image, received .*decompression bomb"):
        read_image_folder(tmp_path)


def test_grey_images_have_one_channel_and_odd_sizes_are_resized_and_named(tmp_path):
    for name, size in (("1", (4, 3)), ("2", (4, 3)), ("3", (8, 8))):
        save_image(tmp_path / "a" / f"{name}.png", 7, size, "L")
    read = read_image_folder(tmp_path)
    assert (read.x_train.shape, set(read.x_train.ravel().tolist())) == ((3, 3, 4, 1), {7})
    assert "others resized to 3 × 4 pixels" in read.source


def test_a_damaged_image_is_named(tmp_path):
    save_image(tmp_path / "a" / "1.png", 7, mode="L")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"2\.png: expected an image"):
        read_image_folder(tmp_path)


def save_split(folder, columns, names):
    """Write what `Dataset.save_to_disk` writes of a data set of one file."""
    pyarrow = pytest.importorskip("pyarrow")
    folder.mkdir(parents=True)
    table = pyarrow.table(columns)
    file = folder / "data-00000-of-00001.arrow"
    with file.open("wb") as stream, pyarrow.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": file.name}]}))
    features = {"label": {"names": names, "_type": "ClassLabel"}} if names else {}
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))


def test_a_hugging_face_data_set_of_series_with_splits_is_read(tmp_path):
    for split, label in (("train", [0, 1]), ("test", [1, 0])):
        save_split(
            tmp_path / split, {"series": [[1.0, 2.0], [3.0, 4.0]], "label": label, "note": ["a", "b"]}, ["no", "yes"]
        )
    (tmp_path / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    assert is_hugging_face(tmp_path)
    read = read_hugging_face(tmp_path)
    assert (read.x_train.tolist(), read.y_test.tolist()) == ([[1, 2], [3, 4]], [1, 0])
    info = load_dataset(str(tmp_path)).info
    assert (info.example_shape, info.class_names) == ((2, 1), ("no", "yes"))


def test_a_hugging_face_data_set_of_images_without_splits_is_read(tmp_path):
    save_image(tmp_path / "one.png", (1, 2, 3))
    image = {"bytes": (tmp_path / "one.png").read_bytes(), "path": "one.png"}
    save_split(tmp_path / "set", {"image": [image, image], "label": [0, 1]}, [])
    read = read_hugging_face(tmp_path / "set")
    assert (read.x_train.shape, read.x_test, read.layout) == ((2, 3, 4, 3), None, "image")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a", "b"], "label": [0, 1]}, "one column of images or arrays beside 'label', received none"),
        ({"series": [[1.0], [2.0]]}, "expected a column named label"),
        ({"series": [[1.0], [2.0, 3.0]], "label": [0, 1]}, "examples of one shape"),
    ],
)
def test_a_hugging_face_data_set_that_lacks_a_column_is_refused(tmp_path, columns, message):
    save_split(tmp_path / "set", columns, [])
    with pytest.raises(DataError, match=message):
        read_hugging_face(tmp_path / "set")


def test_the_extra_for_hugging_face_is_named(tmp_path, monkeypatch):
    (tmp_path / "state.json").write_text(json.dumps({"_data_files": []}))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"needs pyarrow; .*\[huggingface\]"):
        read_hugging_face(tmp_path)


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_images_of_more_than_8_bits_are_refused_since_most_of_them_would_become_white(tmp_path, mode):
    ending = "tiff" if mode == "F" else "png"
    for name in ("a", "b"):
        save_image(tmp_path / name / f"0.{ending}", 3000, mode=mode)
    with pytest.raises(
        DataError, match=f"expected 8 bits a channel, received Pillow's mode {mode[0]}.*; save the images"
    ):
        read_image_folder(tmp_path)


def test_a_class_without_images_is_named_and_not_left_out(tmp_path):
    for name in ("a", "b"):
        save_image(tmp_path / name / "0.png", (1, 2, 3))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "0.heic").write_bytes(b"")
    (tmp_path / ".cache").mkdir()
    with pytest.raises(
        DataError, match=r"expected images \(.*\.webp\) in the folder of each class, received none in c;"
    ):
        read_image_folder(tmp_path)


def test_images_are_read_though_a_table_lies_beside_them(tmp_path):
    for name in ("a", "b"):
        save_image(tmp_path / name / "0.png", (1, 2, 3))
        save_image(tmp_path / name / "1.webp", (1, 2, 3))
    (tmp_path / "sizes.csv").write_text("a,label\n1,2\n")
    assert load_dataset(str(tmp_path), validation_split=0.5).info.layout == "image"
