"""The pipeline feeds every example once an epoch, in an order that the seed gives, and waits for nobody."""

import numpy as np
import pytest

from bench.data.scaling import PreparedData
from bench.run.worker.fit_input import for_evaluate, for_fit, make_pipeline

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture
def data():
    """Return 70 examples, so that the last batch of 32 is a ragged one, and 40 to validate on."""
    draw = np.random.default_rng(0)
    x, y = draw.random((110, 5)).astype("float32"), draw.integers(0, 3, 110)
    return PreparedData(x[:70], y[:70], x[70:], y[70:])


@pytest.mark.parametrize("kind", ["arrays", "pipeline"])
def test_a_seed_makes_a_training_again_and_validation_sees_every_example(keras, data, kind):
    def train(seed):
        keras.utils.set_random_seed(seed)
        layers = [keras.Input((5,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.2)]
        model = keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        test = for_evaluate(kind, data, 32)
        history = model.fit(**for_fit(kind, data, 32, test), epochs=2, verbose=0).history
        found = model.evaluate(**test, verbose=0, return_dict=True)
        return history, found, model.evaluate(data.x_test, data.y_test, verbose=0, return_dict=True)

    history, found, expected = train(3)
    assert found == pytest.approx(expected)
    assert history["val_loss"][-1] == pytest.approx(found["loss"])
    assert train(3)[0] == history
    assert train(4)[0] != history


def test_the_pipeline_has_another_order_in_each_epoch_and_ends_with_the_rest(keras, data):
    def read_epochs():
        keras.utils.set_random_seed(0)
        pipeline = make_pipeline(np.arange(70), data.y_train, 32, shuffles=True)
        assert int(pipeline.cardinality()) == 3
        return [[x.numpy().tolist() for x, _ in pipeline] for _ in range(2)]

    epochs = read_epochs()
    assert [len(batch) for batch in epochs[0]] == [32, 32, 6]
    first, second = ([place for batch in epoch for place in batch] for epoch in epochs)
    assert sorted(first) == sorted(second) == list(range(70))
    assert first != second
    assert read_epochs() == epochs


def test_examples_keep_their_labels_and_validation_its_order(data):
    pipeline = make_pipeline(data.x_test, data.y_test, 32, shuffles=False)
    x, y = (np.concatenate(parts) for parts in zip(*((x.numpy(), y.numpy()) for x, y in pipeline), strict=True))
    assert np.array_equal(x, data.x_test)
    assert np.array_equal(y, data.y_test)
    shuffled = make_pipeline(np.arange(70), np.arange(70), 32, shuffles=True)
    assert all(np.array_equal(x, y) for x, y in shuffled)


def test_nothing_is_left_to_the_autotuning_that_a_training_would_wait_for(data):
    pipeline = make_pipeline(data.x_train, data.y_train, 32, shuffles=True)
    assert pipeline.options().autotune.enabled is False
