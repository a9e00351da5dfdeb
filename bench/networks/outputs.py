"""What a network ends in, which decides the loss: probabilities, logits, or one output for two classes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bench.errors import ConfigError

# `sigmoids`: one a class, which the loss normalizes as it does any positive outputs. `log-softmax` is PyTorch's alone.
Outputs = Literal["softmax", "sigmoids", "logits", "one sigmoid", "one logit", "log-softmax"]

_OF_A_CLASS: dict[str, Outputs] = {"softmax": "softmax", "sigmoid": "sigmoids", "linear": "logits"}
_OF_TWO: dict[str, Outputs] = {"sigmoid": "one sigmoid", "linear": "one logit"}
# Layers whose output is what their activation returns; of any other one forward pass tells more than its name.
_ENDS = frozenset({"Dense", "EinsumDense", "Activation"})
_TOLERANCE = 0.02  # of a sum in half precision
_NUM_EXAMPLES = 32
_BINARY = 2


def output_widths(num_classes: int) -> frozenset[int]:
    """Return how many outputs a network may have for an example: one a class, and for two classes also one."""
    return frozenset({num_classes, 1} if num_classes == _BINARY else {num_classes})


def find_outputs(model: Any, x: npt.NDArray[Any]) -> Outputs:
    """Tell what a built Keras model ends in, by its last activation or by one forward pass.

    Args:
        model: of output shape (None, num_classes), or (None, 1) for two classes.
        x: examples as the model takes them; 32 are enough.

    Raises:
        ConfigError: for outputs that fit no classifier's loss, such as those of relu or log-softmax.
    """
    is_one = model_width(model, x) == 1
    activation = _last_activation(model) or guess_activation(_forward(model, x[:_NUM_EXAMPLES]))
    known = _OF_TWO if is_one else _OF_A_CLASS
    if activation in known:
        return known[activation]
    expected = "a sigmoid, or none (a logit)" if is_one else "softmax, or none (logits), or one sigmoid for each class"
    raise ConfigError(
        f"expected the network to end in {expected}, received {activation}, which fits no loss of a classifier; "
        "change the last layer's activation"
    )


def model_width(model: Any, x: npt.NDArray[Any]) -> int:
    """Return how many outputs a model has for an example."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    return int(model(keras.KerasTensor((None, *x.shape[1:]), dtype=str(x.dtype))).shape[-1])


def _last_activation(model: Any) -> str | None:
    """Return the name of the activation that a chain of Keras' layers ends in; None where it cannot be told."""
    layer = model
    while _is_chain(layer):
        layer = layer.layers[-1]
    kind = type(layer).__name__
    if type(layer).__module__.partition(".")[0] != "keras":
        return None
    if kind == "Softmax":
        return "softmax"
    return getattr(layer.activation, "__name__", None) if kind in _ENDS else None


def _is_chain(layer: Any) -> bool:
    """Tell whether a layer is a model whose last layer is its output; a subclass' own `call` may do anything."""
    kinds: list[Any] = [kind for kind in type(layer).__mro__ if kind.__name__ in ("Sequential", "Functional")]
    return bool(kinds) and type(layer).call is kinds[0].call and bool(layer.layers)


def _forward(model: Any, x: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    import keras  # noqa: PLC0415 - as above

    return np.asarray(keras.ops.convert_to_numpy(model(x, training=False)), dtype=np.float64)


def guess_activation(outputs: npt.NDArray[np.float64]) -> str:
    """Return the activation whose range the outputs of some examples show."""
    if outputs.min() < 0:
        is_log = outputs.shape[1] > 1 and outputs.max() <= 0 and _are_ones(np.exp(outputs).sum(axis=1))
        return "log_softmax" if is_log else "linear"
    if outputs.shape[1] > 1 and _are_ones(outputs.sum(axis=1)):
        return "softmax"
    is_probability = outputs.min() > 0 and outputs.max() < 1
    return "sigmoid" if is_probability else "outputs of 0 and above, as of relu"


def _are_ones(sums: npt.NDArray[np.float64]) -> bool:
    return bool(np.all(np.abs(sums - 1) < _TOLERANCE))
