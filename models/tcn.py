"""The generic temporal convolutional network: causal convolutions whose dilation doubles from block to block."""

from __future__ import annotations

from typing import Any

DEFAULT_FILTERS = 64
_KERNEL_SIZE = 3
_CONVOLUTIONS_A_BLOCK = 2
_DROPOUT = 0.2
_SEQUENCE_RANK = 2


def build_tcn(input_shape: tuple[int, ...], num_classes: int, *, filters: int = DEFAULT_FILTERS) -> Any:
    """Build as many residual blocks as it takes for the last step to see the whole sequence, and a softmax on it.

    Source: S. Bai, J. Z. Kolter, V. Koltun, An Empirical Evaluation of Generic Convolutional and Recurrent Networks for
    Sequence Modeling, 2018, arXiv:1803.01271, section 3; without its weight normalisation, which Keras does not have.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the softmax.
        filters: output channels of every convolution.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape(input_shape)
    inputs = keras.Input(shape=input_shape)  # (29, 12)
    outputs = inputs
    for number in range(count_blocks(input_shape[0])):
        outputs = _add_block(outputs, filters, number)  # (29, 64)
    last = keras.layers.Cropping1D((input_shape[0] - 1, 0), name="last_step")(outputs)  # (1, 64)
    # Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.
    own_type = keras.config.dtype_policy().variable_dtype
    flat = keras.layers.Flatten(name="flatten")(last)  # (64,)
    classes = keras.layers.Dense(num_classes, activation="softmax", name="dense_out", dtype=own_type)(flat)  # (9,)
    return keras.Model(inputs, classes, name="tcn")


def count_blocks(num_steps: int) -> int:
    """Return the smallest number of blocks whose last step sees `num_steps` steps; each doubles the dilation."""
    num_blocks = 1
    while 1 + _CONVOLUTIONS_A_BLOCK * (_KERNEL_SIZE - 1) * (2**num_blocks - 1) < num_steps:
        num_blocks += 1
    return num_blocks


def _add_block(inputs: Any, filters: int, number: int) -> Any:
    """Convolve, act and drop twice, and add the input, through a 1×1 convolution where its width is another."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    outputs = inputs
    for half in range(1, _CONVOLUTIONS_A_BLOCK + 1):
        suffix = f"{number + 1}_{half}"
        outputs = keras.layers.Conv1D(
            filters, _KERNEL_SIZE, padding="causal", dilation_rate=2**number, activation="relu", name=f"conv_{suffix}"
        )(outputs)
        outputs = keras.layers.SpatialDropout1D(_DROPOUT, name=f"dropout_{suffix}")(outputs)
    if inputs.shape[-1] != filters:
        inputs = keras.layers.Conv1D(filters, 1, name=f"widen_{number + 1}")(inputs)
    return keras.layers.ReLU(name=f"relu_{number + 1}")(keras.layers.Add(name=f"add_{number + 1}")([outputs, inputs]))


def _check_shape(input_shape: tuple[int, ...]) -> None:
    if len(input_shape) != _SEQUENCE_RANK:
        raise ValueError(
            f"model 'tcn' expects examples of shape (steps, features), received {input_shape}; choose a data set of "
            "sequences or of images with one channel"
        )


NETWORKS = {
    "tcn": {
        "family": "convolutional",
        "layout": "sequence",
        "summary": "generic temporal convolutional network: residual blocks of dilated causal convolutions",
        "default_epochs": 10,
        "build": "build_tcn",
        "options": ["filters"],
        "caveat": "without the weight normalisation of its paper; as many blocks as the length of the series asks for",
    },
}
