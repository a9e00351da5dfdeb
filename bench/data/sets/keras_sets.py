"""The image sets of `keras.datasets`, read from Keras' download cache without importing Keras.

Nothing is downloaded here: if a set is not cached, the error contains the command that fetches it. For IMDB and Reuters
see `keras_texts`; Boston and California housing are left out because they are regressions.
"""

from __future__ import annotations

import functools
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.data.check import check_arrays
from bench.data.checksum import check_file_sha256, sha256_of_arrays
from bench.data.dataset import RawArrays
from bench.data.formats.idx import read_idx_folder
from bench.data.formats.plain_pickle import read_plain_pickle
from bench.data.registry import DatasetSpec
from bench.errors import DataError, MissingDataError
from bench.home_folder import find_home, find_keras_home

_CIFAR_SHAPE = (3, 32, 32)

# Keras publishes no checksum for Fashion-MNIST; this is `sha256_of_arrays` of the files published by Zalando Research.
FASHION_MNIST_SHA256 = "0839028de1bd0c3a638ebcc1fbb7190b7697cc979052f01e6eafccd46e9325d3"


@dataclass(frozen=True)
class CifarArchive:
    """A CIFAR archive as Keras caches it; `sha256` is the value that Keras itself checks.

    `file_names` are the names in the cache, Keras 3's first; `train` and `test` are members of the archive.
    """

    name: str
    file_names: tuple[str, ...]
    sha256: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    label_key: str


CIFAR10 = CifarArchive(
    name="cifar10",
    file_names=("cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"),
    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    train=tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)),
    test=("cifar-10-batches-py/test_batch",),
    label_key="labels",
)
CIFAR100 = CifarArchive(
    name="cifar100",
    file_names=("cifar-100-python-target_archive", "cifar-100-python.tar.gz"),
    sha256="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    train=("cifar-100-python/train",),
    test=("cifar-100-python/test",),
    label_key="fine_labels",
)


def keras_cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that Keras downloads into: `datasets` in that of `find_keras_home`."""
    return find_keras_home(environ) / "datasets"


def load_fashion_mnist(cache: Path | None = None, sha256: str = FASHION_MNIST_SHA256) -> RawArrays:
    """Load Fashion-MNIST: x uint8 (num_examples, 28, 28); raise DataError if it is not cached or was altered."""
    folder = (cache or keras_cache()) / "fashion-mnist"
    if not folder.is_dir():
        raise not_cached("fashion_mnist", folder)
    arrays = check_arrays(read_idx_folder(folder), str(folder))
    received = sha256_of_arrays((arrays.x_train, arrays.y_train, arrays.x_test, arrays.y_test))
    if received != sha256:
        raise DataError(
            f"{folder}: expected Fashion-MNIST as published (arrays' sha256 {sha256}), received {received}; "
            f"remove the folder, then {fetch_command('fashion_mnist')}"
        )
    return arrays


def load_cifar(archive: CifarArchive, cache: Path | None = None) -> RawArrays:
    """Load CIFAR: x uint8 (num_examples, 32, 32, 3); raise DataError if it is not cached or was altered.

    The archive's checksum is compared before anything in it is read, and its pickles can import nothing.
    """
    folder = cache or keras_cache()
    path = next((folder / name for name in archive.file_names if (folder / name).is_file()), None)
    if path is None:
        raise not_cached(archive.name, folder / archive.file_names[0])
    check_file_sha256(path, archive.sha256, f"remove it, then {fetch_command(archive.name)}")
    with tarfile.open(path) as tar:
        x_train, y_train = _read_batches(tar, archive.train, archive.label_key)
        x_test, y_test = _read_batches(tar, archive.test, archive.label_key)
    return RawArrays(x_train, y_train, x_test, y_test, layout="image", source="Keras' download cache, sha256 as Keras'")


def _read_batches(
    tar: tarfile.TarFile, members: tuple[str, ...], label_key: str
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the images, channels last, and the labels of several members in order."""
    batches = [_read_batch(tar, member) for member in members]
    pixels = np.concatenate([batch["data"] for batch in batches])
    labels = np.concatenate([np.asarray(batch[label_key]) for batch in batches])
    return np.ascontiguousarray(pixels.reshape(-1, *_CIFAR_SHAPE).transpose(0, 2, 3, 1)), labels


def _read_batch(tar: tarfile.TarFile, member: str) -> dict[str, Any]:
    """Return one member's dictionary, without extracting it to the disk."""
    file = tar.extractfile(member)
    if file is None:
        raise DataError(f"{member}: expected a file in the archive")
    return read_plain_pickle(file.read(), member)


def not_cached(name: str, path: Path) -> MissingDataError:
    """Return the error that a set is not cached, with what fetches it."""
    # A run keeps this message permanently, so it must not reveal the owner's home folder.
    home = find_home()
    shown = Path("~", path.relative_to(home)) if home and path.is_relative_to(home) else path
    return MissingDataError(
        f"{name} is not in Keras' download cache (expected {shown}); while online, {fetch_command(name)}"
    )


def fetch_command(name: str) -> str:
    """Say what fetches a set into Keras' cache."""
    return f'run: python -c "import keras; keras.datasets.{name}.load_data()"'


DATASETS = (
    DatasetSpec(
        name="fashion_mnist",
        summary="articles of clothing, from Keras' cache: 60,000 + 10,000 images of 28×28 pixels, 10 classes",
        layout="image",
        load=load_fashion_mnist,
    ),
    DatasetSpec(
        name="cifar10",
        summary="photographs, from Keras' cache: 50,000 + 10,000 images of 32×32×3 pixels, 10 classes",
        layout="image",
        load=functools.partial(load_cifar, CIFAR10),
    ),
    DatasetSpec(
        name="cifar100",
        summary="photographs, from Keras' cache: 50,000 + 10,000 images of 32×32×3 pixels, 100 classes",
        layout="image",
        load=functools.partial(load_cifar, CIFAR100),
    ),
)
