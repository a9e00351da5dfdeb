# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import numpy as np
import pytest

from bench.models.cnn import build_cnn, build_cnn_deep

pytestmark = pytest.mark.training


def test_the_shallow_network_has_three_hidden_layers_and_140682_parameters() -> None:
    # 64·(9+1) + 64·(9·64+1) + 64·(5·5·64+1) + 10·(64+1) = 640 + 36,928 + 102,464 + 650
    model = build_cnn((28, 28, 1), 10)
    assert model.count_params() == 140_682
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]


def test_the_deep_network_has_six_normalised_convolutions_and_289066_parameters() -> None:
    # convolutions without bias: 9·(1·32 + 32·32 + 32·64 + 64·64 + 64·128 + 128·128) = 285,984
    # normalisation, four values a channel: 4·2·(32 + 64 + 128) = 1,792; softmax: 10·(128+1) = 1,290
    model = build_cnn_deep((28, 28, 1), 10)
    assert model.count_params() == 285_984 + 1_792 + 1_290 == 289_066
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds.count("Conv2D") == kinds.count("BatchNormalization") == 6


@pytest.mark.parametrize(("depth", "channels"), [(7, [8, 8, 8, 16, 16, 32, 32]), (9, [8] * 3 + [16] * 3 + [32] * 3)])
def test_depth_counts_the_convolutions_and_the_first_stages_take_the_rest(depth: int, channels: list[int]) -> None:
    model = build_cnn_deep((12, 12, 3), 5, filters=8, depth=depth)
    assert [layer.filters for layer in model.layers if type(layer).__name__ == "Conv2D"] == channels


@pytest.mark.parametrize("shape", [(10, 10, 1), (32, 32, 3), (17, 40, 1)])
def test_the_shallow_network_takes_other_images_from_10_by_10_up(shape: tuple[int, ...]) -> None:
    assert build_cnn(shape, 7, filters=4).output_shape == (None, 7)


def test_the_deep_network_takes_images_from_4_by_4_up() -> None:
    assert build_cnn_deep((4, 4, 1), 7, filters=4).output_shape == (None, 7)


@pytest.mark.parametrize(("build", "minimum"), [(build_cnn, 10), (build_cnn_deep, 4)])
def test_a_smaller_image_is_refused_with_the_size_needed(build, minimum: int) -> None:
    with pytest.raises(
        ValueError, match=f"at least {minimum} rows and {minimum} columns, received 28 × {minimum - 1};"
    ):
        build((28, minimum - 1, 1), 10)


def test_a_sequence_is_refused_with_what_was_expected() -> None:
    with pytest.raises(
        ValueError, match=r"'cnn' expects examples of shape \(rows, columns, channels\), received \(28, 28\)"
    ):
        build_cnn((28, 28), 10)


def test_fewer_than_six_convolutions_are_refused() -> None:
    with pytest.raises(ValueError, match="depth of at least 6, received 5"):
        build_cnn_deep((28, 28, 1), 10, depth=5)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_the_output_has_the_activation_that_is_asked_for(activation: str) -> None:
    output = build_cnn((28, 28, 1), 10, output_activation=activation).layers[-1]
    assert (output.name, output.activation.__name__) == ("dense_out", activation)


def test_the_activation_is_that_of_every_hidden_layer_and_not_of_the_output() -> None:
    model = build_cnn((28, 28, 1), 10, activation="sigmoid")
    used = {layer.name: layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")}
    assert used == {"conv_1": "sigmoid", "conv_2": "sigmoid", "dense_1": "sigmoid", "dense_out": "softmax"}


def test_the_outputs_activation_changes_what_is_learnt() -> None:
    """Keras' loss would take the logits of either, and train the same to the last bit."""
    import keras

    images = np.random.default_rng(0).random((64, 12, 12, 1), dtype=np.float32)
    labels = np.arange(64) % 10
    losses = {}
    for activation in ("softmax", "sigmoid"):
        keras.utils.set_random_seed(0)
        model = build_cnn((12, 12, 1), 10, filters=2, output_activation=activation)
        model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
        losses[activation] = model.fit(images, labels, epochs=1, batch_size=32, verbose=0).history["loss"]
        outputs = model.predict(images, verbose=0)
        expected = -np.log((outputs / outputs.sum(axis=1, keepdims=True))[np.arange(64), labels]).mean()
        assert model.evaluate(images, labels, verbose=0) == pytest.approx(expected, rel=1e-4)
    assert losses["softmax"] != losses["sigmoid"]
