# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from typing import Any

import pytest

from bench.models.cnn import build_cnn
from bench.models.lstm import build_lstm, build_lstm_cpu, build_lstm_fast
from bench.networks.flops import (
    LayerSheet,
    Products,
    count_params,
    count_products,
    count_training_flops,
    describe_layers,
)

pytestmark = pytest.mark.training


def test_the_lstm_costs_the_flops_worked_by_hand() -> None:
    # forward, 2 FLOPs a multiply-add, 28 steps, 4·128 = 512 gate units:
    #   LSTM 1: input 2·28·(28·512) = 802,816; state 2·28·(128·512) = 3,670,016
    #   LSTM 2: 2·28·((128+128)·512) = 7,340,032; Dense 2·128·32 = 8,192 and 2·32·10 = 640
    forward = 802_816 + 3_670_016 + 7_340_032 + 8_192 + 640
    # backward twice that, but nobody needs the gradient of the pixels: 3·11,821,696 − 802,816
    model = build_lstm((28, 28), 10)
    assert count_training_flops(model) == 3 * forward - 802_816 == 34_662_272
    assert count_params(model) == 216_426


def test_the_cnn_costs_the_flops_worked_by_hand() -> None:
    # forward: 2·26·26·(9·64) = 778,752; 2·11·11·(9·64·64) = 8,921,088; 2·1600·64 = 204,800; 2·64·10 = 1,280
    # together 9,905,920
    # training: 2·778,752 + 3·(8,921,088 + 204,800 + 1,280)
    assert count_training_flops(build_cnn((28, 28, 1), 10)) == 28_939_008


def test_a_faster_twin_costs_what_its_network_costs() -> None:
    assert count_training_flops(build_lstm_fast((28, 28), 10)) == 34_662_272


def test_unrolling_costs_the_same_products() -> None:
    assert count_training_flops(build_lstm((6, 4), 3, units=5, unroll=True)) == count_training_flops(
        build_lstm_cpu((6, 4), 3, units=5)
    )


def _layer_products(make: Any, shape: tuple[int | None, ...]) -> Products | None:
    import keras

    layer = make(keras.layers)
    layer(keras.Input(shape=shape))
    return count_products(layer)


@pytest.mark.parametrize(
    ("make", "shape", "expected"),
    [
        # 7 steps, 3 gates of 5 units, 4 features: input 2·7·(4·15) = 840, state 2·7·(5·15) = 1,050
        (lambda layers: layers.GRU(5), (7, 4), Products(1_890, 840)),
        # one gate: input 2·7·20 = 280, state 2·7·25 = 350
        (lambda layers: layers.SimpleRNN(5), (7, 4), Products(630, 280)),
        # twice an LSTM with 4 gates: input 2·(2·7·80) = 2,240, state 2·(2·7·100) = 2,800
        (lambda layers: layers.Bidirectional(layers.LSTM(5)), (7, 4), Products(5_040, 2_240)),
        # 7 − 3 + 1 = 5 positions: 2·5·(3·4·6) = 720
        (lambda layers: layers.Conv1D(6, 3), (7, 4), Products(720, 720)),
        # two groups halve the input channels of each filter: 2·5·(3·2·6) = 360
        (lambda layers: layers.Conv1D(6, 3, groups=2), (7, 4), Products(360, 360)),
        # 4·4 positions of 6·6 with 3×3: 2·16·(9·2·3) = 1,728
        (lambda layers: layers.Conv2D(3, 3), (6, 6, 2), Products(1_728, 1_728)),
        # stride 2 leaves 2·2 positions: 2·4·54 = 432
        (lambda layers: layers.Conv2D(3, 3, strides=2), (6, 6, 2), Products(432, 432)),
        # each of 2 channels by its own 3×3: 2·16·18 = 576
        (lambda layers: layers.DepthwiseConv2D(3), (6, 6, 2), Products(576, 576)),
        # then 1×1 from 2 to 3 channels: 2·16·6 = 192
        (lambda layers: layers.SeparableConv2D(3, 3), (6, 6, 2), Products(768, 576)),
        # each of the 6·6 input positions by 3×3 from 2 to 3 channels: 2·36·54 = 3,888
        (lambda layers: layers.Conv2DTranspose(3, 3), (6, 6, 2), Products(3_888, 3_888)),
        # the same matrix at each of 7 steps: 2·7·(4·5) = 280
        (lambda layers: layers.Dense(5), (7, 4), Products(280, 280)),
        (lambda layers: layers.MaxPooling2D(2), (6, 6, 2), Products(0, 0)),
        (lambda layers: layers.BatchNormalization(), (6, 6, 2), Products(0, 0)),
        (lambda layers: layers.Dropout(0.5), (4,), Products(0, 0)),
    ],
)
def test_each_layer_costs_its_products_worked_by_hand(make, shape, expected) -> None:
    assert _layer_products(make, shape) == expected


def _own_dense(layers: Any) -> Any:
    class Dense(layers.Dense):
        pass

    return Dense(5)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda layers: layers.Attention(), None),
        (lambda layers: layers.TimeDistributed(layers.Dense(3)), (7, 4)),
        (lambda layers: layers.LSTM(5), (None, 4)),
        (lambda layers: layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.LSTMCell(3)])), (7, 4)),
        (_own_dense, (4,)),
    ],
    ids=["no rule", "a wrapper without a rule", "open number of steps", "stacked cells", "a user's subclass"],
)
def test_a_layer_that_cannot_be_counted_has_no_figure_rather_than_zero(make, shape) -> None:
    import keras

    if shape is None:
        layer = make(keras.layers)
        layer([keras.Input(shape=(7, 4)), keras.Input(shape=(7, 4))])
        assert count_products(layer) is None
    else:
        assert _layer_products(make, shape) is None


def test_one_unknown_layer_leaves_the_network_without_a_figure() -> None:
    import keras

    wrapped = keras.layers.TimeDistributed(keras.layers.Dense(3))
    model = keras.Sequential([keras.Input(shape=(7, 4)), wrapped, keras.layers.Flatten(), keras.layers.Dense(2)])
    assert count_training_flops(model) is None
    assert [layer.flops for layer in describe_layers(model)] == [None, 0, 84]  # 2·21·2


def test_a_layer_used_twice_has_no_figure() -> None:
    import keras

    shared = keras.layers.Dense(4)
    inputs = keras.Input(shape=(4,))
    assert count_training_flops(keras.Model(inputs, shared(shared(inputs)))) is None


def test_a_frozen_first_layer_costs_one_forward_pass_only() -> None:
    # 2·8·4 = 64 forward; behind it 2·4·2 = 16 forward and 16 for its weights, no gradient passes further back
    import keras

    model = keras.Sequential([keras.Input(shape=(8,)), keras.layers.Dense(4), keras.layers.Dense(2)])
    model.layers[0].trainable = False
    assert count_training_flops(model) == 64 + 32


def test_a_frozen_layer_in_between_passes_the_gradient_on() -> None:
    # 2·8·4 = 64 twice; frozen 2·4·4 = 32 twice; last 2·4·2 = 16 three times
    import keras

    layers = [keras.layers.Dense(4), keras.layers.Dense(4), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input(shape=(8,)), *layers])
    layers[1].trainable = False
    assert count_training_flops(model) == 128 + 64 + 48


def test_the_sheet_lists_each_layer_with_nested_models_unfolded() -> None:
    import keras

    inner = keras.Sequential([keras.Input(shape=(6, 6, 1)), keras.layers.Conv2D(2, 3, name="conv")], name="inner")
    model = keras.Sequential([keras.Input(shape=(6, 6, 1)), inner, keras.layers.Flatten(name="flat")])
    assert describe_layers(model) == (
        LayerSheet(name="conv", kind="Conv2D", output_shape=(4, 4, 2), num_params=20, flops=576),  # 2·16·(9·2)
        LayerSheet(name="flat", kind="Flatten", output_shape=(32,), num_params=0, flops=0),
    )


def test_the_lstms_sheet_has_the_figures_of_the_tutorials_layers() -> None:
    sheet = describe_layers(build_lstm((28, 28), 10))
    assert sheet[0] == LayerSheet(
        name="lstm_1", kind="LSTM", output_shape=(28, 128), num_params=80_384, flops=4_472_832
    )
    assert sheet[1] == LayerSheet(name="dropout_1", kind="Dropout", output_shape=(28, 128), num_params=0, flops=0)
    assert sum(layer.num_params for layer in sheet) == 216_426
