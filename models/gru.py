"""Two layers of gated recurrent units, which cuDNN can run."""

from __future__ import annotations

from typing import Any

DEFAULT_UNITS = 64
_SEQUENCE_RANK = 2


def build_gru(
    input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS, unroll: bool = False
) -> Any:
    """Build two GRU layers and a softmax; `use_cudnn` stays Keras' default, and the report says which kernel ran.

    Source: K. Cho and others, Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
    Translation, EMNLP 2014, arXiv:1406.1078, with the reset gate behind the product, as cuDNN has it.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the softmax.
        units: width of both GRU layers.
        unroll: lay the steps out one after the other in place of a loop.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape(input_shape)
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),  # (29, 12)
            keras.layers.GRU(units, return_sequences=True, unroll=unroll, name="gru_1"),  # (29, 64)
            keras.layers.GRU(units, unroll=unroll, name="gru_2"),  # (64,)
            # Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.
            keras.layers.Dense(
                num_classes, activation="softmax", name="dense_out", dtype=keras.config.dtype_policy().variable_dtype
            ),  # (9,)
        ],
        name="gru",
    )


def _check_shape(input_shape: tuple[int, ...]) -> None:
    if len(input_shape) != _SEQUENCE_RANK:
        raise ValueError(
            f"model 'gru' expects examples of shape (steps, features), received {input_shape}; choose a data set of "
            "sequences or of images with one channel"
        )


NETWORKS = {
    "gru": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "two layers of 64 gated recurrent units",
        "default_epochs": 3,
        "build": "build_gru",
        "options": ["units", "unroll"],
    },
}
