"""Takes what a user's function returned for a PyTorch network, and checks that it is one that can be trained here."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from bench.errors import ConfigError
from bench.networks.guest_errors import guest_error
from bench.networks.inputs import NetworkInput
from bench.networks.pytorch.network import TorchNetwork
from bench.networks.registry import ModelSpec

_AXES = {"image": ("channels", "rows", "columns"), "sequence": ("steps", "features"), "tokens": ("steps of ids",)}
_BINARY = 2
_BATCH = 2  # examples, of which a network is told apart that mixes them up


def is_module(value: object) -> bool:
    """Tell whether something is a `torch.nn.Module` and no Keras model, which on PyTorch is one, too."""
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    is_keras = keras is not None and isinstance(value, keras.Model)
    return torch is not None and isinstance(value, torch.nn.Module) and not is_keras


def own_arguments(spec: ModelSpec, source: NetworkInput) -> dict[str, int]:
    """Return what a PyTorch network asks for by name: `vocabulary`, since it looks up the ids of tokens by itself."""
    if spec.framework != "torch" or source.vocabulary is None:
        return {}
    takes = "vocabulary" in inspect.signature(spec.build.load()).parameters
    return {"vocabulary": source.vocabulary} if takes else {}


def wrap_module(spec: ModelSpec, module: Any, source: NetworkInput, num_classes: int) -> TorchNetwork:
    """Return a module with its training loop, after one forward pass of a batch.

    Raises:
        ConfigError: it was built for another shape than it gets, has nothing to train, raises, or has another output
            shape than (batch, num_classes), or (batch, 1) for two classes; or it has recurrent layers, is not told
            lengths, and some series end in padding.
    """
    _check_shape(spec, source)
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise ConfigError(f"model {spec.name!r} expects parameters to train, received a module without any")
    network = TorchNetwork(module, source)
    _check_outputs(spec, network, source, num_classes)
    if source.is_padded and network.recurrent_layers and not network.takes_lengths:
        raise ConfigError(
            f"model {spec.name!r} is not told where a series ends, and some of this data set end in padding; give its "
            "forward a second parameter, lengths, for torch.nn.utils.rnn.pack_padded_sequence"
        )
    return network


def _check_shape(spec: ModelSpec, source: NetworkInput) -> None:
    """Refuse a network that was built for the shapes of Keras, since nothing told that it is none of Keras'."""
    if spec.framework == "keras" and source.network_shape != source.torch_shape:
        raise ConfigError(
            f"model {spec.name!r} is a PyTorch network, which gets examples of shape {source.torch_shape}; its source "
            f"does not show that, so it was built for {source.network_shape}: write what it returns, "
            f"def {spec.build.attribute}(input_shape, num_classes) -> torch.nn.Module"
        )


def _check_outputs(spec: ModelSpec, network: TorchNetwork, source: NetworkInput, num_classes: int) -> None:
    try:
        outputs = network.try_out(network.example(_BATCH))
    except Exception as error:
        hint = f"; examples come as (batch, {_word_shape(source)}): fit the layers to that"
        raise guest_error(spec.name, spec.build.module, error, "calling it", hint) from error
    received = tuple(outputs.shape) if hasattr(outputs, "shape") else f"a {type(outputs).__name__}"
    widths = {num_classes, 1} if num_classes == _BINARY else {num_classes}
    if received not in {(_BATCH, width) for width in widths}:
        raise ConfigError(
            f"model {spec.name!r} expects an output of shape ({_BATCH}, {num_classes}) for {_BATCH} examples of shape "
            f"{network.input_shape}, received {received}; end it in a Linear layer of num_classes"
        )


def _word_shape(source: NetworkInput) -> str:
    """Return `1 channels, 28 rows, 28 columns`."""
    axes = _AXES["tokens" if source.vocabulary is not None else source.layout]
    return ", ".join(f"{size} {axis}" for size, axis in zip(source.torch_shape, axes, strict=True))
