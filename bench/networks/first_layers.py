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
    layer = _find_first(model)
    return type(layer).__name__ if layer is not None and _prepares(layer) else None


def count_ids(model: Any) -> int | None:
    """Return how many ids the `Embedding` knows that a model begins with; None where it begins with none."""
    embedding = find_embedding(model)
    return None if embedding is None else int(embedding.input_dim)


def find_embedding(model: Any) -> Any:
    """Return the `Embedding` that a model begins with; None where it begins with none."""
    layer = _find_first(model)
    return layer if type(layer).__name__ == "Embedding" else None


def _find_first(model: Any) -> Any:
    """Return the first layer that does anything to the values, or None."""
    for layer in getattr(model, "layers", ()):
        kind = type(layer).__name__
        if hasattr(layer, "layers") and kind not in _PASSES:
            return _find_first(layer)
        if kind not in _PASSES:
            return layer
    return None


def _prepares(layer: Any) -> bool:
    """Tell whether a layer scales or looks up ids; a `Normalization` that was never adapted passes values on."""
    kind = type(layer).__name__
    return kind in _PREPARES and not (kind == "Normalization" and layer.input_mean is None and not _is_adapted(layer))


def _is_adapted(layer: Any) -> bool:
    weights = layer.get_weights()
    return bool(weights) and bool((weights[0] != 0).any() or (weights[1] != 1).any())
