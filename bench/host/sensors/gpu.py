"""The GPUs that NVIDIA's driver reports. They are never required; if the driver fails, only its values are missing."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from bench.frozen_model import Amount, Frozen
from bench.host.probe import Probe

_NVIDIA_VENDOR = "0x10de"
_DISPLAY_CLASSES = ("0x0300", "0x0302")  # PCI base class 03: VGA controller and 3D controller
_MILLIWATTS_PER_WATT = 1000


class Gpu(Frozen):
    """One GPU as its driver describes it; None for what the driver doesn't say.

    `cuda` is the newest CUDA that the driver supports, not the one bundled with a framework.
    """

    name: str
    memory_bytes: int | None
    driver: str | None
    compute_capability: str | None
    power_limit_w: Amount | None
    max_clock_mhz: int | None
    max_memory_clock_mhz: int | None = None
    cuda: str | None = None


def import_nvml() -> Any:
    """Return the NVML bindings; raise ImportError if they are not installed."""
    return importlib.import_module("pynvml")


def read_gpus(probe: Probe, load_nvml: Callable[[], Any] = import_nvml) -> tuple[tuple[Gpu, ...], str | None]:
    """Return the machine's NVIDIA GPUs, and a note if there is a GPU but NVML is not available.

    Without NVML, the kernel driver's list provides only the names.
    """
    try:
        nvml = load_nvml()
    except ImportError:
        return _without_nvml(probe, "nvidia-ml-py is not installed")
    try:
        return _read_nvml(nvml), None
    except nvml.NVMLError as error:
        return _without_nvml(probe, f"NVML failed ({error})")


def _without_nvml(probe: Probe, why: str) -> tuple[tuple[Gpu, ...], str | None]:
    gpus = _read_proc(probe)
    return gpus, f"{why}: the GPUs' names are known, their memory and clocks are not" if gpus else None


def count_pci_gpus(probe: Probe) -> int:
    """Count NVIDIA display devices on the PCI bus, with or without a driver for them."""
    return sum(
        probe.text(f"{device}/vendor") == _NVIDIA_VENDOR
        and (probe.text(f"{device}/class") or "").startswith(_DISPLAY_CLASSES)
        for device in probe.paths("/sys/bus/pci/devices/*")
    )


def _read_nvml(nvml: Any) -> tuple[Gpu, ...]:
    """Query NVML; `nvmlInit` raises NVMLError if there is no driver."""
    nvml.nvmlInit()
    try:
        system = (
            ask_nvml(nvml, nvml.nvmlSystemGetDriverVersion),
            ask_nvml(nvml, nvml.nvmlSystemGetCudaDriverVersion_v2),
        )
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        return tuple(_describe(nvml, handle, *system) for handle in handles)
    finally:
        nvml.nvmlShutdown()


def _describe(nvml: Any, handle: Any, driver: Any, cuda: int | None) -> Gpu:
    memory = ask_nvml(nvml, nvml.nvmlDeviceGetMemoryInfo, handle)
    capability = ask_nvml(nvml, nvml.nvmlDeviceGetCudaComputeCapability, handle)
    limit_mw = ask_nvml(nvml, nvml.nvmlDeviceGetPowerManagementLimit, handle)
    return Gpu(
        name=decode_text(ask_nvml(nvml, nvml.nvmlDeviceGetName, handle)) or "NVIDIA GPU",
        memory_bytes=None if memory is None else int(memory.total),
        driver=decode_text(driver),
        compute_capability=None if capability is None else ".".join(str(part) for part in capability),
        power_limit_w=None if limit_mw is None else limit_mw / _MILLIWATTS_PER_WATT,
        max_clock_mhz=ask_nvml(nvml, nvml.nvmlDeviceGetMaxClockInfo, handle, nvml.NVML_CLOCK_SM),
        max_memory_clock_mhz=ask_nvml(nvml, nvml.nvmlDeviceGetMaxClockInfo, handle, nvml.NVML_CLOCK_MEM),
        cuda=None if cuda is None else f"{cuda // 1000}.{cuda % 1000 // 10}",  # 12060 is CUDA 12.6
    )


def ask_nvml(nvml: Any, question: Callable[..., Any], *arguments: Any) -> Any:
    """Return NVML's answer, or None if this GPU does not support the query."""
    try:
        return question(*arguments)
    except nvml.NVMLError:
        return None


def decode_text(text: str | bytes | None) -> str | None:
    """Return text; older bindings return bytes."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _read_proc(probe: Probe) -> tuple[Gpu, ...]:
    """Read the kernel driver's list, /proc/driver/nvidia."""
    version = re.search(r"Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s", probe.text("/proc/driver/nvidia/version") or "")
    texts = [probe.text(path) or "" for path in probe.paths("/proc/driver/nvidia/gpus/*/information")]
    models = [re.search(r"^Model:\s*(.+)$", text, re.MULTILINE) for text in texts]
    return tuple(
        Gpu(
            name=model[1].strip() if model else "NVIDIA GPU",
            memory_bytes=None,
            driver=version[1] if version else None,
            compute_capability=None,
            power_limit_w=None,
            max_clock_mhz=None,
        )
        for model in models
    )
