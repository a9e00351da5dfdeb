from __future__ import annotations

import hashlib
import shutil

import numpy as np
import pytest

from bench.data.load import load_dataset
from bench.data.sets.mnist import MNIST_PATH, load_mnist
from bench.errors import DataError

# The canonical IDX files' checksums, as in bench/data/sets/MNIST-LICENSE.md.
ORIGINALS = {
    "x_train": ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "y_train": ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "x_test": ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "y_test": ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_bundled_arrays_rebuild_the_original_idx_files_to_the_bit(mnist, idx_bytes, name):
    file_name, expected = ORIGINALS[name]
    assert hashlib.sha256(idx_bytes(getattr(mnist, name))).hexdigest() == expected
    assert f"| {file_name} | `{expected}` |" in MNIST_PATH.with_name("MNIST-LICENSE.md").read_text(encoding="utf-8")


def test_the_shapes_and_labels_are_mnists(mnist):
    assert mnist.x_train.shape == (60000, 28, 28)
    assert mnist.y_train.shape == (60000,)
    assert mnist.x_test.shape == (10000, 28, 28)
    assert mnist.y_test.shape == (10000,)
    train_counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test_counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(mnist.y_train).tolist() == train_counts
    assert np.bincount(mnist.y_test).tolist() == test_counts


def test_the_mean_and_deviation_of_the_training_pixels_are_the_published_ones(mnist):
    assert mnist.x_train.mean() / 255 == pytest.approx(0.1306605, abs=5e-8)
    assert mnist.x_train.std() / 255 == pytest.approx(0.3081078, abs=5e-8)


def test_the_licence_names_all_three_authors_and_the_licence():
    text = MNIST_PATH.with_name("MNIST-LICENSE.md").read_text(encoding="utf-8")
    for words in ("Yann LeCun", "Corinna Cortes", "Christopher J.C. Burges", "CC BY-SA 3.0"):
        assert words in text


def test_one_flipped_bit_in_the_bundled_file_is_a_checksum_error(tmp_path):
    altered = tmp_path / "mnist.npz"
    shutil.copy(MNIST_PATH, altered)
    with altered.open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)[0]
        file.seek(1_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(DataError, match=r"altered or cut short: expected sha256 06af5dfe.*, received [0-9a-f]{64}"):
        load_mnist(altered)


def test_a_missing_bundled_file_is_named_with_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"gone\.npz: cannot be read .*install the package again"):
        load_mnist(tmp_path / "gone.npz")


def test_the_journal_is_told_mnists_one_hash():
    info = load_dataset("mnist", train_size=10, test_size=10).info
    assert info.sha256 == "5c253c44a8ba46c4fab0a6f1805a91fdf660e732190251bec4b54f0131afc5bb"
    assert (info.num_train, info.num_train_available, info.num_classes) == (10, 60000, 10)
