# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import numpy as np
import pytest

from bench.models.lstm import build_lstm, build_lstm_cpu, build_lstm_cudnn

pytestmark = pytest.mark.training


def test_the_tutorials_network_has_its_layers_and_216426_parameters() -> None:
    # 4·128·(28+128+1) + 4·128·(128+128+1) + 32·(128+1) + 10·(32+1) = 80,384 + 131,584 + 4,128 + 330
    model = build_lstm((28, 28), 10)
    assert model.count_params() == 216_426
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["LSTM", "Dropout", "LSTM", "Dropout", "Dense", "Dropout", "Dense"]
    assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [0.2, 0.2, 0.2]


@pytest.mark.parametrize(
    ("build", "activation", "use_cudnn"),
    [(build_lstm, "relu", "auto"), (build_lstm_cudnn, "tanh", True), (build_lstm_cpu, "tanh", False)],
)
def test_each_variant_sets_its_activation_and_whether_cudnn_may_run(build, activation, use_cudnn) -> None:
    for layer in build((28, 28), 10).layers[:3:2]:
        assert layer.activation.__name__ == activation
        assert layer.recurrent_activation.__name__ == "sigmoid"
        assert layer.use_cudnn is use_cudnn or layer.use_cudnn == use_cudnn


def test_the_first_layer_returns_every_step_and_the_second_the_last() -> None:
    model = build_lstm((5, 3), 4, units=6)
    assert model.layers[0].output.shape == (None, 5, 6)
    assert model.layers[2].output.shape == (None, 6)
    assert model.output_shape == (None, 4)


def test_unrolling_changes_no_output() -> None:
    loop, unrolled = build_lstm((4, 3), 5, units=6), build_lstm((4, 3), 5, units=6, unroll=True)
    assert (loop.layers[0].unroll, unrolled.layers[0].unroll) == (False, True)
    unrolled.set_weights(loop.get_weights())
    x = np.random.default_rng(0).random((2, 4, 3), dtype=np.float32)
    np.testing.assert_allclose(unrolled(x), loop(x), rtol=1e-6)


def test_one_tanh_unit_gives_the_output_worked_by_hand() -> None:
    # One unit, one step, input 1, every weight 0 but the cell gate's 1: c = σ(0)·tanh(1), h = σ(0)·tanh(c)
    import keras

    model = build_lstm_cpu((1, 1), 2, units=1)
    first = model.layers[0]
    first.set_weights([np.array([[0, 0, 1, 0]]), np.zeros((1, 4)), np.zeros(4)])
    c = 0.5 * np.tanh(1)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(first(np.ones((1, 1, 1)))), [[[0.5 * np.tanh(c)]]], rtol=1e-6)


def test_under_mixed_precision_the_softmax_is_in_single_precision() -> None:
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_lstm_cpu((4, 3), 5, units=6)
    finally:
        keras.config.set_dtype_policy(before)
    assert (model.layers[0].compute_dtype, model.layers[-1].compute_dtype) == ("bfloat16", "float32")


def test_an_image_is_refused_with_what_was_expected() -> None:
    with pytest.raises(
        ValueError, match=r"'lstm-cudnn' expects examples of shape \(steps, features\), received \(28, 28, 1\)"
    ):
        build_lstm_cudnn((28, 28, 1), 10)
