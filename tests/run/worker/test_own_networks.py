"""A user's own network as the worker builds and trains it: the loss that fits what it ends in, and whose compile."""

import numpy as np
import pytest

from bench.data.dataset import DataInfo
from bench.data.scaling import PreparedData
from bench.errors import ConfigError
from bench.networks.plugin import load_spec

pytestmark = pytest.mark.training

MODELS = """
import keras
from keras import layers as L


def ends_in(activation, width=None, **compiled):
    def build(input_shape, num_classes):
        last = L.Dense(width or num_classes, activation=activation)
        model = keras.Sequential([keras.Input(input_shape), L.Flatten(), last])
        if compiled:
            model.compile(**compiled)
        return model

    return build


softmax, logits, relu = map(ends_in, ("softmax", None, "relu"))
log_softmax = ends_in("log_softmax")
sigmoid, logit = ends_in("sigmoid", 1), ends_in(None, 1)
compiled = ends_in("softmax", optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy",
                   metrics=["accuracy"])
one_hot = ends_in("softmax", optimizer="sgd", loss="categorical_crossentropy", metrics=["acc"])
blind = ends_in("softmax", optimizer="sgd", loss="sparse_categorical_crossentropy")


class Subclassed(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        self.flatten, self.dense = L.Flatten(), L.Dense(num_classes)

    def call(self, x):
        return self.dense(self.flatten(x))


def subclassed(input_shape, num_classes):
    return Subclassed(num_classes)


class Strict(Subclassed):
    def compile(self, optimizer):
        super().compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])


def strict(input_shape, num_classes):
    return Strict(num_classes)


def stateful(input_shape, num_classes):
    layers = [L.LSTM(4, stateful=True), L.Dense(num_classes, activation="softmax")]
    return keras.Sequential([keras.Input(batch_shape=(8, *input_shape)), *layers])


def images(input_shape, num_classes):
    return keras.Sequential([keras.Input(input_shape), L.Conv2D(2, 2), L.Flatten(), L.Dense(num_classes)])
"""


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    x = random.normal(size=(160, 5, 3)).astype("float32")
    y = (x[:, :, 0].mean(axis=1) > 0).astype("int64")
    return PreparedData(x[:128], y[:128], x[128:], y[128:])


@pytest.fixture
def build(tmp_path_factory, monkeypatch, make_case, data):
    """Return what builds a network of `MODELS` by its name as the worker does."""
    from bench.run.worker.building import build  # noqa: PLC0415 - imports Keras

    folder = tmp_path_factory.getbasetemp() / "own_networks"
    folder.mkdir(exist_ok=True)
    (folder / "own_networks.py").write_text(MODELS)
    monkeypatch.chdir(folder)
    info = DataInfo(name="two", sha256="0" * 64, source="made up", example_shape=(5, 3), num_classes=2, num_train=128,
                    num_test=32, num_train_available=128, num_test_available=32)  # fmt: skip

    def build_named(name, **settings):
        case = make_case(f"own_networks:{name}", batch_size=8, optimizer="sgd", learning_rate=0.1, **settings)
        return build(case, load_spec(case.model, "sequence"), data, info)

    return build_named


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("softmax", "sparse categorical cross-entropy"),
        ("logits", "sparse categorical cross-entropy on logits"),
        ("subclassed", "sparse categorical cross-entropy on logits"),
        ("sigmoid", "binary cross-entropy"),
        ("logit", "binary cross-entropy on logits"),
    ],
)
def test_the_loss_fits_what_a_network_ends_in_and_it_learns(build, data, name, loss):
    from bench.run.worker.recalls import measure_recalls  # noqa: PLC0415 - imports Keras

    built = build(name)
    assert built.loss == loss
    validation = (data.x_test, data.y_test)
    history = built.model.fit(data.x_train, data.y_train, batch_size=8, epochs=8, verbose=0, validation_data=validation)
    assert history.history["val_accuracy"][-1] > 0.8
    assert min(measure_recalls(built, 8, 2, history.history["val_accuracy"][-1])) > 0.6


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("relu", r"to end in softmax, or none \(logits\), or one sigmoid for each class, received relu"),
        ("log_softmax", "received log_softmax, which fits no loss"),
        ("strict", "Strict has a compile of its own, which does not take the benchmark's optimizer"),
        ("stateful", "expects batches of 8, but the last batch of an epoch may be smaller"),
        ("images", r"it received examples of shape \(5, 3\), the sequence layout: set images\.layout = 'image'"),
    ],
)
def test_what_cannot_be_trained_is_refused_by_what_it_would_need(build, name, message):
    with pytest.raises(ConfigError, match=message):
        build(name)


def test_a_compile_is_replaced_and_told(build):
    built = build("compiled")
    assert built.replaced_compile == "SGD at 0.5, loss sparse_categorical_crossentropy"
    assert float(built.model.optimizer.learning_rate) == pytest.approx(0.1)
    assert build("softmax").replaced_compile is None


def test_training_own_keeps_optimizer_rate_and_loss(build):
    from bench.networks.training import read_optimizer  # noqa: PLC0415

    built = build("compiled", training="own")
    assert read_optimizer(built.model) == ("SGD", 0.5, None)
    assert (built.loss, built.accuracy, built.replaced_compile) == ("sparse_categorical_crossentropy", "accuracy", None)


def test_a_loss_of_rows_gets_the_labels_as_rows(build, data):
    built = build("one_hot", training="own")
    assert built.accuracy == "acc"
    assert built.data.y_train.shape == (128, 2)
    assert built.data.y_train.argmax(axis=1).tolist() == data.y_train.tolist()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("blind", "the accuracy of every epoch, received the metrics"),
        ("softmax", "must be compiled; received one that"),
    ],
)
def test_training_own_says_what_it_needs(build, name, message):
    with pytest.raises(ConfigError, match=message):
        build(name, training="own")
