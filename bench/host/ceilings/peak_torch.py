"""Ceilings measured with PyTorch, for a machine without TensorFlow: the same products and arrays."""

from __future__ import annotations

import os
from typing import Any

from bench.host.ceilings.ceilings import Ceiling, Ceilings
from bench.host.ceilings.peak_sizes import (
    GPU_PRODUCTS,
    LSTM_PRODUCTS,
    LSTM_SHAPE,
    OPERANDS,
    SMALLEST_ARRAY_BYTES,
    SQUARE_SIZES,
    Clock,
    choose_array_bytes,
    time_best,
)
from bench.host.devices import Device, apply_affinity
from bench.host.probe import Probe
from bench.settings import Precision


def measure_with_torch(device: Device, precision: Precision, clock: Clock) -> Ceilings:
    """Measure one device under a trial's conditions; without a graph, each product pays for its own launch."""
    apply_affinity(device)
    if not device.is_gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import torch  # noqa: PLC0415 - after the variables that it reads

    if device.num_threads is not None:
        torch.set_num_threads(device.num_threads)
    torch.backends.cuda.matmul.allow_tf32 = device.is_gpu  # a ceiling is what can be reached
    place = torch.device(f"cuda:{device.gpu_index}" if device.is_gpu else "cpu")
    kind = getattr(torch, OPERANDS[precision])
    num_products = GPU_PRODUCTS if device.is_gpu else 1
    ceiling = Ceiling(
        device=device.name,
        precision=precision,
        gemm_flops_per_s=max(
            _time_products(torch, place, kind, (size, size, size), num_products, clock) for size in SQUARE_SIZES
        ),
        lstm_gemm_flops_per_s=_time_products(torch, place, kind, LSTM_SHAPE, LSTM_PRODUCTS, clock),
        bandwidth_bytes_per_s=_measure_bandwidth(torch, device, place, kind, num_products, clock),
        tf32=device.is_gpu and precision == "float32",
    )
    return Ceilings(tensorflow="", torch=str(torch.__version__), devices=(ceiling,))


def _time_products(
    torch: Any, place: Any, kind: Any, shape: tuple[int, int, int], num_products: int, clock: Clock
) -> float:
    """Return FLOP/s of products (rows, inner) by (inner, columns) done one after another, at 2·m·k·n FLOP each."""
    rows, inner, columns = shape
    lefts = [torch.rand((rows, inner), device=place).to(kind) for _ in range(num_products)]
    right = torch.rand((inner, columns), device=place).to(kind)
    product = torch.empty((rows, columns), device=place, dtype=kind)

    def multiply() -> None:
        for left in lefts:
            torch.mm(left, right, out=product)
        _wait(torch, place)

    return 2 * rows * inner * columns * num_products / time_best(multiply, clock)


def _measure_bandwidth(torch: Any, device: Device, place: Any, kind: Any, num_passes: int, clock: Clock) -> float:
    """Return bytes per second, read and written, of adding one to an array, halved until it fits into a full device."""
    array_bytes = choose_array_bytes(device, Probe())
    while True:
        try:
            return _time_bandwidth(torch, place, kind, array_bytes, num_passes, clock)
        except torch.OutOfMemoryError:
            if array_bytes <= SMALLEST_ARRAY_BYTES:
                raise
            array_bytes //= 2


def _time_bandwidth(torch: Any, place: Any, kind: Any, array_bytes: int, num_passes: int, clock: Clock) -> float:
    before = torch.ones(array_bytes // kind.itemsize, device=place, dtype=kind)
    after = torch.empty_like(before)

    def add() -> None:
        for _ in range(num_passes):
            torch.add(before, 1, out=after)
        _wait(torch, place)

    num_bytes: int = kind.itemsize * len(before)
    return 2 * num_bytes * num_passes / time_best(add, clock)


def _wait(torch: Any, place: Any) -> None:
    if place.type == "cuda":
        torch.cuda.synchronize(place)
