"""Layers, parameters and FLOPs of PyTorch networks, against figures worked out by hand."""

import json

import pytest

from bench.networks.inputs import NetworkInput
from bench.networks.pytorch.network import TorchNetwork
from bench.networks.sheet import describe_network
from bench.run.model_sheets import ask_sheets

pytestmark = pytest.mark.training


@pytest.fixture
def describe(torch):
    def run(module, source):
        torch.manual_seed(0)
        before = torch.get_rng_state()
        sheet = describe_network(TorchNetwork(module, source))
        assert torch.equal(torch.get_rng_state(), before)
        assert all(parameter.grad is None for parameter in module.parameters())
        return sheet

    return run


def test_a_convolution_and_a_dense_layer(torch, describe):
    """Products: 6·6 positions of 4 filters of 9, and 144·10; backward the weights' alone in the first layer."""
    nn = torch.nn
    sheet = describe(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10)),
        NetworkInput((8, 8, 1), "image"),
    )
    convolution, dense = 2 * 36 * 4 * 9, 2 * 144 * 10
    assert [(one.name, one.kind, one.output_shape, one.num_params, one.flops) for one in sheet["layers"]] == [
        ("0", "Conv2d", (4, 6, 6), 40, convolution),
        ("1", "ReLU", (4, 6, 6), 0, 0),
        ("2", "Flatten", (144,), 0, 0),
        ("3", "Linear", (10,), 1450, dense),
    ]
    assert sheet["num_params"] == 40 + 1450
    assert sheet["flops_per_example"] == 2 * convolution + 3 * dense


def test_recurrent_layers_count_as_the_products_that_their_kernels_consist_of(torch, describe):
    """Of 6 steps: 4 gates of 5 units by 3 features and 5 states; the state's gradient in all steps but the first."""

    class Last(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(3, 5, batch_first=True)

        def forward(self, x):
            return self.lstm(x)[0][:, -1]

    sheet = describe(Last(), NetworkInput((6, 3), "sequence"))
    from_input, from_state = 2 * 6 * 4 * 5 * 3, 2 * 6 * 4 * 5 * 5
    (lstm,) = sheet["layers"]
    assert (lstm.name, lstm.output_shape, lstm.num_params) == ("lstm", (6, 5), 4 * 5 * (3 + 5 + 2))
    assert lstm.flops == from_input + from_state
    assert sheet["flops_per_example"] == 2 * from_input + 2 * from_state + from_state * 5 // 6


def test_a_modules_own_parameters_stand_beside_those_of_its_parts(torch, describe):
    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.turn = torch.nn.Parameter(torch.eye(3))
            self.ids = torch.nn.Embedding(4, 3)
            self.unused = torch.nn.Linear(3, 3)
            self.last = torch.nn.Linear(3, 2)

        def forward(self, x):
            return self.last((self.ids(x) @ self.turn).mean(1))

    layers = describe(Own(), NetworkInput((6,), "sequence", vocabulary=4))["layers"]
    assert [(one.name, one.num_params, one.flops) for one in layers] == [
        ("Own", 9, 2 * 6 * 9),
        ("ids", 12, 0),
        ("unused", 12, None),
        ("last", 8, 2 * 6),
    ]


def test_a_process_of_sheets_takes_both_kinds_of_network(tmp_path, monkeypatch):
    """TensorFlow's network stands first here, and would crash PyTorch if it were imported first."""
    (tmp_path / "torch_sheet.py").write_text(
        "from torch import nn\n"
        "def build(shape, classes):\n"
        "    return nn.Sequential(nn.Conv2d(shape[0], 2, 3), nn.Flatten(), nn.LazyLinear(classes))\n"
    )
    monkeypatch.chdir(tmp_path)
    shapes = {"image": (28, 28, 1), "sequence": (28, 28)}
    request = {"models": ["cnn-1d", "torch_sheet:build"], "input_shapes": shapes, "layout": "image", "num_classes": 10}
    first, second = json.loads(ask_sheets(json.dumps(request)))
    assert (first["model"], first["input_shape"]) == ("cnn-1d", [28, 28])
    assert (second["input_shape"], second["num_params"]) == ([1, 28, 28], 2 * 10 + 10 * (2 * 26 * 26 + 1))
    assert [layer["kind"] for layer in second["layers"]] == ["Conv2d", "Flatten", "Linear"]
