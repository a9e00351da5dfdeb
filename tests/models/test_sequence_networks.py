# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected
"""The networks for sequences: hand-worked parameters and FLOPs, for Japanese vowels' 29 steps of 12 features."""

import pytest

from bench.models.cnn_1d import build_cnn_1d
from bench.models.fcn import build_fcn
from bench.models.gru import build_gru
from bench.models.lstm_both_ways import build_lstm_both_ways
from bench.models.tcn import build_tcn, count_blocks
from bench.networks.flops import count_training_flops

pytestmark = pytest.mark.training

STEPS, FEATURES, CLASSES = 29, 12, 9
BUILDERS = [build_cnn_1d, build_fcn, build_gru, build_lstm_both_ways, build_tcn]


def build(builder):
    return builder((STEPS, FEATURES), CLASSES)


# A forward product of n multiply-adds is 2n FLOPs. Training repeats it for the weights' gradient and, behind the first
# layer that learns, for the input's; the product of a recurrent layer's own state is repeated for both in every layer.
def test_the_shallow_network_has_19465_parameters_and_its_hand_worked_flops() -> None:
    # 64·(3·12+1) + 64·(3·64+1) + 64·(64+1) + 9·(64+1) = 2,368 + 12,352 + 4,160 + 585
    model = build(build_cnn_1d)
    assert model.count_params() == 19_465
    first, second, dense = 2 * 29 * 3 * 12 * 64, 2 * 29 * 3 * 64 * 64, 2 * (64 * 64 + 64 * 9)
    assert (first, second, dense) == (133_632, 712_704, 9_344)
    assert count_training_flops(model) == 2 * first + 3 * (second + dense) == 2_433_408


def test_the_fully_convolutional_network_has_277641_parameters_and_its_hand_worked_flops() -> None:
    # kernels without bias 8·12·128 + 5·128·256 + 3·256·128, four values a channel, softmax 9·(128+1)
    model = build(build_fcn)
    kernels = (12_288, 163_840, 98_304)
    assert model.count_params() == sum(kernels) + 4 * (128 + 256 + 128) + 9 * 129 == 277_641
    first, second, third = (2 * 29 * kernel for kernel in kernels)
    assert count_training_flops(model) == 2 * first + 3 * (second + third + 2 * 128 * 9) == 47_045_376


def test_the_gated_network_has_40521_parameters_and_its_hand_worked_flops() -> None:
    # three gates of 12 or 64 inputs, 64 states and two biases each; softmax 9·(64+1)
    model = build(build_gru)
    assert model.count_params() == 3 * 64 * (12 + 64 + 2) + 3 * 64 * (64 + 64 + 2) + 585 == 40_521
    from_input, from_state = 2 * 29 * 12 * 192, 2 * 29 * 64 * 192
    first, second = 2 * from_input + 3 * from_state, 3 * (2 * from_state)
    assert count_training_flops(model) == first + second + 3 * 2 * 64 * 9 == 6_685_056


def test_both_directions_count_with_40585_parameters_and_their_hand_worked_flops() -> None:
    # two directions of four gates of 12 inputs, 64 states and a bias each; softmax 9·(128+1)
    model = build(build_lstm_both_ways)
    assert model.count_params() == 2 * 4 * 64 * (12 + 64 + 1) + 9 * 129 == 40_585
    from_input, from_state = 2 * 2 * 29 * 12 * 256, 2 * 2 * 29 * 64 * 256
    assert count_training_flops(model) == 2 * from_input + 3 * from_state + 3 * 2 * 128 * 9 == 6_421_248


def test_the_temporal_network_has_65545_parameters_and_its_hand_worked_flops() -> None:
    # three blocks of two convolutions, the first 3·12 wide, one of 12 for the sum, softmax 9·(64+1)
    model = build(build_tcn)
    assert model.count_params() == 64 * (3 * 12 + 1) + 5 * 64 * (3 * 64 + 1) + 64 * (12 + 1) + 585 == 65_545
    first, others, widen = 2 * 29 * 3 * 12 * 64, 5 * 2 * 29 * 3 * 64 * 64, 2 * 29 * 12 * 64
    # The branch that widens the input is taken to pass a gradient on: see `count_training_flops`.
    assert count_training_flops(model) == 2 * first + 3 * (others + widen + 2 * 64 * 9) == 11_094_912


@pytest.mark.parametrize(("num_steps", "num_blocks"), [(1, 1), (5, 1), (6, 2), (13, 2), (14, 3), (29, 3), (30, 4)])
def test_the_temporal_network_has_as_many_blocks_as_its_last_step_needs_to_see_the_first(
    num_steps: int, num_blocks: int
) -> None:
    # 1 + 2·2·(2^blocks − 1) steps: 5, 13, 29, 61
    assert count_blocks(num_steps) == num_blocks


def test_the_last_step_of_the_temporal_network_sees_the_first_and_no_step_sees_a_later_one() -> None:
    import keras

    keras.utils.set_random_seed(1)  # of few filters, some draws let no change through every rectifier
    model = build_tcn((14, 1), 2, filters=16)
    inputs = keras.random.normal((1, 14, 1), seed=1)
    changed = keras.ops.concatenate([inputs[:, :1] + 1.0, inputs[:, 1:]], axis=1)
    assert abs(model(inputs) - model(changed)).numpy().max() > 0
    hidden = keras.Model(model.inputs, model.get_layer("relu_3").output)
    later = keras.ops.concatenate([inputs[:, :-1], inputs[:, -1:] + 1.0], axis=1)
    assert abs(hidden(inputs) - hidden(later))[:, :-1].numpy().max() == 0


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_series_of_one_step_is_enough(builder) -> None:
    assert builder((1, 3), 4).output_shape == (None, 4)


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_image_is_refused_with_what_was_expected(builder) -> None:
    with pytest.raises(ValueError, match=r"expects examples of shape \(steps, features\), received \(28, 28, 1\)"):
        builder((28, 28, 1), 10)


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_softmax_keeps_its_precision_under_half_precision(builder) -> None:
    import keras

    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build(builder)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.layers[-1].compute_dtype == "float32"
