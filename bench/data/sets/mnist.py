"""The bundled MNIST digits: the data of the Keras tutorial.

Authors: Yann LeCun, Corinna Cortes, Christopher J.C. Burges. Licence: CC BY-SA 3.0; see MNIST-LICENSE.md.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.data.checksum import check_file_sha256
from bench.data.dataset import RawArrays
from bench.data.formats.npz import read_npz
from bench.data.registry import DatasetSpec

MNIST_PATH = Path(__file__).with_name("mnist.npz")
MNIST_SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"
MNIST_SOURCE = "bundled; LeCun, Cortes and Burges, CC BY-SA 3.0"


def load_mnist(path: Path = MNIST_PATH) -> RawArrays:
    """Load the 60,000 training and 10,000 test digits: x uint8 (num_examples, 28, 28), y uint8 (num_examples,).

    Raises:
        DataError: if the bundled file is missing or not the published one.
    """
    check_file_sha256(path, MNIST_SHA256, "install the package again")
    return replace(read_npz(path), layout="image", source=MNIST_SOURCE)


DATASETS = (
    DatasetSpec(
        name="mnist",
        summary="handwritten digits, bundled: 60,000 + 10,000 images of 28×28 pixels, 10 classes",
        layout="image",
        load=load_mnist,
    ),
)
