"""The tutorial's two-layer LSTM, the variants that ask for cuDNN or refuse it, and their faster twins for the CPU.

All share one shape; they differ in the activation, in the layer that runs it, and in `use_cudnn`, which Keras does not
keep in a layer's configuration. So a network is always built here and never cloned.
"""

from __future__ import annotations

from typing import Any, Literal

DEFAULT_UNITS = 128
_DROPOUT = 0.2
_DENSE_UNITS = 32
_SEQUENCE_RANK = 2


def build_lstm(
    input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS, unroll: bool = False
) -> Any:
    """Build the tutorial's network: relu in the cells, so cuDNN can never run it; `use_cudnn` stays Keras' default.

    Args:
        input_shape: (steps, features) of one example.
        num_classes: width of the softmax.
        units: width of both LSTM layers.
        unroll: lay the steps out one after the other in place of a loop.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    return _build("lstm", input_shape, num_classes, units=units, activation="relu", unroll=unroll, use_cudnn="auto")


def build_lstm_cudnn(input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS) -> Any:
    """Build what TF1's `CuDNNLSTM` became: tanh and sigmoid, and Keras raises where the backend has no cuDNN.

    Args and raises as `build_lstm`; there is no `unroll`, since cuDNN runs its own loop.
    """
    return _build("lstm_cudnn", input_shape, num_classes, units=units, activation="tanh", unroll=False, use_cudnn=True)


def build_lstm_cpu(
    input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS, unroll: bool = False
) -> Any:
    """Build the same function as `build_lstm_cudnn` with the same weights, kept away from cuDNN.

    Args and raises as `build_lstm`.
    """
    return _build("lstm_cpu", input_shape, num_classes, units=units, activation="tanh", unroll=unroll, use_cudnn=False)


def build_lstm_fast(input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS) -> Any:
    """Build the same function as `build_lstm` with the same weights, on `cpu_layers.fast_lstm`; TensorFlow alone.

    Args as `build_lstm`; there is no `unroll`, since the loop is compiled.

    Raises:
        ValueError: `input_shape` is not (steps, features).
    """
    return _build_fast("lstm_fast", input_shape, num_classes, units=units, activation="relu")


def build_lstm_cpu_fast(input_shape: tuple[int, ...], num_classes: int, *, units: int = DEFAULT_UNITS) -> Any:
    """Build the same function as `build_lstm_cpu` with the same weights; args and raises as `build_lstm_fast`."""
    return _build_fast("lstm_cpu_fast", input_shape, num_classes, units=units, activation="tanh")


def _build_fast(name: str, input_shape: tuple[int, ...], num_classes: int, *, units: int, activation: str) -> Any:
    from .cpu_layers.fast_lstm import FastLSTM  # noqa: PLC0415 - it imports TensorFlow

    return _build(
        name,
        input_shape,
        num_classes,
        units=units,
        activation=activation,
        unroll=False,
        use_cudnn=False,
        recurrent_layer=FastLSTM,
    )


def _build(
    name: str,
    input_shape: tuple[int, ...],
    num_classes: int,
    *,
    units: int,
    activation: str,
    unroll: bool,
    use_cudnn: Literal["auto"] | bool,
    recurrent_layer: Any = None,
) -> Any:
    """Stack the layers; the shape comments are of one example with the tutorial's sizes."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    _check_shape(name, input_shape)
    recurrent = recurrent_layer or keras.layers.LSTM
    cell = {"activation": activation, "recurrent_activation": "sigmoid", "unroll": unroll, "use_cudnn": use_cudnn}
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),  # (28, 28)
            recurrent(units, return_sequences=True, name="lstm_1", **cell),  # (28, 128)
            keras.layers.Dropout(_DROPOUT, name="dropout_1"),
            recurrent(units, name="lstm_2", **cell),  # (128,)
            keras.layers.Dropout(_DROPOUT, name="dropout_2"),
            keras.layers.Dense(_DENSE_UNITS, activation="relu", name="dense_1"),  # (32,)
            keras.layers.Dropout(_DROPOUT, name="dropout_3"),
            # Under mixed precision a half-precision softmax would underflow; its weights' own type is safe.
            keras.layers.Dense(
                num_classes, activation="softmax", name="dense_2", dtype=keras.config.dtype_policy().variable_dtype
            ),  # (10,)
        ],
        name=name,
    )


def _check_shape(name: str, input_shape: tuple[int, ...]) -> None:
    if len(input_shape) != _SEQUENCE_RANK:
        raise ValueError(
            f"model {name.replace('_', '-')!r} expects examples of shape (steps, features), received {input_shape}; "
            "choose a data set of sequences or of images with one channel"
        )


NETWORKS = {
    "lstm": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "the tutorial's LSTM to the letter: two relu LSTM layers of 128, dropout 0.2, Dense(32)",
        "default_epochs": 3,
        "build": "build_lstm",
        "options": ["units", "unroll"],
        "kernel_path": "not-cudnn",
        "caveat": "relu cells can never use cuDNN, on any GPU",
    },
    "lstm-cudnn": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "the GPU variant: tanh/sigmoid on cuDNN, what TF1's CuDNNLSTM became; fails where cuDNN is not used",
        "default_epochs": 3,
        "build": "build_lstm_cudnn",
        "options": ["units"],
        "kernel_path": "cudnn",
    },
    "lstm-cpu": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "the same function as lstm-cudnn without cuDNN: same weights, same outputs",
        "default_epochs": 3,
        "build": "build_lstm_cpu",
        "options": ["units", "unroll"],
        "kernel_path": "not-cudnn",
    },
    "lstm-fast": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "lstm with its loops compiled and a hand-written gradient, for the CPU: same weights, same outputs",
        "default_epochs": 3,
        "build": "build_lstm_fast",
        "options": ["units"],
        "kernel_path": "not-cudnn",
        "caveat": "at its best with one thread within an operation, which `bench tune` finds",
        "backends": ["tensorflow"],
        "twin_of": "lstm",
        "runs_parts": True,
    },
    "lstm-cpu-fast": {
        "family": "recurrent",
        "layout": "sequence",
        "summary": "lstm-cpu with its loops compiled and a hand-written gradient: same weights, same outputs",
        "default_epochs": 3,
        "build": "build_lstm_cpu_fast",
        "options": ["units"],
        "kernel_path": "not-cudnn",
        "caveat": "at its best with one thread within an operation, which `bench tune` finds",
        "backends": ["tensorflow"],
        "twin_of": "lstm-cpu",
        "runs_parts": True,
    },
}
