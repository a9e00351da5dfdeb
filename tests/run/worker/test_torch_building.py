"""A PyTorch network as the worker sets it up: refused settings, its loss, its data on the device."""

import sys

import numpy as np
import pytest

from bench.data.dataset import DataInfo
from bench.data.scaling import PreparedData
from bench.errors import ConfigError
from bench.networks.plugin import load_spec

pytestmark = pytest.mark.training

MINE = """
from torch import nn


def logits(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(15, num_classes))


def logit(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(15, 1))


# Its nn.LSTM takes the batch for the steps.
class StepsFirst(nn.Module):
    def __init__(self, input_shape, num_classes):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)
        self.last = nn.Linear(4, num_classes)

    def forward(self, x):
        return self.last(self.lstm(x)[0][:, -1])


def two_examples(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(0), nn.Unflatten(0, (2, 15)), nn.Linear(15, num_classes))


def normalized(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(15), nn.Linear(15, num_classes))


def bfloat16(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), Bfloat16(), nn.Linear(15, num_classes).bfloat16())


class Bfloat16(nn.Module):
    def forward(self, x):
        return x.bfloat16()


class Squeezed(nn.Linear):
    def __init__(self, input_shape, num_classes):
        super().__init__(15, num_classes)

    def forward(self, x):
        return super().forward(x.flatten(1)).squeeze()


def relu(input_shape, num_classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(15, num_classes), nn.ReLU())
"""


@pytest.fixture
def build(torch, tmp_path, monkeypatch, make_case):  # noqa: ARG001 - PyTorch comes first
    """Return what builds a network of this file's as the worker does, for examples whose mean tells their class."""
    from bench.run.worker.building import build  # noqa: PLC0415 - imports Keras

    monkeypatch.chdir(tmp_path)
    (tmp_path / "torch_own.py").write_text(MINE)
    x = np.random.default_rng(0).normal(size=(160, 5, 3)).astype("float32")
    y = (x.mean(axis=(1, 2)) > 0).astype("int64")
    data = PreparedData(x[:128], y[:128], x[128:], y[128:])
    info = DataInfo(name="two", sha256="0" * 64, source="made up", example_shape=(5, 3), num_classes=2, num_train=128,
                    num_test=32, num_train_available=128, num_test_available=32)  # fmt: skip

    def build_named(name, **settings):
        case = make_case(f"torch_own:{name}", **{"batch_size": 8, "backend": "torch", "optimizer": "sgd", **settings})
        return build(case, load_spec(case.model, "sequence"), data, info)

    yield build_named
    sys.modules.pop("torch_own", None)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("logits", "sparse categorical cross-entropy on logits"),
        ("logit", "binary cross-entropy on logits"),
        ("bfloat16", "sparse categorical cross-entropy on logits"),
    ],
)
def test_the_loss_fits_and_the_network_learns(build, name, loss):
    from bench.run.worker.recalls import measure_recalls  # noqa: PLC0415 - imports Keras

    built = build(name, learning_rate=0.5)
    model, data = built.model, built.data
    assert built.loss == loss
    test = data.x_test, data.y_test
    before = model.evaluate(*test, batch_size=8)["accuracy"]
    model.fit(data.x_train, data.y_train, batch_size=8, epochs=8, validation_data=test, callbacks=[], verbose=0)
    after = model.evaluate(*test, batch_size=8)["accuracy"]
    assert (before, after) == (pytest.approx(0.5, abs=0.35), pytest.approx(1, abs=0.1))
    recalls = measure_recalls(built, batch_size=8, num_classes=2, val_accuracy=after)
    shares = [float((data.y_test == label).double().mean()) for label in (0, 1)]
    assert sum(recall * share for recall, share in zip(recalls, shares, strict=True)) == pytest.approx(after)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("logits", {"backend": "tensorflow"}, "expects backend torch, received tensorflow: add --backend torch"),
        ("logits", {"precision": "float64"}, "expects precision float32 or mixed_bfloat16"),
        ("StepsFirst", {}, "expects the first axis to be the batch, received outputs for an example that change with"),
        ("two_examples", {}, "raised RuntimeError on calling it: .*; write its forward for a batch of any size"),
        (
            "normalized",
            {"batch_size": 127},
            "the last batch of an epoch or a validation has 1 example, choose another --batch-size",
        ),
        ("Squeezed", {"batch_size": 31}, r"an output of shape \(1, 2\) for 1 example, received \(2,\), as squeeze"),
        ("relu", {}, "end in logits, softmax or log-softmax, received relu"),
    ],
)
def test_what_cannot_be_trained_is_refused(build, name, settings, message):
    with pytest.raises(ConfigError, match=message):
        build(name, **settings)


def test_validation_within_an_epoch_leaves_the_training_as_it_was(torch, build):
    from bench.run.worker.validation import validate_apart  # noqa: PLC0415 - imports Keras

    built = build("logits")
    built.model.module.train()
    before = torch.get_rng_state()
    test = {"x": built.data.x_test, "y": built.data.y_test, "batch_size": 8}
    values = validate_apart(built.model, test=test)
    assert values.keys() == {"val_loss", "val_accuracy"}
    assert built.model.module.training
    assert torch.equal(torch.get_rng_state(), before)
