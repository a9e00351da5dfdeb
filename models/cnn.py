"""The convolutional networks: three hidden layers as in the tutorial's series, its faster twin, and a deep one."""

from __future__ import annotations

from typing import Any

DEFAULT_FILTERS = 64
DEFAULT_DEEP_FILTERS = 32
DEFAULT_DEPTH = 6
MINIMUM_SIDE = 10  # 10 → 8 → 4 → 2 → 1 through two 3×3 convolutions, each with a pooling by 2
MINIMUM_DEEP_SIDE = 4  # padded convolutions keep the size; two poolings by 2 leave one row
_DENSE_UNITS = 64
_NUM_STAGES = 3
_IMAGE_RANK = 3


def build_cnn(
    input_shape: tuple[int, ...],
    num_classes: int,
    *,
    filters: int = DEFAULT_FILTERS,
    activation: str = "relu",
    output_activation: str = "softmax",
) -> Any:
    """Build two convolutions with pooling and one hidden dense layer.

    Args:
        input_shape: (rows, columns, channels) of one example, at least 10 rows and columns.
        num_classes: width of the output.
        filters: output channels of both convolutions.
        activation: of both convolutions and the hidden dense layer.
        output_activation: `softmax`, or `sigmoid` as for two classes: the loss divides the outputs by their sum.

    Raises:
        ValueError: `input_shape` is not an image, or too small for two poolings.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape("cnn", input_shape, MINIMUM_SIDE)
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),  # (28, 28, 1)
            keras.layers.Conv2D(filters, 3, activation=activation, name="conv_1"),  # (26, 26, 64)
            keras.layers.MaxPooling2D(2, name="pool_1"),  # (13, 13, 64)
            keras.layers.Conv2D(filters, 3, activation=activation, name="conv_2"),  # (11, 11, 64)
            keras.layers.MaxPooling2D(2, name="pool_2"),  # (5, 5, 64)
            keras.layers.Flatten(name="flatten"),  # (1600,)
            keras.layers.Dense(_DENSE_UNITS, activation=activation, name="dense_1"),  # (64,)
            _build_output(num_classes, output_activation),  # (10,)
        ],
        name="cnn",
    )


def build_cnn_fast(
    input_shape: tuple[int, ...],
    num_classes: int,
    *,
    filters: int = DEFAULT_FILTERS,
    activation: str = "relu",
    output_activation: str = "softmax",
) -> Any:
    """Build the same function as `build_cnn` with the same weights: batches in parts, biases after the pooling.

    Args and raises as `build_cnn`.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    from .cpu_layers.bias_activation import BiasActivation  # noqa: PLC0415 - it imports Keras
    from .cpu_layers.parted_sequential import PartedSequential  # noqa: PLC0415 - it imports Keras

    _check_shape("cnn-fast", input_shape, MINIMUM_SIDE)
    return PartedSequential(
        [
            keras.Input(shape=input_shape),  # (28, 28, 1)
            keras.layers.Conv2D(filters, 3, use_bias=False, name="conv_1"),  # (26, 26, 64)
            keras.layers.MaxPooling2D(2, name="pool_1"),  # (13, 13, 64)
            BiasActivation(activation, name="bias_1"),
            keras.layers.Conv2D(filters, 3, use_bias=False, name="conv_2"),  # (11, 11, 64)
            keras.layers.MaxPooling2D(2, name="pool_2"),  # (5, 5, 64)
            BiasActivation(activation, name="bias_2"),
            keras.layers.Flatten(name="flatten"),  # (1600,)
            keras.layers.Dense(_DENSE_UNITS, activation=activation, name="dense_1"),  # (64,)
            _build_output(num_classes, output_activation),  # (10,)
        ],
        name="cnn_fast",
    )


def build_cnn_deep(
    input_shape: tuple[int, ...],
    num_classes: int,
    *,
    filters: int = DEFAULT_DEEP_FILTERS,
    depth: int = DEFAULT_DEPTH,
) -> Any:
    """Build `depth` padded 3×3 convolutions in three stages, each followed by batch normalisation and relu.

    The stages hold filters, 2·filters and 4·filters channels, a pooling by 2 stands between them, and the last stage
    ends in global average pooling, as in VGG (Simonyan and Zisserman 2015) with batch normalisation.

    Args:
        input_shape: (rows, columns, channels) of one example, at least 4 rows and columns.
        num_classes: width of the softmax.
        filters: output channels of the first stage.
        depth: number of convolutions, at least 6; where it is no multiple of 3 the earlier stages have one more.

    Raises:
        ValueError: `input_shape` is not an image or too small, or `depth` is below 6.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape("cnn-deep", input_shape, MINIMUM_DEEP_SIDE)
    if depth < DEFAULT_DEPTH:
        raise ValueError(
            f"model 'cnn-deep' expects a depth of at least {DEFAULT_DEPTH}, received {depth}; for a shallow network "
            "choose --model cnn"
        )
    layers: list[Any] = [keras.Input(shape=input_shape)]
    for stage in range(_NUM_STAGES):
        for number in range(1, _num_convolutions(depth, stage) + 1):
            layers += _build_block(filters * 2**stage, f"{stage + 1}_{number}")
        if stage < _NUM_STAGES - 1:
            layers.append(keras.layers.MaxPooling2D(2, name=f"pool_{stage + 1}"))
    layers += [keras.layers.GlobalAveragePooling2D(name="pool_3"), _build_output(num_classes)]
    return keras.Sequential(layers, name="cnn_deep")


def _num_convolutions(depth: int, stage: int) -> int:
    return depth // _NUM_STAGES + (stage < depth % _NUM_STAGES)


def _build_block(filters: int, suffix: str) -> list[Any]:
    """Convolution, normalisation, relu; the normalisation's shift makes the convolution's bias superfluous."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    return [
        keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv_{suffix}"),
        keras.layers.BatchNormalization(name=f"norm_{suffix}"),
        keras.layers.ReLU(name=f"relu_{suffix}"),
    ]


def _build_output(num_classes: int, activation: str = "softmax") -> Any:
    """Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.

    Keras' loss takes the logits of a layer's own activation and its softmax, whatever the activation: a sigmoid would
    train as a softmax to the last bit. Of what another operation returns it knows no logits.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    dtype = keras.config.dtype_policy().variable_dtype
    acting = activation if activation == "softmax" else _acting(activation)
    return keras.layers.Dense(num_classes, activation=acting, name="dense_out", dtype=dtype)


def _acting(name: str) -> Any:
    """Return an activation by its name whose outputs, and not its inputs, enter the loss."""
    import keras  # noqa: PLC0415 - as above

    activation = keras.activations.get(name)

    def act(logits: Any) -> Any:
        return keras.ops.multiply(activation(logits), 1.0)

    act.__name__ = name
    return act


def _check_shape(name: str, input_shape: tuple[int, ...], minimum: int) -> None:
    if len(input_shape) != _IMAGE_RANK:
        raise ValueError(
            f"model {name!r} expects examples of shape (rows, columns, channels), received {input_shape}; "
            "choose a data set of images"
        )
    if min(input_shape[:2]) < minimum:
        raise ValueError(
            f"model {name!r} expects images of at least {minimum} rows and {minimum} columns, received "
            f"{input_shape[0]} × {input_shape[1]}; choose larger images, or another model: cnn-1d for series"
        )


NETWORKS = {
    "cnn": {
        "family": "convolutional",
        "layout": "image",
        "summary": "shallow CNN of three hidden layers: Conv 64, Conv 64, Dense 64",
        "default_epochs": 10,
        "build": "build_cnn",
        "options": ["activation", "filters", "output_activation"],
        "caveat": "the tutorial does not show its CNN; this is the shape that its series uses",
    },
    "cnn-deep": {
        "family": "convolutional",
        "layout": "image",
        "summary": "deep CNN of at least six convolutions with batch normalisation, for the depth hypothesis",
        "default_epochs": 10,
        "build": "build_cnn_deep",
        "options": ["depth", "filters"],
        "caveat": "not part of the tutorial, which only supposes that a deeper network would do better",
    },
    "cnn-fast": {
        "family": "convolutional",
        "layout": "image",
        "summary": "cnn in parts of a batch, pooling before bias and activation: same weights, same outputs",
        "default_epochs": 10,
        "build": "build_cnn_fast",
        "options": ["activation", "filters", "output_activation"],
        "caveat": "at its best with one thread within an operation, which `bench tune` finds",
        "twin_of": "cnn",
        "runs_parts": True,
    },
}
