"""Whether a network prepares its own input: a first layer that scales or looks up ids must get values as they are."""

from __future__ import annotations

from typing import Any

# What passes values on, in another shape or with a mask.
_PASSES = frozenset({"InputLayer", "Reshape", "Flatten", "Permute", "Masking", "Identity", "ZeroPadding1D"})
_PREPARES = frozenset({"Rescaling", "Normalization", "Embedding"})


def find_own_preparation(model: Any) -> str | None:
    """Return the kind of the first layer of a built model that scales its input or looks up ids; None without one.

    Of a model whose layers are no chain its first layer alone is looked at.
    """
    for layer in getattr(model, "layers", ()):
        kind = type(layer).__name__
        if hasattr(layer, "layers") and kind not in _PASSES:
            return find_own_preparation(layer)
        if kind in _PREPARES:
            return kind
        if kind not in _PASSES:
            return None
    return None
