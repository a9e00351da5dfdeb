# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from itertools import product

import numpy as np
import pytest

from bench.models.cnn import build_cnn, build_cnn_fast
from bench.networks.flops import count_training_flops
from bench.networks.training import compile_model
from tests.draws import some

pytestmark = pytest.mark.training


TOLERANCES = {"float64": 1e-10, "float32": 2e-5}
ALL_WAYS = product(("relu", "sigmoid", "tanh"), TOLERANCES)


@pytest.mark.parametrize(
    ("activation", "dtype"), some(list(ALL_WAYS), ("relu", "float32"), ("sigmoid", "float64"), ("tanh", "float32"))
)
def test_the_pooled_network_is_the_same_function_with_the_same_weights(activation: str, dtype: str) -> None:
    import keras
    import tensorflow as tf

    generator = np.random.default_rng(3)
    keras.config.set_dtype_policy(dtype)
    try:
        networks = [build((12, 12, 2), 3, filters=4, activation=activation) for build in (build_cnn, build_cnn_fast)]
    finally:
        keras.config.set_dtype_policy("float32")
    weights = [generator.normal(size=weight.shape) for weight in networks[0].get_weights()]
    x = tf.constant(generator.normal(size=(5, 12, 12, 2)), dtype)
    found = []
    for network in networks:
        network.set_weights(weights)
        with tf.GradientTape() as tape:
            outputs = network(x, training=True)
            total = tf.reduce_sum(outputs**2)
        found.append([outputs, *tape.gradient(total, [weight.value for weight in network.trainable_weights])])
    tolerance = TOLERANCES[dtype]
    for expected, received in zip(*found, strict=True):
        np.testing.assert_allclose(received, expected, rtol=tolerance, atol=tolerance)


def test_both_learn_the_same_from_the_same_start() -> None:
    import keras

    generator = np.random.default_rng(0)
    x, y = generator.random((24, 12, 12, 1), dtype="float32"), generator.integers(0, 3, 24)
    losses = []
    for build in (build_cnn, build_cnn_fast):
        keras.utils.set_random_seed(1)
        model = build((12, 12, 1), 3, filters=4)
        compile_model(model)
        losses.append(model.fit(x, y, batch_size=10, epochs=2, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)


def test_the_layer_costs_no_product_and_is_made_again_from_its_configuration() -> None:
    from bench.models.cpu_layers.bias_activation import BiasActivation

    assert count_training_flops(build_cnn_fast((28, 28, 1), 10)) == 28_939_008
    copy = BiasActivation.from_config(BiasActivation("tanh").get_config())
    assert copy.activation.__name__ == "tanh"
