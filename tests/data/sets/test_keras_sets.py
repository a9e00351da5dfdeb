from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.data.checksum import sha256_of_arrays, sha256_of_file
from bench.data.load import load_dataset
from bench.data.sets.keras_sets import CIFAR10, CIFAR100, keras_cache, load_cifar, load_fashion_mnist
from bench.errors import DataError


@pytest.fixture
def write_archive(python2_batch):
    def write(path: Path, archive):
        """Write an archive as Keras caches it: batches of two images whose pixel values tell their place."""
        with tarfile.open(path, "w:gz") as tar:
            for number, member in enumerate((*archive.train, *archive.test)):
                images = np.full((2, 3 * 32 * 32), number, dtype=np.uint8)
                images[:, 1024:2048] += 100
                images[:, 2048] = 255
                content = python2_batch(images, [number % 2, 1], archive.label_key)
                entry = tarfile.TarInfo(member)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        return replace(archive, sha256=sha256_of_file(path))

    return write


def test_the_cache_is_where_keras_downloads_to(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keras_cache({}) == tmp_path / ".keras" / "datasets"
    assert keras_cache({"KERAS_HOME": "/data/keras"}) == Path("/data/keras/datasets")
    assert keras_cache({"KERAS_HOME": "~/k"}) == tmp_path / "k" / "datasets"


@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10", "cifar100"])
def test_a_set_that_is_not_cached_is_an_error_with_the_command_that_fetches_it(monkeypatch, tmp_path, name):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    command = rf'python -c "import keras; keras\.datasets\.{name}\.load_data\(\)"'
    with pytest.raises(DataError, match=rf"{name} is not in Keras' download cache .*while online, run: {command}"):
        load_dataset(name)


def test_where_a_set_is_expected_is_told_without_the_home_of_whoever_runs_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_HOME", raising=False)
    with pytest.raises(DataError, match=r"expected ~/\.keras/datasets/fashion-mnist\)"):
        load_dataset("fashion_mnist")
    monkeypatch.setenv("KERAS_HOME", "/elsewhere")
    with pytest.raises(DataError, match=r"expected /elsewhere/datasets/fashion-mnist\)"):
        load_dataset("fashion_mnist")


@pytest.mark.parametrize("archive", [CIFAR10, CIFAR100], ids=["cifar10", "cifar100"])
@pytest.mark.parametrize("which_name", [0, 1])
def test_cifar_is_read_batch_by_batch_with_its_channels_last(tmp_path, write_archive, archive, which_name):
    known = write_archive(tmp_path / archive.file_names[which_name], archive)
    read = load_cifar(known, tmp_path)
    num_batches = len(archive.train)
    assert read.x_train.shape == (2 * num_batches, 32, 32, 3)
    assert read.x_train[:, 0, 1].tolist() == [[n, n + 100, n] for n in range(num_batches) for _ in range(2)]
    assert read.x_train[0, 0, 0].tolist() == [0, 100, 255]
    assert read.y_train.tolist() == [label for n in range(num_batches) for label in (n % 2, 1)]
    assert read.x_test[0, 0, 1, 0] == num_batches


def test_an_altered_archive_is_refused_before_anything_in_it_is_read(tmp_path, write_archive):
    path = tmp_path / CIFAR10.file_names[0]
    write_archive(path, CIFAR10)
    with pytest.raises(DataError, match=r"altered .* expected sha256 6d958be0.*remove it, then run: python -c"):
        load_cifar(CIFAR10, tmp_path)


def test_fashion_mnist_is_read_from_the_cached_idx_files(tmp_path, write_idx_folder, make_arrays):
    write_idx_folder(tmp_path / "fashion-mnist")
    arrays = make_arrays()
    labels = {name: arrays[name].astype(np.int64) for name in ("y_train", "y_test")}
    known = sha256_of_arrays((arrays | labels).values())
    assert np.array_equal(load_fashion_mnist(tmp_path, known).x_train, arrays["x_train"])


def test_another_set_in_fashion_mnists_place_is_refused(tmp_path, write_idx_folder):
    write_idx_folder(tmp_path / "fashion-mnist")
    with pytest.raises(DataError, match=r"expected Fashion-MNIST as published .*0839028d.*remove the folder, then run"):
        load_fashion_mnist(tmp_path)
