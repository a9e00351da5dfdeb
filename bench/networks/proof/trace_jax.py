"""JAX's evidence: the primitives of each recurrent layer's own jaxpr.

The model is traced once on abstract values to learn with which shapes it calls each recurrent layer, then each of those
layers is traced alone. Nothing is executed and no state changes. A jaxpr names no device: the compiled program
lives on one, which the environment names, so there is no count of operations by device.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.networks.proof.execution import ExecutionPath, LayerPath, tell_mask, watch_calls
from bench.networks.proof.kernel import find_owners

_CUDNN_PREFIX = "rnn"  # jax.experimental.rnn binds `rnn_fwd` and `rnn_bwd`, which exist for cuDNN and MIOpen alone
_LOOPS = frozenset({"scan", "while"})
_PRODUCT = "dot_general"


@dataclass(frozen=True)
class _Call:
    """The abstract arguments of a layer's first call."""

    inputs: Any
    mask: Any


def prove_execution(
    model: Any, layers: Sequence[Any], input_shape: tuple[int, ...], dtype: str = "float32"
) -> ExecutionPath:
    """Trace each recurrent layer with the shapes that the model calls it with, and classify it by its primitives.

    Args and raises as `bench.networks.proof.kernel.resolve_execution`; `layers` are the model's recurrent layers.
    """
    owners = find_owners(model)
    calls = _find_calls(model, (*layers, *owners.values()), input_shape, dtype)
    return ExecutionPath(tuple(_prove_layer(layer, owners.get(id(layer)), calls) for layer in layers), {})


def _prove_layer(layer: Any, owner: Any, calls: Mapping[int, _Call]) -> LayerPath:
    """Trace a layer, or the Bidirectional that ran it without calling it."""
    import jax  # noqa: PLC0415 - this module is imported in the worker alone

    traced = layer if owner is None or id(layer) in calls else owner
    seen = calls.get(id(traced))
    if seen is None:
        return LayerPath(layer=layer.name, path="not provable", evidence="the model does not call this layer")
    trainable = [variable.value for variable in traced.trainable_variables]
    others = [variable.value for variable in traced.non_trainable_variables]
    trace = jax.make_jaxpr(
        lambda inputs, mask: traced.stateless_call(trainable, others, inputs, mask=mask, training=True)[0]
    )
    primitives = count_primitives(trace(seen.inputs, seen.mask).jaxpr)
    return tell_mask(classify_layer(layer.name, primitives, unroll=layer.unroll), masked=seen.mask is not None)


def _find_calls(model: Any, layers: Sequence[Any], input_shape: tuple[int, ...], dtype: str) -> dict[int, _Call]:
    """Return the abstract arguments of each layer's first call, by `id(layer)`."""
    import jax  # noqa: PLC0415 - this module is imported in the worker alone

    calls: dict[int, _Call] = {}
    trainable = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    with contextlib.ExitStack() as stack:
        for layer in {id(one): one for one in layers}.values():
            stack.enter_context(watch_calls(layer, functools.partial(_note_call, calls, id(layer))))
        jax.eval_shape(
            lambda inputs: model.stateless_call(trainable, others, inputs, training=True)[0],
            jax.ShapeDtypeStruct((1, *input_shape), dtype),
        )
    return calls


def _note_call(
    calls: dict[int, _Call], key: int, call: Callable[..., Any], /, sequences: Any, *args: Any, **kwargs: Any
) -> Any:
    mask = kwargs.get("mask")
    calls.setdefault(key, _Call(_abstract(sequences), None if mask is None else _abstract(mask)))
    return call(sequences, *args, **kwargs)


def _abstract(array: Any) -> Any:
    import jax  # noqa: PLC0415 - this module is imported in the worker alone

    return jax.ShapeDtypeStruct(array.shape, array.dtype)


def count_primitives(jaxpr: Any) -> Counter[str]:
    """Count the primitives of a jaxpr and of every jaxpr within it, loop bodies once."""
    counts: Counter[str] = Counter(equation.primitive.name for equation in jaxpr.eqns)
    for inner in _inner(jaxpr):
        counts += count_primitives(inner)
    return counts


def _inner(jaxpr: Any) -> Iterator[Any]:
    """Find the jaxprs among the equations' parameters: closed ones hold their own as `.jaxpr`."""
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            for item in value if isinstance(value, list | tuple) else (value,):
                inner = getattr(item, "jaxpr", item)
                if hasattr(inner, "eqns"):
                    yield inner


def classify_layer(name: str, primitives: Mapping[str, int], *, unroll: bool) -> LayerPath:
    """Tell a recurrent layer's kernel by the primitives of its jaxpr."""
    cudnn = sorted(primitive for primitive in primitives if primitive.startswith(_CUDNN_PREFIX))
    if cudnn:
        return LayerPath(layer=name, path="cudnn", evidence=f"primitive {', '.join(cudnn)} in the jaxpr")
    loops = sorted(_LOOPS & primitives.keys())
    if loops:
        return LayerPath(layer=name, path="generic loop", evidence=f"{primitives[loops[0]]} × {loops[0]} in the jaxpr")
    if unroll and primitives.get(_PRODUCT):
        return LayerPath(
            layer=name, path="unrolled", evidence=f"no loop and {primitives[_PRODUCT]} × {_PRODUCT} in the jaxpr"
        )
    total = sum(primitives.values())
    return LayerPath(
        layer=name, path="not provable", evidence=f"neither a loop nor a known kernel among {total} primitives"
    )
