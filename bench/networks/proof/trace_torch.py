"""PyTorch's evidence: the ATen operations that each recurrent layer dispatches when one example of ones passes.

PyTorch has no graph to look at, and Keras' own cuDNN call falls back without a word, so the forward pass really runs:
without dropout and with fixed moving averages, so that no state changes, and with gradients on, as in training. It runs
uncompiled, and a compiled step is another program: Keras leaves cuDNN out of it without a word (`is_compiling` in its
`backend/torch/rnn.py`), so of such a step cuDNN cannot be proven. Of a PyTorch network no kernel can: TorchDynamo may
compile a recurrent layer or leave it out.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.networks.proof.execution import ExecutionPath, LayerPath, tell_mask, watch_calls, watch_masks
from bench.networks.proof.kernel import find_owners
from bench.networks.pytorch.network import TorchNetwork

_CUDNN = frozenset({"aten::_cudnn_rnn"})
_FUSED = frozenset({"aten::mkldnn_rnn_layer", "aten::_thnn_fused_lstm_cell", "aten::_thnn_fused_gru_cell"})
_PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm")


def prove_execution(
    model: Any, layers: Sequence[Any], input_shape: tuple[int, ...], dtype: str = "float32"
) -> ExecutionPath:
    """Run one example and classify each recurrent layer by the operations that it dispatched.

    Args and raises as `bench.networks.proof.kernel.resolve_execution`; `layers` are the model's recurrent layers.
    """
    import keras  # noqa: PLC0415 - this module is imported in the worker alone

    owners = find_owners(model)
    watched = list({id(one): one for one in (*layers, *owners.values())}.values())
    op_types: dict[int, Counter[str]] = {id(layer): Counter() for layer in watched}
    masked: set[int] = set()
    with contextlib.ExitStack() as stack:
        for layer in watched:
            stack.enter_context(watch_masks(layer, masked))
            stack.enter_context(watch_calls(layer, functools.partial(_note_operations, op_types[id(layer)])))
        devices = stack.enter_context(_record_operations())
        model(keras.ops.ones((1, *input_shape), dtype), training=False)
    paths = tuple(
        tell_mask(
            classify_layer(layer.name, _seen(layer, owners, op_types), unroll=layer.unroll, compiled=model.jit_compile),
            masked=id(layer) in masked,
        )
        for layer in layers
    )
    return ExecutionPath(paths, _count_by_device(devices))


def _seen(layer: Any, owners: Mapping[int, Any], op_types: Mapping[int, Counter[str]]) -> Counter[str]:
    """Return what a layer dispatched, or where nothing called it the Bidirectional that it belongs to."""
    return op_types[id(layer)] or op_types[id(owners.get(id(layer), layer))]


def prove_module(network: TorchNetwork) -> ExecutionPath:
    """Run one example through a PyTorch network and classify each recurrent layer by what it dispatched."""
    op_types: dict[str, Counter[str]] = {name: Counter() for name in network.recurrent_layers}
    with contextlib.ExitStack() as stack:
        for name, layer in network.recurrent_layers.items():
            note = functools.partial(_note_operations, op_types[name])
            stack.enter_context(watch_calls(layer, note, method="forward"))
        devices = stack.enter_context(_record_operations())
        network.try_out(network.example())
    paths = (classify_layer(name, types, unroll=False) for name, types in op_types.items())
    return ExecutionPath(tuple(map(_doubt, paths) if network.is_compiled else paths), _count_by_device(devices))


def _doubt(path: LayerPath) -> LayerPath:
    """Say that a layer's kernel was seen uncompiled, while the steps are compiled."""
    evidence = f"{path.evidence} uncompiled, and torch.compile may put another program in its place"
    return path.model_copy(update={"path": "not provable", "evidence": evidence})


def classify_layer(name: str, op_types: Mapping[str, int], *, unroll: bool, compiled: bool = False) -> LayerPath:
    """Tell a recurrent layer's kernel by the operations that it dispatched uncompiled; `compiled` is how it trains.

    Keras loops over the steps in Python here, so an unrolled layer and a loop dispatch the same operations.
    """
    for path, types in (("cudnn", _CUDNN & op_types.keys()), ("fused", _FUSED & op_types.keys())):
        if types:
            found = ", ".join(f"{op_types[op_type]} × {op_type}" for op_type in sorted(types))
            if compiled and path == "cudnn":
                return LayerPath(
                    layer=name,
                    path="not provable",
                    evidence=f"{found} dispatched uncompiled, and Keras compiles without it",
                )
            return LayerPath(layer=name, path=path, evidence=f"{found} dispatched")
    num_products = sum(op_types.get(op_type, 0) for op_type in _PRODUCTS)
    if num_products:
        path = "unrolled" if unroll else "generic loop"
        return LayerPath(
            layer=name, path=path, evidence=f"no recurrent kernel and {num_products} matrix products dispatched"
        )
    return LayerPath(
        layer=name, path="not provable", evidence=f"no product among {sum(op_types.values())} dispatched operations"
    )


def _note_operations(op_types: Counter[str], call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    with _record_operations() as operations:
        outputs = call(*args, **kwargs)
    op_types.update(name for name, _ in operations)
    return outputs


@contextlib.contextmanager
def _record_operations() -> Iterator[list[tuple[str, str]]]:
    """Yield a list that fills with (operation, device) as PyTorch dispatches; modes nest, so each sees all."""
    from torch.utils._python_dispatch import TorchDispatchMode  # noqa: PLC0415 - documented, though underscored

    operations: list[tuple[str, str]] = []

    class _Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            outputs = func(*args, **(kwargs or {}))
            operations.append((func.name().partition(".")[0], _device_of(outputs)))
            return outputs

    with _Recorder():
        yield operations


def _device_of(outputs: Any) -> str:
    first = outputs[0] if isinstance(outputs, list | tuple) and outputs else outputs
    return str(getattr(first, "device", "")).upper()


def _count_by_device(operations: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Count operations by device; a value that is no tensor has none."""
    return dict(Counter(device for _, device in operations if device))
