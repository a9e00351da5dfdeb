# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from itertools import product
from typing import Any

import numpy as np
import pytest

from bench.models.lstm import build_lstm, build_lstm_cpu, build_lstm_cpu_fast, build_lstm_fast
from bench.networks.proof.kernel import resolve_execution
from bench.networks.training import compile_model
from tests.draws import some

pytestmark = pytest.mark.training


def _run(layer: Any, inputs: np.ndarray, weighting: np.ndarray) -> list[np.ndarray]:
    """Return the outputs, and the gradients of their weighted sum by inputs and weights."""
    import tensorflow as tf

    @tf.function
    def run(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
            total = tf.reduce_sum(outputs * weighting)
        return outputs, tape.gradient(total, [x, *(weight.value for weight in layer.trainable_weights)])

    outputs, gradients = run(tf.constant(inputs))
    return [outputs.numpy(), *(gradient.numpy() for gradient in gradients)]


# One example leaves a part empty, five leave parts of unequal size.
SIZES = ((1, 2), (5, 2), (6, 1), (7, 3))
ALL_WAYS = list(product(("tanh", "relu"), (True, False), ("float64", "float32"), SIZES))
# Any two options stand together in one of these, and each size in one.
PAIRS = (
    ("tanh", True, "float64", SIZES[0]), ("relu", False, "float64", SIZES[1]),
    ("tanh", False, "float32", SIZES[2]), ("relu", True, "float32", SIZES[3]),
)  # fmt: skip


@pytest.mark.parametrize(("activation", "return_sequences", "dtype", "size"), some(ALL_WAYS, *PAIRS))
def test_outputs_and_gradients_are_those_of_keras(
    activation: str, return_sequences: bool, dtype: str, size: tuple[int, int]
) -> None:
    import keras

    from bench.models.cpu_layers.fast_lstm import FastLSTM

    (num_examples, num_parts), tolerance = size, 1e-10 if dtype == "float64" else 2e-5
    generator = np.random.default_rng(7)
    options = {"activation": activation, "return_sequences": return_sequences, "dtype": dtype}
    theirs, ours = keras.layers.LSTM(4, **options), FastLSTM(4, num_parts=num_parts, **options)
    inputs = generator.normal(size=(num_examples, 5, 3)).astype(dtype)
    for layer in (theirs, ours):
        layer.build(inputs.shape)
    weights = [generator.normal(size=weight.shape) for weight in theirs.get_weights()]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    weighting = generator.normal(size=theirs(inputs).shape).astype(dtype)
    for expected, received in zip(_run(theirs, inputs, weighting), _run(ours, inputs, weighting), strict=True):
        np.testing.assert_allclose(received, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"activation": "sigmoid"}, "activation to be tanh or relu, received sigmoid"),
        ({"recurrent_activation": "hard_sigmoid"}, "recurrent_activation to be sigmoid, received hard_sigmoid"),
        ({"use_bias": False}, "use_bias to be True, received False"),
        ({"recurrent_dropout": 0.5}, "recurrent_dropout to be False or 0, received 0.5"),
        ({"go_backwards": True}, "go_backwards to be False or 0, received True"),
        ({"return_state": True}, "return_state to be False or 0, received True"),
    ],
)
def test_what_the_compiled_loop_does_not_have_is_refused_by_name(option: dict[str, Any], said: str) -> None:
    from bench.models.cpu_layers.fast_lstm import FastLSTM

    with pytest.raises(ValueError, match=said):
        FastLSTM(4, **option)


def test_a_mask_is_refused() -> None:
    import keras

    from bench.models.cpu_layers.fast_lstm import FastLSTM

    masked = keras.layers.Masking()(np.ones((2, 5, 3), dtype="float32"))
    with pytest.raises(ValueError, match="neither an initial state nor a mask"):
        FastLSTM(4)(masked)


@pytest.mark.parametrize(
    ("num_examples", "expected_size", "sizes"),
    [
        (10, None, {None}),  # a ragged last batch: Keras leaves the size open, and nobody named one
        (10, 4, {4}),
        (8, None, {4}),
        (8, 99, {4}),  # a size that is known needs no expectation
    ],
)
def test_a_batch_is_cut_by_the_size_that_is_known_or_else_expected(
    monkeypatch, num_examples: int, expected_size: int | None, sizes: set[int | None]
) -> None:
    import keras

    from bench.models.cpu_layers.fast_lstm import FastLSTM

    seen: set[int | None] = set()
    monkeypatch.setattr("bench.models.cpu_layers.parts.count_parts", lambda size, _: seen.add(size) or 1)
    layer = FastLSTM(4)
    if expected_size:
        layer.expect_batches_of(expected_size)
    model = keras.Sequential([keras.Input(shape=(5, 3)), layer, keras.layers.Dense(2, activation="softmax")])
    compile_model(model)
    model.fit(np.zeros((num_examples, 5, 3), "float32"), np.zeros(num_examples, "int64"), batch_size=4, verbose=0)
    assert seen == sizes


# Keras' own saving asks NumPy 2 for arrays in NumPy 1's way.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_an_expected_size_is_no_part_of_what_is_saved(tmp_path) -> None:
    import keras

    model = build_lstm_fast((5, 3), 2, units=4)
    before = model.get_config()
    for layer in (model.get_layer("lstm_1"), model.get_layer("lstm_2")):
        layer.expect_batches_of(512)
    assert model.get_config() == before
    model.save(tmp_path / "fast.keras")
    loaded = keras.saving.load_model(tmp_path / "fast.keras")
    inputs = np.random.default_rng(3).normal(size=(7, 5, 3)).astype("float32")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))
    assert loaded.get_layer("lstm_1").num_parts is None


def test_an_unknown_number_of_steps_is_refused_where_the_layer_is_built_and_where_it_is_called() -> None:
    import keras
    import tensorflow as tf

    from bench.models.cpu_layers.fast_lstm import FastLSTM

    expected = r"expects sequences of a known number of steps, \(B, T, F\), received shape \((None|2), None, 3\)"
    with pytest.raises(ValueError, match=expected):
        FastLSTM(4)(keras.Input(shape=(None, 3)))
    layer = FastLSTM(4)
    layer.build((None, 5, 3))
    with pytest.raises(ValueError, match=expected):
        tf.function(layer, autograph=False).get_concrete_function(tf.TensorSpec((2, None, 3)))


def test_a_copy_from_its_configuration_is_the_same_layer() -> None:
    from bench.models.cpu_layers.fast_lstm import FastLSTM

    layer = FastLSTM(4, num_parts=3, activation="relu", return_sequences=True)
    copy = FastLSTM.from_config(layer.get_config())
    assert (copy.units, copy.num_parts, copy.activation.__name__, copy.return_sequences) == (4, 3, "relu", True)


@pytest.mark.parametrize(
    ("stock", "fast", "num_examples"),
    [(build_lstm, build_lstm_fast, 24), (build_lstm_cpu, build_lstm_cpu_fast, 20)],
    ids=["with a ragged batch", "batches of one size"],
)
def test_the_networks_learn_the_same_from_the_same_start(stock, fast, num_examples) -> None:
    import keras

    generator = np.random.default_rng(0)
    x = generator.random((num_examples, 7, 5), dtype="float32")
    y = generator.integers(0, 3, num_examples)
    losses = []
    for build in (stock, fast):
        keras.utils.set_random_seed(1)
        model = build((7, 5), 3, units=6)
        compile_model(model)
        losses.append(model.fit(x, y, batch_size=10, epochs=2, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)


@pytest.mark.parametrize("build", [build_lstm_fast, build_lstm_cpu_fast])
def test_the_trace_shows_the_compiled_loop(build) -> None:
    model = build((7, 5), 3, units=6)
    paths = resolve_execution(model, (7, 5)).layer_paths
    assert [(path.layer, path.path) for path in paths] == [("lstm_1", "compiled loop"), ("lstm_2", "compiled loop")]
    assert "XlaMustCompile" in paths[0].evidence
