"""What a built model was seen to run, as values: every backend's evidence ends in these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PathKind = Literal["cudnn", "generic loop", "compiled loop", "unrolled", "fused", "not provable"]


@dataclass(frozen=True)
class LayerPath:
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
