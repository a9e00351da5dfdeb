"""A user's PyTorch network as `build_model` takes or refuses it."""

import sys

import pytest

from bench.errors import ConfigError
from bench.networks.guest_errors import NetworkError
from bench.networks.inputs import NetworkInput
from bench.networks.plugin import build_model, load_spec
from bench.networks.pytorch.network import TorchNetwork

pytestmark = pytest.mark.training

MINE = """
import torch
from torch import nn


class Net(nn.Module):
    layout = "sequence"

    def __init__(self, input_shape, num_classes, units=4):
        super().__init__()
        self.lstm = nn.LSTM(input_shape[-1], units, batch_first=True)
        self.last = nn.Linear(units, num_classes)

    def forward(self, x):
        return self.last(self.lstm(x)[0][:, -1])


class Told(Net):
    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return self.last(self.lstm(packed)[1][0][-1])


def image(input_shape, num_classes):
    channels, rows, columns = input_shape
    return nn.Sequential(nn.Conv2d(channels, 2, 3), nn.Flatten(), nn.LazyLinear(num_classes))


image.layout = "image"


def tokens(input_shape, num_classes, vocabulary):
    return nn.Sequential(nn.Embedding(vocabulary, 3), nn.Flatten(), nn.LazyLinear(num_classes))


def wide(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(7))


def flat(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(0), nn.LazyLinear(num_classes))


def two(input_shape, num_classes):
    class Two(Net):
        def forward(self, x):
            return super().forward(x), x

    return Two(input_shape, num_classes)


def detached(input_shape, num_classes):
    class Detached(Net):
        def forward(self, x):
            return super().forward(x).detach()

    return Detached(input_shape, num_classes)


def unreal(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(15, num_classes), Complex())


class Complex(nn.Module):
    def forward(self, x):
        return x.to(torch.complex64)


def scripted(input_shape, num_classes):
    return torch.jit.trace(nn.Sequential(nn.Flatten(), nn.Linear(15, num_classes)), torch.ones(2, *input_shape))


made = nn.Sequential(nn.Flatten(), nn.Linear(15, 3))


def crooked(input_shape, num_classes):
    return nn.Linear(input_shape[0], num_classes)


def untrained(input_shape, num_classes):
    return nn.Flatten()


def nothing(input_shape, num_classes):
    torch.zeros(1)
"""
HIDDEN = """
import importlib


def build(input_shape, num_classes):
    nn = importlib.import_module("to" + "rch").nn
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes))
"""
SERIES = NetworkInput((5, 3), "sequence")


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Return what builds a network of this file's by its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    for name, source in {"own_torch": MINE, "own_hidden": HIDDEN}.items():
        (tmp_path / f"{name}.py").write_text(source)
    yield lambda name, source=SERIES, **options: build_model(load_spec(name, source.layout), source, 3, **options)
    for name in ("own_torch", "own_hidden"):
        sys.modules.pop(name, None)


def test_a_class_is_called_as_a_function_is_with_its_options(build):
    network = build("own_torch:Net", units=6)
    assert isinstance(network, TorchNetwork)
    assert network.module.lstm.hidden_size == 6
    assert list(network.recurrent_layers) == ["lstm"]
    assert network.count_params() == 4 * 6 * (3 + 6 + 2) + 3 * 7


def test_images_come_channels_first(build):
    network = build("own_torch:image", NetworkInput((8, 6, 1), "image"))
    assert network.input_shape == (1, 8, 6)
    assert network.module[0].in_channels == 1


def test_a_network_of_tokens_is_told_the_vocabulary(build):
    network = build("own_torch:tokens", NetworkInput((6,), "sequence", vocabulary=9))
    assert (network.input_shape, network.module[0].num_embeddings) == ((6,), 9)


def test_a_network_that_its_source_hides_is_taken_where_the_shapes_are_those_of_keras(build):
    assert isinstance(build("own_hidden:build"), TorchNetwork)


@pytest.mark.filterwarnings("ignore:.torch.jit:FutureWarning")
@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("own_torch:wide", SERIES, r"output of shape \(2, 3\) for 2 examples of shape \(5, 3\), received \(2, 7\)"),
        ("own_torch:flat", SERIES, r"received \(3,\); end it in a Linear layer of num_classes"),
        ("own_torch:two", SERIES, "received a tuple"),
        ("own_torch:detached", SERIES, "expects outputs that its parameters have a gradient of"),
        ("own_torch:unreal", SERIES, "expects outputs of real numbers, received torch.complex64"),
        ("own_torch:made", SERIES, r"a function that returns a network, or its class, received a network .Sequential"),
        ("own_torch:scripted", SERIES, "expects an nn.Module, received one of TorchScript"),
        ("own_torch:untrained", SERIES, "expects parameters to train"),
        ("own_torch:nothing", SERIES, "expects build to return a torch.nn.Module, as its source shows, received None"),
        (
            "own_hidden:build",
            NetworkInput((8, 6, 1), "image"),
            r"gets examples of shape \(1, 8, 6\); its source does not show that, so it was built for \(8, 6, 1\): "
            r"write what it returns, def build\(input_shape, num_classes\) -> torch.nn.Module",
        ),
        ("own_torch:Net", NetworkInput((5, 3), "sequence", is_padded=True), "is not told where a series ends"),
    ],
)
def test_what_cannot_be_trained_is_refused(build, name, source, message):
    with pytest.raises(ConfigError, match=message):
        build(name, source)


def test_an_error_in_forward_names_the_line_and_what_the_network_got(build):
    message = r"raised RuntimeError on calling it: .*; examples come as \(batch, 5 steps, 3 features\): fit the layers"
    with pytest.raises(NetworkError, match=message):
        build("own_torch:crooked")


def test_a_network_that_is_told_the_lengths_takes_padded_series(build):
    network = build("own_torch:Told", NetworkInput((5, 3), "sequence", is_padded=True))
    assert network.takes_lengths


def test_where_pytorch_is_missing_the_network_is_refused_with_what_installs_it(build, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="backend torch is not installed; install it with"):
        build("own_torch:Net")
