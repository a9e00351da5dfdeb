"""What a PyTorch network ends in, by the last operation of its forward pass that is more than another shape or bound.

PyTorch keeps it in `grad_fn`, where a function such as `torch.log_softmax` shows as a module does. An operation that is
not known here is told by its outputs' values, of which those of softmax and log-softmax have no like; others are
logits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from bench.errors import ConfigError
from bench.networks.outputs import Outputs, guess_activation

_OPERATION = re.compile(r"^(?P<name>\w+?)Backward\d*$")
_RESHAPES = frozenset({
    "Alias", "AsStrided", "Clone", "Contiguous", "Expand", "Permute", "ReshapeAlias", "Select", "Slice", "Squeeze",
    "Squeeze1", "T", "ToCopy", "Transpose", "UnsafeView", "Unsqueeze", "View",
})  # fmt: skip
# A sigmoid is kept off 0 and 1 by them.
_BOUNDS = frozenset({"Clamp", "ClampMin", "ClampMax"})
# The last one of `1 / (1 + exp(-x))`, which one output's values cannot tell from a logit.
_QUOTIENTS = frozenset({"Mul", "Div", "Reciprocal"})
_ACTIVATIONS: Mapping[str, str] = {
    "Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid", "Relu": "relu", "Tanh": "tanh",
    "LeakyRelu": "leaky relu", "Elu": "elu", "Gelu": "gelu", "Softplus": "softplus", "Silu": "silu",
    "Hardtanh": "relu6", "LogSigmoid": "log-sigmoid", "LogSigmoidForward": "log-sigmoid",
}  # fmt: skip
_OF_A_CLASS: Mapping[str, Outputs] = {"softmax": "softmax", "log_softmax": "log-softmax", "linear": "logits"}
_OF_TWO: Mapping[str, Outputs] = {"sigmoid": "one sigmoid", "linear": "one logit"}
_OF_ALL_CLASSES = ("softmax", "log_softmax")


def find_ending(outputs: Any) -> Outputs:
    """Tell what a network ends in by the outputs of some examples, with their graph: (num_examples, width).

    Raises:
        ConfigError: for what fits no classifier's loss, such as relu, or softmax over another axis than the classes.
    """
    values = np.asarray(outputs.detach().cpu().double().numpy())
    shown = guess_activation(values)
    operation = _last_operation(outputs)
    activation = _ACTIVATIONS.get(operation) or (shown if shown in _OF_ALL_CLASSES else "linear")
    is_one = values.shape[1] == 1
    if activation in _OF_ALL_CLASSES and not is_one and shown != activation:
        raise ConfigError(
            f"expected {activation} over the classes, the last axis, received one over another axis; give it dim=-1"
        )
    if is_one and operation in _QUOTIENTS and shown == "sigmoid":
        raise ConfigError(
            "expected a logit or torch.sigmoid, received a quotient or product between 0 and 1, which may be either; "
            "end the network in torch.sigmoid, or in a Linear layer"
        )
    known = _OF_TWO if is_one else _OF_A_CLASS
    if activation in known:
        return known[activation]
    expected = "a logit or a sigmoid" if is_one else "logits, softmax or log-softmax"
    raise ConfigError(
        f"expected the network to end in {expected}, received {activation}, which fits no loss of a classifier; "
        "change what its forward returns"
    )


def _last_operation(outputs: Any) -> str:
    """Return the name of the operation, such as `LogSoftmax`; empty where the graph does not name it."""
    node = outputs.grad_fn
    while node is not None:
        match = _OPERATION.match(node.name().rpartition("::")[2])
        if match is None:
            return ""
        if match["name"] not in _RESHAPES | _BOUNDS:
            return match["name"]
        node = node.next_functions[0][0]
    return ""
