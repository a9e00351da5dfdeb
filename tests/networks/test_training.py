# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import numpy as np
import pytest

from bench.models.cnn import build_cnn
from bench.networks.training import compile_model, read_optimizer

pytestmark = pytest.mark.training


def _tiny_model():
    import keras

    return keras.Sequential([keras.Input(shape=(3,)), keras.layers.Dense(2, activation="softmax")])


@pytest.mark.parametrize(("num_updates", "decay"), [(0, 1e-5), (1, 1e-5), (7, 1e-5), (7, 0.5)])
def test_after_n_updates_the_rate_is_the_tutorials_rate_over_1_plus_decay_times_n(
    num_updates: int, decay: float
) -> None:
    model = _tiny_model()
    compile_model(model, decay=decay)
    if num_updates:
        model.fit(np.ones((num_updates, 3)), np.zeros(num_updates), batch_size=1, verbose=0)
    assert int(model.optimizer.iterations) == num_updates
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3 / (1 + decay * num_updates), rel=1e-6)


@pytest.mark.parametrize("learning_rate", [1e-2, 0.5])
def test_plain_gradient_descent_moves_the_weights_by_rate_times_gradient(learning_rate: float) -> None:
    # Zero weights give one half a class, so the gradient of class 0's logit is 1/2 − 1 for each input of 1.
    model = _tiny_model()
    compile_model(model, optimizer="sgd", learning_rate=learning_rate)
    model.set_weights([np.zeros((3, 2)), np.zeros(2)])
    model.fit(np.ones((1, 3)), np.zeros(1), batch_size=1, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], [[learning_rate / 2, -learning_rate / 2]] * 3, rtol=1e-5)


def test_the_default_decay_is_the_tutorials() -> None:
    model = _tiny_model()
    compile_model(model)
    schedule = model.optimizer.get_config()["learning_rate"]["config"]
    expected = {"initial_learning_rate": 1e-3, "decay_steps": 1, "decay_rate": 1e-5, "staircase": False}
    assert expected.items() <= schedule.items()


def test_adams_first_step_moves_every_weight_with_a_gradient_by_the_rate() -> None:
    # Kingma and Ba 2015, algorithm 1: in the first step the corrected moments are g and g², so the step is rate·sign(g)
    model = _tiny_model()
    compile_model(model)
    before = model.get_weights()[0]
    model.fit(np.ones((1, 3)), np.zeros(1), batch_size=1, verbose=0)
    np.testing.assert_allclose(np.abs(model.get_weights()[0] - before), 1e-3, rtol=1e-3)


def test_the_loss_and_the_history_keys_are_those_of_the_tutorial() -> None:
    model = _tiny_model()
    compile_model(model)
    model.set_weights([np.zeros((3, 2)), np.zeros(2)])
    history = model.fit(np.ones((1, 3)), np.zeros(1), validation_data=(np.ones((1, 3)), np.zeros(1)), verbose=0).history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history["loss"] == pytest.approx([np.log(2)], rel=1e-6)  # two classes at one half each


@pytest.mark.parametrize(("jit", "compiled"), [("on", True), ("off", False), ("auto", False)])
def test_jit_is_as_asked_and_off_on_a_cpu_where_keras_chooses(jit, compiled: bool) -> None:
    model = build_cnn((10, 10, 1), 2, filters=8)
    compile_model(model, jit=jit, steps_per_execution=4)
    assert model.jit_compile is compiled
    assert model.steps_per_execution == 4


def test_a_network_learns_to_tell_black_from_white() -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = build_cnn((10, 10, 1), 2, filters=8)
    compile_model(model, learning_rate=0.01)
    y = np.arange(32) % 2
    x = np.ones((32, 10, 10, 1), np.float32) * y[:, None, None, None]
    history = model.fit(x, y, epochs=8, batch_size=16, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] / 2
    assert history["accuracy"][-1] == 1


@pytest.mark.parametrize(("wraps", "name"), [(False, "SGD"), (True, "LossScaleOptimizer(SGD)")])
def test_the_optimizer_its_first_rate_and_decay_are_read_back(wraps: bool, name: str) -> None:
    import keras

    model = _tiny_model()
    compile_model(model, optimizer="sgd", learning_rate=0.25, decay=0.5)
    if wraps:
        model.optimizer = keras.optimizers.LossScaleOptimizer(model.optimizer)
    assert read_optimizer(model) == (name, 0.25, 0.5)
