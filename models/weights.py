"""Weights from one make of the LSTM to another: `lstm-cudnn` and `lstm-cpu`, and files of TF1's `CuDNNLSTM`.

Keras 3 gives both variants one layout: kernel (features, 4·units), recurrent kernel (units, 4·units), bias (4·units,),
each with the gates input, forget, cell, output. TF1's `CuDNNLSTM` has the same order of gates, with two differences:

- its bias is (8·units,), the input's four gates and then the state's four; the LSTM's bias is their sum;
- its kernels went to cuDNN as they lie in memory, and cuDNN reads each gate's buffer as a (units, features) matrix in
  row order, while an LSTM multiplies from the other side by its transpose.

Source of both: `_convert_rnn_weights` in Keras 2.2's `keras/engine/saving.py`, which did this on loading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.errors import ConfigError, DataError

Array = npt.NDArray[np.floating[Any]]
_NUM_GATES = 4
_NUM_ARRAYS = 3  # kernel, recurrent kernel, bias


def copy_weights(source: Any, target: Any) -> None:
    """Give one Keras model the weights of another with the same layers, such as `lstm-cudnn` and `lstm-cpu`.

    Raises:
        ConfigError: the two models' weights differ in number or shape.
    """
    set_weights(target, source.get_weights())


def set_weights(model: Any, weights: Sequence[Array]) -> None:
    """Set a Keras model's weights, in Keras' order of layers; TF1 `CuDNNLSTM` triples are converted.

    Raises:
        ConfigError: the weights differ in number or shape from what the model takes.
    """
    converted = list(_convert(weights))
    expected = [tuple(variable.shape) for variable in model.weights]
    received = [array.shape for array in converted]
    if received != expected:
        raise ConfigError(
            f"model {model.name!r} expects weights of shapes {expected}, received {received}; "
            "build both models with the same options and the same input shape"
        )
    model.set_weights(converted)


def convert_cudnn_lstm(kernel: Array, recurrent_kernel: Array, bias: Array) -> tuple[Array, Array, Array]:
    """Convert one layer's TF1 `CuDNNLSTM` weights to those of a Keras LSTM that computes the same.

    Args:
        kernel: (features, 4·units).
        recurrent_kernel: (units, 4·units).
        bias: (8·units,).

    Returns:
        Kernel and recurrent kernel of the same shapes, and a bias (4·units,).

    Raises:
        DataError: the shapes are not those of one `CuDNNLSTM` layer.
    """
    if not _is_cudnn_lstm(kernel, recurrent_kernel, bias):
        raise DataError(
            "a CuDNNLSTM layer expects shapes (features, 4·units), (units, 4·units) and (8·units,), received "
            f"{kernel.shape}, {recurrent_kernel.shape} and {bias.shape}; a bias of 4·units is a Keras LSTM's already"
        )
    return _turn_gates(kernel), _turn_gates(recurrent_kernel), bias.reshape(2, -1).sum(axis=0)


def _turn_gates(kernel: Array) -> Array:
    """Read each gate's buffer as cuDNN does, (units, rows) in row order, and transpose it back to (rows, units)."""
    rows, width = kernel.shape
    gates = np.split(kernel, _NUM_GATES, axis=1)  # each (rows, units)
    return np.concatenate([gate.reshape(width // _NUM_GATES, rows).T for gate in gates], axis=1)


def _is_cudnn_lstm(kernel: Array, recurrent_kernel: Array, bias: Array) -> bool:
    if (kernel.ndim, recurrent_kernel.ndim, bias.ndim) != (2, 2, 1):
        return False
    units = recurrent_kernel.shape[0]
    width = _NUM_GATES * units
    return kernel.shape[1] == recurrent_kernel.shape[1] == width and bias.shape == (2 * width,)


def _convert(weights: Sequence[Array]) -> Iterator[Array]:
    position = 0
    while position < len(weights):
        layer = weights[position : position + _NUM_ARRAYS]
        if len(layer) == _NUM_ARRAYS and _is_cudnn_lstm(*layer):
            yield from convert_cudnn_lstm(*layer)
            position += _NUM_ARRAYS
        else:
            yield weights[position]
            position += 1


def read_tf1_weights(path: Path) -> list[Array]:
    """Read the arrays of an HDF5 file that Keras 2 or TF1 wrote, in the order of the model's layers.

    Such a file names its layers in the attribute `layer_names` of the root (`save_weights`) or of the group
    `model_weights` (`save`), and each layer's arrays in `weight_names`.

    Raises:
        DataError: the file is no HDF5 file of that kind.
    """
    import h5py  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with Keras; only old files need it

    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            layers = [root[_text(name)] for name in root.attrs["layer_names"]]
            return [np.asarray(layer[_text(name)]) for layer in layers for name in layer.attrs["weight_names"]]
    except (OSError, KeyError) as error:
        raise DataError(
            f"{path} expects the HDF5 layout of Keras 2 (layer_names, weight_names), received: {error}; "
            "write it with model.save_weights('weights.h5') there"
        ) from error


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name
