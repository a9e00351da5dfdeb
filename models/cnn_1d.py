"""The shallow convolutional network for sequences: the counterpart of `cnn`, three hidden layers along time."""

from __future__ import annotations

from typing import Any

DEFAULT_FILTERS = 64
_DENSE_UNITS = 64
_KERNEL_SIZE = 3
_SEQUENCE_RANK = 2


def build_cnn_1d(
    input_shape: tuple[int, ...], num_classes: int, *, filters: int = DEFAULT_FILTERS, activation: str = "relu"
) -> Any:
    """Build two padded convolutions along time, the maximum over time, and one hidden dense layer.

    The maximum over time is Kim's (Convolutional Neural Networks for Sentence Classification, EMNLP 2014): it takes
    sequences of any length, where `cnn` flattens an image of a fixed size.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the softmax.
        filters: output channels of both convolutions.
        activation: of both convolutions and the hidden dense layer.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape(input_shape)
    convolution = {"padding": "same", "activation": activation}
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),  # (29, 12)
            keras.layers.Conv1D(filters, _KERNEL_SIZE, name="conv_1", **convolution),  # (29, 64)
            keras.layers.Conv1D(filters, _KERNEL_SIZE, name="conv_2", **convolution),  # (29, 64)
            keras.layers.GlobalMaxPooling1D(name="pool"),  # (64,)
            keras.layers.Dense(_DENSE_UNITS, activation=activation, name="dense_1"),  # (64,)
            # Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.
            keras.layers.Dense(
                num_classes, activation="softmax", name="dense_out", dtype=keras.config.dtype_policy().variable_dtype
            ),  # (9,)
        ],
        name="cnn_1d",
    )


def _check_shape(input_shape: tuple[int, ...]) -> None:
    if len(input_shape) != _SEQUENCE_RANK:
        raise ValueError(
            f"model 'cnn-1d' expects examples of shape (steps, features), received {input_shape}; choose a data set of "
            "sequences or of images with one channel"
        )


NETWORKS = {
    "cnn-1d": {
        "family": "convolutional",
        "layout": "sequence",
        "summary": "shallow CNN along time, the counterpart of cnn: Conv 64, Conv 64, maximum over time, Dense 64",
        "default_epochs": 10,
        "build": "build_cnn_1d",
        "options": ["activation", "filters"],
    },
}
