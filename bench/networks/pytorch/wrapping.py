"""Takes what a user's function returned for a PyTorch network, and checks that it is one that can be trained here."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from bench.errors import ConfigError
from bench.networks.guest_errors import guest_error
from bench.networks.inputs import NetworkInput
from bench.networks.outputs import output_widths
from bench.networks.pytorch.network import Inputs, TorchNetwork
from bench.networks.registry import ModelSpec

_AXES = {"image": ("channels", "rows", "columns"), "sequence": ("steps", "features"), "tokens": ("steps of ids",)}
_TOLERANCE = 1e-3  # of the same example's outputs in two batches of one size
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
        ConfigError: it was built for another shape than it gets, is TorchScript, has nothing to train, raises, or
            returns something else than real numbers with a gradient, (batch, num_classes), or (batch, 1) for two
            classes; or it has recurrent layers, is not told lengths, and some series end in padding.
    """
    import torch  # noqa: PLC0415 - imported in the worker, and in the process of a sheet, alone

    _check_shape(spec, source)
    if isinstance(module, torch.jit.ScriptModule):
        raise ConfigError(
            f"model {spec.name!r} expects an nn.Module, received one of TorchScript, of which nothing can be proven; "
            "return it without torch.jit, and compile it by --jit on"
        )
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
    import torch  # noqa: PLC0415 - imported in the worker, and in the process of a sheet, alone

    hint = f"; examples come as (batch, {_word_shape(source)}): fit the layers to that"
    outputs = _call(spec, network, network.example(_BATCH), hint)
    is_tensor = isinstance(outputs, torch.Tensor)
    received = tuple(outputs.shape) if is_tensor else f"a {type(outputs).__name__}, where one tensor is expected"
    if received not in {(_BATCH, width) for width in output_widths(num_classes)}:
        raise ConfigError(
            f"model {spec.name!r} expects an output of shape ({_BATCH}, {num_classes}) for {_BATCH} examples of shape "
            f"{network.input_shape}, received {received}; end it in a Linear layer of num_classes"
        )
    if not outputs.is_floating_point():
        raise ConfigError(
            f"model {spec.name!r} expects outputs of real numbers, received {outputs.dtype}; convert them"
        )
    if not outputs.requires_grad:
        raise ConfigError(
            f"model {spec.name!r} expects outputs that its parameters have a gradient of, received some without; leave "
            "detach, numpy and no_grad out of it"
        )


def try_on_data(spec: ModelSpec, network: TorchNetwork, inputs: Inputs, num_last: int, num_last_test: int) -> Any:
    """Return a module's outputs for some examples of the data set, after a look at what only these show.

    Args:
        spec: of the network.
        network: from `wrap_module`.
        inputs: the examples, from `TorchNetwork.put`.
        num_last: examples in the last batch of an epoch.
        num_last_test: examples in the last batch of a validation.

    Raises:
        ConfigError: it raises for them, or for the last batch in training, as a normalisation of one example does; or
            what it answers to an example changes with the others of its batch.
    """
    outputs = _call(spec, network, inputs, "; write its forward for a batch of any size, and keep no state in it")
    if 1 in (num_last, num_last_test):
        hint = "the last batch of an epoch or a validation has 1 example, choose another --batch-size"
        alone = _call(spec, network, tuple(part[:1] for part in inputs), f"; {hint}", trains=num_last == 1)
        if alone.shape != outputs[:1].shape:
            raise ConfigError(
                f"model {spec.name!r} expects an output of shape {tuple(outputs[:1].shape)} for 1 example, received "
                f"{tuple(alone.shape)}, as squeeze makes it; name its axis, or, since {hint}"
            )
    among_its_like = network.try_out(tuple(part[-1:].expand_as(part) for part in inputs))
    if not outputs[-1].allclose(among_its_like[-1], rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True):
        raise ConfigError(
            f"model {spec.name!r} expects the first axis to be the batch, received outputs for an example that change "
            "with the others of its batch; give recurrent layers batch_first=True and softmax dim=-1, and let nothing "
            "else mix that axis"
        )
    return outputs


def _call(spec: ModelSpec, network: TorchNetwork, inputs: Inputs, hint: str, *, trains: bool = False) -> Any:
    try:
        return network.try_out(inputs, trains=trains)
    except Exception as error:
        raise guest_error(spec.name, spec.build.module, error, "calling it", hint) from error


def _word_shape(source: NetworkInput) -> str:
    """Return `1 channels, 28 rows, 28 columns`."""
    axes = _AXES["tokens" if source.vocabulary is not None else source.layout]
    return ", ".join(f"{size} {axis}" for size, axis in zip(source.torch_shape, axes, strict=True))
