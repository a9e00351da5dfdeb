"""A stack of layers on parts of a batch is the stack on the whole of it."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from itertools import product

import numpy as np
import pytest

from bench.networks.training import compile_model
from tests.draws import some

pytestmark = pytest.mark.training
SIZES = list(product((1, 3, 4, 9), (1, 2, 4)))


@pytest.fixture
def make():
    """Build two equal stacks, one in parts, with equal weights that are not those of their start."""
    import keras

    from bench.models.cpu_layers.parted_sequential import PartedSequential

    def make_both(dtype="float32"):
        layers = keras.layers
        stacks = [
            kind(
                [
                    keras.Input((8, 8, 2)),
                    layers.Conv2D(4, 3, activation="tanh", dtype=dtype),
                    layers.MaxPooling2D(2, dtype=dtype),
                    layers.Flatten(dtype=dtype),
                    layers.Dense(3, activation="softmax", dtype=dtype),
                ]
            )
            for kind in (keras.Sequential, PartedSequential)
        ]
        draw = np.random.default_rng(1)
        weights = [draw.normal(size=weight.shape) for weight in stacks[0].get_weights()]
        for stack in stacks:
            stack.set_weights(weights)
        return stacks

    return make_both


@pytest.mark.parametrize(("num_examples", "num_parts"), some(SIZES, (1, 1), (1, 4), (3, 2), (4, 4), (9, 2)))
def test_outputs_and_gradients_are_those_of_the_whole_batch_also_where_parts_are_empty(
    monkeypatch, make, num_examples: int, num_parts: int
) -> None:
    import tensorflow as tf

    monkeypatch.setattr("bench.models.cpu_layers.parts.count_parts", lambda *_: num_parts)
    x = tf.constant(np.random.default_rng(2).normal(size=(num_examples, 8, 8, 2)), "float64")
    found = []
    for stack in make("float64"):

        @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, 8, 8, 2), tf.float64)])
        def run(x, stack=stack):
            with tf.GradientTape() as tape:
                outputs = stack(x, training=True)
                total = tf.reduce_sum(outputs**2)
            return outputs, *tape.gradient(total, [weight.value for weight in stack.trainable_weights])

        found.append(run(x))
    for whole, parted in zip(*found, strict=True):
        np.testing.assert_allclose(parted, whole, rtol=1e-10, atol=1e-12)


def test_it_learns_evaluates_and_predicts_what_the_whole_batch_does(make) -> None:
    draw = np.random.default_rng(3)
    x, y = draw.random((21, 8, 8, 2), dtype="float32"), draw.integers(0, 3, 21)
    found = []
    for stack in make():
        compile_model(stack, steps_per_execution=2)
        losses = stack.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history["loss"]
        found.append((losses, stack.evaluate(x, y, batch_size=5, verbose=0), stack.predict(x, batch_size=4, verbose=0)))
    for whole, parted in zip(*found, strict=True):
        np.testing.assert_allclose(parted, whole, rtol=1e-5)


def test_its_layers_are_counted_and_named_as_those_of_the_whole_batch(make) -> None:
    from bench.networks.flops import count_training_flops, describe_layers

    whole, parted = make()
    assert [layer.kind for layer in describe_layers(parted)] == ["Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    assert count_training_flops(parted) == count_training_flops(whole)


# Keras' own saving asks NumPy 2 for arrays in NumPy 1's way.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_what_is_saved_is_made_again_and_an_expected_size_is_no_part_of_it(make, tmp_path) -> None:
    import keras

    _, parted = make()
    before = parted.get_config()
    parted.expect_batches_of(512)
    assert parted.get_config() == before
    parted.save(tmp_path / "parted.keras")
    loaded = keras.saving.load_model(tmp_path / "parted.keras")
    x = np.random.default_rng(4).normal(size=(7, 8, 8, 2)).astype("float32")
    assert type(loaded) is type(parted)
    np.testing.assert_array_equal(loaded(x), parted(x))
