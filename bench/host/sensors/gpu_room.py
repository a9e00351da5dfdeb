"""What a trial's GPU has for new processes: how much of its memory is free, and whether it admits several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.host.devices import name_gpu
from bench.host.sensors.gpu import ask_nvml, decode_text, import_nvml


@dataclass(frozen=True)
class GpuRoom:
    """What is free of a GPU's memory, in bytes, None where NVML doesn't say; and whether several processes may use it.

    In another compute mode than the default one a second process gets no context. NVIDIA's MPS would let it in, and
    NVML does not say whether that runs.
    """

    free_bytes: int | None = None
    is_shared: bool = True


def read_gpu_room(
    gpu_index: int, environ: Mapping[str, str] = os.environ, load_nvml: Callable[[], Any] = import_nvml
) -> GpuRoom:
    """Return what a GPU has; where nobody can tell which one it is, the least that any has.

    Args:
        gpu_index: the GPU's index among those that `CUDA_VISIBLE_DEVICES` leaves visible.
        environ: the environment variables.
        load_nvml: returns the NVML module, or raises ImportError.
    """
    try:
        nvml = load_nvml()
    except ImportError:
        return GpuRoom()
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return GpuRoom()
    try:
        handles = _find_handles(nvml, gpu_index, environ)
        memories = [ask_nvml(nvml, nvml.nvmlDeviceGetMemoryInfo, handle) for handle in handles]
        modes = {ask_nvml(nvml, nvml.nvmlDeviceGetComputeMode, handle) for handle in handles}
    except nvml.NVMLError:
        return GpuRoom()
    finally:
        nvml.nvmlShutdown()
    free_bytes = min((int(memory.free) for memory in memories if memory is not None), default=None)
    return GpuRoom(free_bytes, is_shared=modes <= {None, nvml.NVML_COMPUTEMODE_DEFAULT})


def _find_handles(nvml: Any, gpu_index: int, environ: Mapping[str, str]) -> list[Any]:
    """Return the one GPU that is meant, or all where that cannot be told, as of a part of a GPU (MIG)."""
    handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    name = name_gpu(gpu_index, environ.get("CUDA_VISIBLE_DEVICES"))
    if name.startswith("GPU-"):
        uuids = [decode_text(ask_nvml(nvml, nvml.nvmlDeviceGetUUID, handle)) or "" for handle in handles]
        found = [handle for handle, uuid in zip(handles, uuids, strict=True) if uuid.startswith(name)]
    else:
        is_known = name.isdecimal() and _are_in_bus_order(nvml, handles, environ)
        found = handles[int(name) :][:1] if is_known else []
    return found if len(found) == 1 else handles


def _are_in_bus_order(nvml: Any, handles: list[Any], environ: Mapping[str, str]) -> bool:
    """Tell whether CUDA numbers the GPUs as NVML does, by their place on the bus.

    Left to itself, CUDA puts the fastest first (CUDA C++ Programming Guide, `CUDA_DEVICE_ORDER`).
    """
    models = {ask_nvml(nvml, nvml.nvmlDeviceGetName, handle) for handle in handles}
    return environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID" or len(models) == 1
