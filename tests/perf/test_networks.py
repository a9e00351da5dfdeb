"""A training step and a prediction of each network, by batch size: what a change to a builder or to Keras costs."""

import keras
import pytest

from bench.data.load import load_dataset
from bench.data.scaling import prepare
from bench.networks.registry import builtin_models
from bench.networks.training import compile_model

NETWORKS = ("lstm", "lstm-fast", "lstm-cpu", "lstm-cpu-fast", "cnn", "cnn-fast", "cnn-deep")
BATCH_SIZES = (32, 128, 512)


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("mnist", train_size=512, test_size=10)


@pytest.fixture
def batch(dataset, name, batch_size):
    """The compiled model with one batch in its layout, traced already."""
    spec = builtin_models()[name]
    data = prepare(dataset, "unit", spec.layout)
    keras.utils.set_random_seed(0)
    model = spec.build(data.x_train.shape[1:], 10)
    compile_model(model)
    x, y = data.x_train[:batch_size], data.y_train[:batch_size]
    model.train_on_batch(x, y)
    model.predict_on_batch(x)
    return model, x, y


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
@pytest.mark.parametrize("name", NETWORKS)
def test_train_step(benchmark, batch):
    model, x, y = batch
    benchmark.extra_info["num_examples"] = len(x)
    benchmark.pedantic(model.train_on_batch, (x, y), warmup_rounds=2, rounds=10)


@pytest.mark.parametrize("batch_size", [1, 32])
@pytest.mark.parametrize("name", NETWORKS)
def test_predict(benchmark, batch):
    model, x, _ = batch
    benchmark.extra_info["num_examples"] = len(x)
    benchmark.pedantic(model.predict_on_batch, (x,), warmup_rounds=2, rounds=20)
