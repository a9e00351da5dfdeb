"""One LSTM layer that reads each sequence from both ends."""

from __future__ import annotations

from typing import Any

DEFAULT_UNITS = 64
_SEQUENCE_RANK = 2


def build_lstm_both_ways(
    input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS, unroll: bool = False
) -> Any:
    """Build a bidirectional LSTM layer, whose two last states are joined, and a softmax.

    Keras builds both directions anew from the layer's configuration, which does not keep `use_cudnn`: it is Keras'
    default in both, and the report says which kernel ran in each.

    Source: A. Graves, J. Schmidhuber, Framewise phoneme classification with bidirectional LSTM and other neural network
    architectures, Neural Networks 18(5–6), 2005.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the softmax.
        units: width of each direction.
        unroll: lay the steps out one after the other in place of a loop.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape(input_shape)
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),  # (29, 12)
            keras.layers.Bidirectional(
                keras.layers.LSTM(units, unroll=unroll, name="lstm"), name="both_ways"
            ),  # (128,)
            # Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.
            keras.layers.Dense(
                num_classes, activation="softmax", name="dense_out", dtype=keras.config.dtype_policy().variable_dtype
            ),  # (9,)
        ],
        name="lstm_both_ways",
    )


def _check_shape(input_shape: tuple[int, ...]) -> None:
    if len(input_shape) != _SEQUENCE_RANK:
        raise ValueError(
            f"model 'lstm-both-ways' expects examples of shape (steps, features), received {input_shape}; "
            "choose a data set of sequences or of images with one channel"
        )


NETWORKS = {
    "lstm-both-ways": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "one bidirectional LSTM layer of 64 units each way",
        "default_epochs": 3,
        "build": "build_lstm_both_ways",
        "options": ["units", "unroll"],
    },
}
