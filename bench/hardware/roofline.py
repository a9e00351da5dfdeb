"""Where a network stands under a device's roof: Williams, Waterman and Patterson, Roofline, CACM 52 (2009)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.networks.flops import LayerSheet
from bench.settings import Precision

_BYTES: dict[Precision, int] = {"float32": 4, "float64": 8, "mixed_float16": 2, "mixed_bfloat16": 2}
# A layer's output is written once and read by the next layer and by the backward pass; so much again for its gradient,
# less one read.
_OUTPUT_PASSES = 5
# A weight is read in both directions, its gradient is written and read, and Adam reads and writes the weight and two
# moments.
_WEIGHT_PASSES = 10
_WEIGHT_BYTES = 4  # mixed precision keeps weights, gradients and moments in float32


def operational_intensity(
    flops_per_example: int | None,
    num_params: int | None,
    layers: Sequence[LayerSheet],
    batch_size: int,
    precision: Precision = "float32",
) -> float | None:
    """Return an upper bound of the FLOP that a training step does for each byte that it moves; None where unknown.

    The bytes are the least that a step can move with perfect caches: each layer's output and its gradient, and each
    weight, its gradient and Adam's moments, as often as the passes over them ask. What a network keeps inside a layer
    (a recurrent layer's states and gates at each time step) is not counted, so the true intensity is lower.
    """
    sizes = [_num_values(layer.output_shape) for layer in layers]
    known = [size for size in sizes if size is not None]
    if flops_per_example is None or num_params is None or not known or len(known) != len(sizes):
        return None
    weight_bytes = _BYTES[precision] if precision == "float64" else _WEIGHT_BYTES
    per_example = _OUTPUT_PASSES * _BYTES[precision] * sum(known)
    per_step = _WEIGHT_PASSES * weight_bytes * num_params
    return batch_size * flops_per_example / (batch_size * per_example + per_step)


def roof(intensity: float, flops_per_s: float, bytes_per_s: float) -> float:
    """Return the most FLOP/s that a device allows at an intensity in FLOP/byte."""
    return min(flops_per_s, intensity * bytes_per_s)


def _num_values(shape: Sequence[int | None]) -> int | None:
    sizes = [size for size in shape if size is not None]
    return math.prod(sizes) if len(sizes) == len(shape) else None
