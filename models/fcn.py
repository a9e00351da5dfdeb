"""The fully convolutional network that Wang, Yan and Oates set as the baseline for classifying time series."""

from __future__ import annotations

from typing import Any

DEFAULT_FILTERS = 128
_KERNEL_SIZES = (8, 5, 3)
_WIDTHS = (1, 2, 1)  # in multiples of the filters
_SEQUENCE_RANK = 2


def build_fcn(input_shape: tuple[int, ...], num_classes: int, *, filters: int = DEFAULT_FILTERS) -> Any:
    """Build three padded convolutions, each with batch normalisation and relu, and the average over time.

    Source: Z. Wang, W. Yan, T. Oates, Time Series Classification from Scratch with Deep Neural Networks: A Strong
    Baseline, IJCNN 2017, arXiv:1611.06455.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the softmax.
        filters: output channels of the first and the third convolution; the second has twice as many.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape(input_shape)
    layers: list[Any] = [keras.Input(shape=input_shape)]  # (29, 12)
    for number, (size, width) in enumerate(zip(_KERNEL_SIZES, _WIDTHS, strict=True), start=1):
        layers += [
            # The normalisation's shift makes the convolution's bias superfluous.
            keras.layers.Conv1D(filters * width, size, padding="same", use_bias=False, name=f"conv_{number}"),
            keras.layers.BatchNormalization(name=f"norm_{number}"),
            keras.layers.ReLU(name=f"relu_{number}"),  # (29, 128), (29, 256), (29, 128)
        ]
    # Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.
    own_type = keras.config.dtype_policy().variable_dtype
    layers += [
        keras.layers.GlobalAveragePooling1D(name="pool"),  # (128,)
        keras.layers.Dense(num_classes, activation="softmax", name="dense_out", dtype=own_type),  # (9,)
    ]
    return keras.Sequential(layers, name="fcn")


def _check_shape(input_shape: tuple[int, ...]) -> None:
    if len(input_shape) != _SEQUENCE_RANK:
        raise ValueError(
            f"model 'fcn' expects examples of shape (steps, features), received {input_shape}; choose a data set of "
            "sequences or of images with one channel"
        )


NETWORKS = {
    "fcn": {
        "family": "convolutional",
        "layout": "sequence",
        "summary": "fully convolutional network of Wang, Yan and Oates: Conv 128, 256, 128 with batch normalisation",
        "default_epochs": 10,
        "build": "build_fcn",
        "options": ["filters"],
    },
}
