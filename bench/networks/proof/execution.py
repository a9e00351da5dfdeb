"""What a built model was seen to run, in the same form for every backend, and how calls are watched."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bench.frozen_model import Frozen

PathKind = Literal["cudnn", "generic loop", "compiled loop", "unrolled", "fused", "not provable"]


class LayerPath(Frozen):
    """The kernel that one recurrent layer really uses, and what proves it."""

    layer: str
    path: PathKind
    evidence: str


@dataclass(frozen=True)
class ExecutionPath:
    """What a built model really runs.

    Attributes:
        layer_paths: one entry for each recurrent layer, in the model's order.
        op_devices: number of operations of a forward pass by device, empty where the backend does not tell.
    """

    layer_paths: tuple[LayerPath, ...]
    op_devices: Mapping[str, int]


@contextlib.contextmanager
def watch_calls(layer: Any, watch: Callable[..., Any], method: str = "call") -> Iterator[None]:
    """Let every call of a layer go through `watch`, which gets the layer's own `call` and then the arguments.

    `method` is what the framework names it: `call` is Keras', `forward` PyTorch's.
    """
    original, previous = getattr(layer, method), vars(layer).get(method)

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        return watch(original, *args, **kwargs)

    # Past Keras' own __setattr__, which would track the function as part of the layer.
    object.__setattr__(layer, method, call)
    try:
        yield
    finally:
        if previous is None:
            object.__delattr__(layer, method)
        else:
            object.__setattr__(layer, method, previous)


def watch_masks(layer: Any, masked: set[int]) -> contextlib.AbstractContextManager[None]:
    """Add `id(layer)` to `masked` when the layer is called with a mask."""

    def note(call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("mask") is not None:
            masked.add(id(layer))
        return call(*args, **kwargs)

    return watch_calls(layer, note)


def tell_mask(path: LayerPath, *, masked: bool) -> LayerPath:
    """Add to the evidence that the layer was seen to get a mask."""
    return path.model_copy(update={"evidence": f"{path.evidence}, with a mask"}) if masked else path
