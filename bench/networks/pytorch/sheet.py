"""What a PyTorch network costs and consists of, by PyTorch's own counter and one example that passes.

FLOPs are those of `bench.networks.flops`: of matrix and convolution products alone, 2 for each multiply-add. PyTorch's
counter sees the backward pass as it really is, so the first step of a recurrent layer, whose state nothing has to
learn, has no gradient of its state. What it does not know, such as a kernel of a user's own, it counts as nothing.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from bench.networks.flops import LayerSheet
from bench.networks.pytorch.network import TorchNetwork


def count_module_flops(network: TorchNetwork) -> int | None:
    """Count the product FLOPs of one forward and backward pass of one example; None where no product was seen."""
    with _counted() as counter:
        network.try_out(network.example()).sum().backward()
    network.module.zero_grad(set_to_none=True)
    return int(counter.get_total_flops()) or None


def describe_modules(network: TorchNetwork) -> tuple[LayerSheet, ...]:
    """Describe each module that has no modules of its own, and each that has parameters of its own, in their order."""
    shapes: dict[str, tuple[int, ...]] = {}
    named = {name or type(part).__name__: part for name, part in network.module.named_modules() if _is_layer(part)}
    hooks = [part.register_forward_hook(_note_shape(shapes, name)) for name, part in named.items()]
    with _counted() as counter:
        network.try_out(network.example())
    for hook in hooks:
        hook.remove()
    counts = counter.get_flop_counts()
    return tuple(_describe(name, part, shapes, counts, type(network.module).__name__) for name, part in named.items())


def _is_layer(module: Any) -> bool:
    return not any(True for _ in module.children()) or bool(_count_own(module))


def _count_own(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters(recurse=False))


def _note_shape(shapes: dict[str, tuple[int, ...]], name: str) -> Any:
    """Return a hook that notes the shape of one example's output: of several, or of a packed sequence, the first."""

    def note(_module: Any, _inputs: Any, outputs: Any) -> None:
        while isinstance(outputs, tuple | list) and outputs:
            outputs = outputs[0]
        shapes[name] = tuple(getattr(outputs, "shape", ()))[1:]

    return note


def _describe(
    name: str, module: Any, shapes: Mapping[str, tuple[int, ...]], counts: Mapping[str, Mapping[Any, int]], root: str
) -> LayerSheet:
    """Return a module's line; without FLOPs for one of a user's own that has matrices and shows no product."""
    path = root if name == root else f"{root}.{name}"
    parts = [f"{path}.{child}" for child, _ in module.named_children()]
    flops, *of_parts = (sum(counts.get(one, {}).values()) for one in (path, *parts))
    own = flops - sum(of_parts)
    has_matrices = any(parameter.ndim > 1 for parameter in module.parameters(recurse=False))
    is_known = own > 0 or not has_matrices or type(module).__module__.startswith("torch.")
    return LayerSheet(
        name=name,
        kind=type(module).__name__,
        output_shape=shapes.get(name, ()),
        num_params=_count_own(module),
        flops=own if is_known and name in shapes else None,
    )


@contextlib.contextmanager
def _counted() -> Iterator[Any]:
    """Count within the block, with recurrent layers run as the products that their kernels consist of."""
    import torch  # noqa: PLC0415 - imported in the worker, and in the process of a sheet, alone
    from torch.utils.flop_counter import FlopCounterMode  # noqa: PLC0415

    counter = FlopCounterMode(display=False)
    with warnings.catch_warnings():
        # oneDNN's flags warn of a GPU that is none of this program's.
        warnings.filterwarnings("ignore", message="TF32 acceleration on top of oneDNN")
        with torch.backends.mkldnn.flags(enabled=False), torch.backends.cudnn.flags(enabled=False), counter:
            yield counter
