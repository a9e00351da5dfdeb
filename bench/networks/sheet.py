"""What a built network costs and consists of, whichever framework it is made with."""

from __future__ import annotations

from typing import Any

from bench.networks.flops import count_params, count_training_flops, describe_layers
from bench.networks.pytorch.network import TorchNetwork
from bench.networks.pytorch.sheet import count_module_flops, describe_modules


def describe_network(model: Any) -> dict[str, Any]:
    """Return `num_params`, `flops_per_example` of a training step, and `layers`, of what `build_model` returned."""
    is_torch = isinstance(model, TorchNetwork)
    return {
        "num_params": count_params(model),
        "flops_per_example": count_module_flops(model) if is_torch else count_training_flops(model),
        "layers": describe_modules(model) if is_torch else describe_layers(model),
    }
