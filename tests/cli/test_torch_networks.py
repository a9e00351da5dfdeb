"""A user's PyTorch networks in one real run, in turns with a network on TensorFlow; what fails costs its own trial."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from bench.store.run_folder import load_run

pytestmark = [
    pytest.mark.training,
    pytest.mark.xdist_group("torch"),  # one training for all
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra 'torch' is not installed"),
]

MINE = """
from torch import nn


class Rows(nn.Module):
    layout = "sequence"

    def __init__(self, input_shape, num_classes, units=8):
        super().__init__()
        self.lstm = nn.LSTM(input_shape[-1], units, batch_first=True)
        self.last = nn.Sequential(nn.Dropout(0.2), nn.Linear(units, num_classes))

    def forward(self, x):
        return self.last(self.lstm(x)[0][:, -1])


def convolve(input_shape, num_classes):
    channels, rows, columns = input_shape
    return nn.Sequential(
        nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
        nn.Linear(4 * (rows - 2) * (columns - 2), num_classes), nn.LogSoftmax(1),
    )


convolve.layout = "image"


def shares(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes), nn.Softmax(1))


class Raises(Rows):
    def forward(self, x):
        raise RuntimeError("out of ideas")


def hidden(input_shape, num_classes):
    import importlib

    layers = importlib.import_module("to" + "rch").nn
    return layers.Sequential(layers.Flatten(), layers.LazyLinear(num_classes))
"""
# What a user of PyTorch writes, in the worker's order of random numbers: weights, then an order for each epoch.
PLAIN = """
import json
import numpy as np
import torch
from torch.nn.functional import cross_entropy
from mine import Rows

torch.set_num_threads(1)
data = np.load("mine.npz")
x, y = torch.from_numpy(data["x_train"]), torch.from_numpy(data["y_train"])
torch.manual_seed(3)
network = Rows(tuple(x.shape[1:]), 3)
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
losses = []
for _ in range(2):
    loss_sum = 0.0
    for rows in torch.randperm(len(x)).split(16):
        optimizer.zero_grad()
        loss = cross_entropy(network(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(rows)
    losses.append(loss_sum / len(x))
print(json.dumps(losses))
"""
FLAGS = ("--epochs", "2", "--batch-size", "16", "--device", "cpu:1", "--decay", "0", "--learning-rate", "0.01",
         "--scaling", "none", "--seeds", "3,", "--validate-every", "2", "--in-turns")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("torch")
    (folder / "mine.py").write_text(MINE)
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 144)
    x = random.normal(size=(144, 12, 5)).astype("float32")
    x[:, :, 0] += y[:, None]
    np.savez(folder / "mine.npz", x_train=x[:100], y_train=y[:100], x_test=x[100:], y_test=y[100:])
    return folder


@pytest.fixture(scope="module")
def trained(train_in, folder):
    """Train once; returns the finished process, the journals by their model, and the report."""
    models = "mine:Rows,mine:convolve,mine:shares,mine:Raises,mine:hidden,cnn-1d"
    done = train_in(folder, "run", "--model", models, "--dataset", "mine.npz", *FLAGS)
    assert done.returncode == 1, done.stderr  # two networks fail
    report = folder / done.stdout.splitlines()[-1]
    journals = {journal.start.case.model: journal for journal in load_run(report.parent).journals}
    return done, journals, report.read_text()


def test_a_class_and_functions_train_beside_a_network_on_tensorflow(trained):
    _, journals, _ = trained
    whole = {name: (journal.start.case.backend, len(journal.epochs))
             for name, journal in journals.items() if journal.status == "ok"}  # fmt: skip
    assert whole == {
        "mine:Rows": ("torch", 2),
        "mine:convolve": ("torch", 2),
        "mine:shares": ("torch", 2),
        "cnn-1d": ("tensorflow", 2),
    }
    assert all(len(journal.start.in_turns.trials) > 1 for journal in journals.values())


def test_the_losses_are_those_of_the_plain_loop_to_the_last_bit(trained, folder):
    """Validation within the epochs, the proof, and the turns of others leave no trace in them."""
    _, journals, _ = trained
    plain = subprocess.run([sys.executable, "-c", PLAIN], cwd=folder, capture_output=True, text=True, check=True)
    assert [epoch.loss for epoch in journals["mine:Rows"].epochs] == json.loads(plain.stdout)
    assert len(journals["mine:Rows"].epochs[0].validations) == 3


def test_the_loss_fits_the_ending_and_the_console_says_so(trained):
    done, journals, _ = trained
    assert {name: journals[f"mine:{name}"].built.resolved.loss for name in ("Rows", "convolve", "shares")} == {
        "Rows": "sparse categorical cross-entropy on logits",
        "convolve": "negative log-likelihood",
        "shares": "sparse categorical cross-entropy",
    }
    assert "mine:Rows ends without softmax: its loss is sparse categorical cross-entropy on logits" in done.stderr
    assert "mine:convolve ends in log-softmax: its loss is negative log-likelihood" in done.stderr
    assert "mine:shares ends" not in done.stderr


def test_what_fails_says_what_and_where(trained):
    _, journals, _ = trained
    errors = {name: journals[f"mine:{name}"].end.error for name in ("Raises", "hidden")}
    assert "raised RuntimeError at mine.py, line 34, in forward on calling it: out of ideas" in errors["Raises"].message
    assert "is a PyTorch network, which expects backend torch, received tensorflow: add --backend torch" in (
        errors["hidden"].message
    )


def test_the_journal_holds_sheet_proof_hash_and_settings_and_nothing_of_keras(trained):
    _, journals, _ = trained
    built = journals["mine:Rows"].built
    (path,) = built.resolved.layer_paths
    assert (path.layer, path.path) == ("lstm", "fused")
    assert "mkldnn_rnn_layer dispatched" in path.evidence
    assert [layer.kind for layer in built.layers] == ["LSTM", "Dropout", "Linear"]
    assert built.num_params == 4 * 8 * (5 + 8 + 2) + 3 * 9
    assert (built.network_file, list(built.source_files)) == ("mine.py", ["mine.py"])
    resolved = built.resolved
    assert (resolved.keras_version, resolved.jit_compile, resolved.precision) == ("", False, "float32")
    assert (resolved.optimizer, resolved.learning_rate, resolved.decay) == ("Adam", 0.01, 0.0)
    assert len(journals["mine:convolve"].end.recalls) == 3


def test_the_report_names_pytorch_alone(trained):
    _, journals, report = trained
    version = journals["mine:Rows"].built.resolved.backend_version
    rows = [
        [cell.strip() for cell in line.split("|")] for line in report.splitlines() if line.startswith("| mine:Rows")
    ]
    (row,) = [cells for cells in rows if cells[2] == "fused"]
    assert row[3:7] == ["none", "cpu:1 (cpu)", "float32", f"torch {version}"]


def test_it_is_compared_with_the_network_on_tensorflow_turn_by_turn(trained):
    _, _, report = trained
    assert "mine:Rows against cnn-1d · tensorflow" in report


def test_no_second_is_counted_twice_or_lost(trained):
    _, journals, _ = trained
    for name in ("mine:Rows", "mine:convolve"):
        journal = journals[name]
        built = journal.built
        epochs = sum(epoch.train_s + epoch.val_s + epoch.other_s for epoch in journal.epochs)
        within = sum(one.val_s for epoch in journal.epochs for one in epoch.validations)
        parts = built.import_s + built.data_s + built.build_s + epochs + within
        assert 0 < parts <= journal.end.total_s
