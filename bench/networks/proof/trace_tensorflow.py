"""TensorFlow's evidence: the operations that each recurrent layer adds to the traced graph, and where they are placed.

The graph is of the model's forward pass in training mode, with an open batch size. `fit` traces its own train step,
whose forward operations are the same; tracing that too would cost three times as much and build the optimizer early.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.networks.proof.execution import ExecutionPath, LayerPath, tell_mask, watch_calls, watch_masks

_LOOPS = frozenset({"While", "StatelessWhile"})
_FUSED = frozenset({"BlockLSTM", "BlockLSTMV2", "LSTMBlockCell", "GRUBlockCell", "XlaCallModule"})
_CUDNN_PREFIX = "CudnnRNN"
# What `count_op_types` counts a function as that XLA must compile whatever the model's own setting is.
XLA_FUNCTION = "XlaMustCompile"
UNPLACED = "placed at run time"


def prove_execution(
    model: Any, layers: Sequence[Any], input_shape: tuple[int, ...], dtype: str = "float32"
) -> ExecutionPath:
    """Trace, classify each recurrent layer by its operations, then run one example to see the placement.

    Args and raises as `bench.networks.proof.kernel.resolve_execution`; `layers` are the model's recurrent layers.
    """
    masked: set[int] = set()
    function, op_names = trace_forward(model, layers, input_shape, dtype, masked)
    graph_def = function.graph.as_graph_def()
    paths = tuple(
        tell_mask(
            classify_layer(layer.name, count_op_types(graph_def, op_names[id(layer)]), unroll=layer.unroll),
            masked=id(layer) in masked,
        )
        for layer in layers
    )
    return ExecutionPath(paths, observe_op_devices(model, function, input_shape, dtype))


def trace_forward(
    model: Any,
    layers: Sequence[Any],
    input_shape: tuple[int, ...],
    dtype: str = "float32",
    masked: set[int] | None = None,
) -> tuple[Any, Mapping[int, Sequence[str]]]:
    """Trace the forward pass in training mode; nothing is executed. `masked` gets `id(layer)` of each that has a mask.

    Returns:
        The concrete function, and the names of the operations that each of `layers` added, by `id(layer)`.
    """
    import tensorflow as tf  # noqa: PLC0415 - this module is imported in the worker alone

    op_names: dict[int, list[str]] = {id(layer): [] for layer in layers}
    forward = tf.function(lambda inputs: model(inputs, training=True), autograph=False)
    with contextlib.ExitStack() as stack:
        for layer in layers:
            stack.enter_context(watch_masks(layer, set() if masked is None else masked))
            stack.enter_context(watch_calls(layer, functools.partial(_note_operations, op_names[id(layer)])))
        function = forward.get_concrete_function(tf.TensorSpec((None, *input_shape), dtype))
    return function, op_names


def _note_operations(op_names: list[str], call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Note which operations a layer's call adds to the graph; scope names would not tell `lstm` from `lstm_1`."""
    import tensorflow as tf  # noqa: PLC0415 - this module is imported in the worker alone

    graph = tf.compat.v1.get_default_graph()
    num_before = len(graph.get_operations())
    outputs = call(*args, **kwargs)
    op_names.extend(operation.name for operation in graph.get_operations()[num_before:])
    return outputs


def count_op_types(graph_def: Any, op_names: Sequence[str] | None = None) -> Counter[str]:
    """Count operations by type: those of `op_names` (None: all) and of every function that they call, at any depth.

    A function that was made with `jit_compile=True` counts as one `XLA_FUNCTION` besides.
    """
    library = {function.signature.name: function for function in graph_def.library.function}
    wanted = None if op_names is None else set(op_names)
    pending = [node for node in graph_def.node if wanted is None or node.name in wanted]
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    while pending:
        node = pending.pop()
        counts[node.op] += 1
        for name in _called_functions(node):
            if name in library and name not in seen:
                seen.add(name)
                pending.extend(library[name].node_def)
                counts[XLA_FUNCTION] += library[name].attr["_XlaMustCompile"].b
    return counts


def _called_functions(node: Any) -> Iterator[str]:
    yield node.op  # a call by the function's own name
    for value in node.attr.values():
        yield value.func.name
        yield from (function.name for function in value.list.func)


def classify_layer(name: str, op_types: Mapping[str, int], *, unroll: bool) -> LayerPath:
    """Tell a recurrent layer's kernel by the types of its operations."""
    loops = _LOOPS & op_types.keys()
    for path, types in (
        ("cudnn", {op_type for op_type in op_types if op_type.startswith(_CUDNN_PREFIX)}),
        ("fused", _FUSED & op_types.keys()),
        ("compiled loop", {XLA_FUNCTION, *loops} if loops and op_types.get(XLA_FUNCTION) else ()),
        ("generic loop", loops),
    ):
        if types:
            found = ", ".join(f"{op_types[op_type]} × {op_type}" for op_type in sorted(types))
            return LayerPath(layer=name, path=path, evidence=f"{found} in the traced graph")
    if unroll and op_types.get("MatMul"):
        return LayerPath(
            layer=name, path="unrolled", evidence=f"no loop and {op_types['MatMul']} × MatMul in the traced graph"
        )
    total = sum(op_types.values())
    return LayerPath(
        layer=name, path="not provable", evidence=f"neither a loop nor a known kernel among {total} traced operations"
    )


def count_op_devices(graph_defs: Sequence[Any]) -> dict[str, int]:
    """Count operations by device, functions included; `placed at run time` where a graph names none."""
    nodes = (
        node
        for graph_def in graph_defs
        for node in (*graph_def.node, *(node for function in graph_def.library.function for node in function.node_def))
    )
    return dict(Counter(short_device(node.device) for node in nodes))


def short_device(device: str) -> str:
    """Shorten `/job:localhost/replica:0/task:0/device:GPU:0` to `GPU:0`."""
    return device.rpartition("device:")[2] or UNPLACED


def observe_op_devices(
    model: Any, function: Any, input_shape: tuple[int, ...], dtype: str = "float32"
) -> dict[str, int]:
    """Run a traced forward pass on one example of ones and count the operations by the device that ran them.

    TensorFlow places operations only when a graph first runs, so nothing short of running it tells. Random states
    and moving averages are put back.
    """
    import tensorflow as tf  # noqa: PLC0415 - this module is imported in the worker alone
    from tensorflow.python.eager import context  # noqa: PLC0415 - no public way to the partitioned graphs

    state = [variable.numpy() for variable in model.non_trainable_variables]
    # Not `enable_run_metadata`: turned off again, TensorFlow 2.21 still keeps every later function's graphs.
    context.enable_graph_collection()
    try:
        function(tf.ones((1, *input_shape), dtype))  # a zero among tokens is padding
        metadata = context.export_run_metadata()
    finally:
        context.disable_graph_collection()
        for variable, value in zip(model.non_trainable_variables, state, strict=True):
            variable.assign(value)
    return count_op_devices(metadata.partition_graphs)
