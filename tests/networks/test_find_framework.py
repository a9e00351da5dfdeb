"""Whether a user's source makes a PyTorch network or a Keras model; nothing of it is run."""

import sys

import pytest

from bench.networks.find_framework import find_framework
from bench.networks.plugin import resolve_spec

MINE = """
import keras
import torch
from torch import nn
from helpers import small
from package.nets import deep
from .beside import Far
import elsewhere as other

WIDTH = 3


class Net(nn.Module):
    def __init__(self, input_shape, num_classes, units=4, *, depth=2): ...


class Child(Net): ...


def by_class(input_shape, num_classes):
    return Child(input_shape, num_classes)


def keras_model(input_shape, num_classes):
    return keras.Sequential([keras.layers.Dense(num_classes)])


def keras_on_torch(input_shape, num_classes):
    return keras_model(input_shape, torch.tensor(num_classes))


def within(input_shape, num_classes):
    from torch import nn as layers

    return layers.Linear(3, num_classes)


def by_helper(input_shape, num_classes):
    return small(num_classes)


def by_package(input_shape, num_classes):
    return deep.Deep(num_classes)


def hidden(input_shape, num_classes):
    return other.make(num_classes)


def annotated(input_shape, num_classes) -> nn.Module:
    return other.make(num_classes)


def annotated_beside_keras(input_shape, num_classes) -> nn.Module:
    return keras_model(input_shape, num_classes)


class Beside(Net):
    def forward(self, x):
        return keras.ops.relu(x)


def keras_by_annotation(input_shape, num_classes) -> keras.Model:
    return other.make(torch.tensor(num_classes))


made = Child
raise SystemExit("imported")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "helpers.py").write_text("import torch.nn as layers\nsmall = layers.Linear\nkeras = None\n")
    (tmp_path / "package" / "nets").mkdir(parents=True)
    (tmp_path / "package" / "nets" / "__init__.py").write_text("")
    (tmp_path / "package" / "nets" / "deep.py").write_text("from ..base import *\nclass Deep(Base): ...\n")
    (tmp_path / "package" / "base.py").write_text("try:\n    import torch\nexcept ImportError:\n    torch = None\n"
                                                  "class Base(torch.nn.Module): ...\n")  # fmt: skip
    return tmp_path


@pytest.mark.parametrize(
    ("name", "framework"),
    [
        ("Net", "torch"),
        ("by_class", "torch"),
        ("made", "torch"),
        ("annotated_beside_keras", "torch"),
        ("Beside", "torch"),
        ("keras_by_annotation", "keras"),
        ("within", "torch"),
        ("by_helper", "torch"),
        ("by_package", "torch"),
        ("annotated", "torch"),
        ("keras_model", "keras"),
        ("keras_on_torch", "keras"),
        ("hidden", "keras"),
        ("nowhere", "keras"),
    ],
)
def test_what_a_function_names_tells_its_framework(name, framework):
    assert find_framework("mine", name) == framework


@pytest.mark.parametrize("source", ["def build(:", "from mine import build\nbuild = build"])
def test_a_file_that_cannot_be_read_or_goes_in_a_circle_is_keras(folder, source):
    (folder / "odd.py").write_text(source)
    assert find_framework("odd", "build") == "keras"


def test_a_class_of_pytorch_takes_the_options_of_its_init_and_backend_torch_alone():
    spec = resolve_spec("mine:Net")
    assert (spec.framework, spec.backends, spec.options) == ("torch", {"torch"}, {"units", "depth"})
    assert resolve_spec("mine:keras_model").backends == {"tensorflow", "jax", "torch"}
