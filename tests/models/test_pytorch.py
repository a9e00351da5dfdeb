"""The networks in PyTorch are those of Keras: as many parameters, and outputs that agree for the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from bench.models.pytorch import build_cnn_pytorch, build_lstm_pytorch


def count(module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_cnn_has_the_parameters_of_cnn_and_takes_other_sizes(torch):
    assert count(build_cnn_pytorch((1, 28, 28), 10)) == 140_682
    assert build_cnn_pytorch((3, 32, 20), 4, filters=8)(torch.zeros(2, 3, 32, 20)).shape == (2, 4)


def test_the_lstm_has_the_parameters_of_lstm_cpu_and_one_more_bias_a_layer(torch):
    assert count(build_lstm_pytorch((28, 28), 10)) == 216_426 + 2 * 4 * 128
    assert build_lstm_pytorch((7, 3), 4, units=5)(torch.zeros(2, 7, 3)).shape == (2, 4)


def test_the_lstm_answers_by_the_last_step_as_the_cell_of_its_textbook_does(torch):
    """Hochreiter and Schmidhuber's cell with a forget gate, in NumPy, of two layers without their dropout."""
    torch.manual_seed(0)
    network = build_lstm_pytorch((4, 3), 2, units=5).eval()
    x = np.random.default_rng(0).normal(size=(6, 4, 3)).astype("float32")
    steps = x
    for layer in range(2):
        w, u, b, c = (
            getattr(network.lstm, f"{name}_l{layer}").detach().numpy()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h, cell, outputs = np.zeros((6, 5)), np.zeros((6, 5)), []
        for step in range(4):
            i, f, g, o = np.split(steps[:, step] @ w.T + b + h @ u.T + c, 4, axis=1)
            cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            h = np.tanh(cell) / (1 + np.exp(-o))
            outputs.append(h)
        steps = np.stack(outputs, axis=1)
    expected = network.classify(torch.from_numpy(h.astype("float32"))).detach().numpy()
    assert network(torch.from_numpy(x)).detach().numpy() == pytest.approx(expected, abs=1e-5)
