"""Device names: parsed and checked in the parent, applied in the worker before a runtime starts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from bench.errors import DeviceError, suggest
from bench.host.environment import Environment
from bench.host.probe import Probe
from bench.host.sensors.cpu import order_by_core

_ALLOWED = "expected cpu, cpu:N (N threads), gpu, gpu:N (the Nth GPU, from 0), auto or all"
_THREADS_FACTOR = 4
_HINT = "`python -m bench env` shows what this machine has and why a GPU may be missing"


@dataclass(frozen=True)
class Device:
    """What a device name asks for.

    Attributes:
        name: the name as used in cases: `cpu`, `cpu:4`, `gpu` or `gpu:1`.
        num_threads: threads and cores to use, or None for all; only a CPU has it.
        gpu_index: the GPU's index among the visible ones; None for a CPU.
    """

    name: str
    num_threads: int | None = None
    gpu_index: int | None = None

    @property
    def is_gpu(self) -> bool:
        """Whether training runs on a GPU."""
        return self.gpu_index is not None


@dataclass(frozen=True)
class AvailableDevices:
    """The devices of this machine: cores this process may use, and the names of the visible GPUs."""

    num_cpus: int
    gpus: tuple[str, ...]


def available_devices(environment: Environment) -> AvailableDevices:
    """Return the devices of a machine; `CUDA_VISIBLE_DEVICES` hides GPUs as in CUDA."""
    names = tuple(gpu.name for gpu in environment.gpus)
    visible = environment.variables.get("CUDA_VISIBLE_DEVICES")
    return AvailableDevices(environment.num_cpus_usable, names if visible is None else _select(names, visible))


def _select(names: tuple[str, ...], visible: str) -> tuple[str, ...]:
    """Return the GPUs that a `CUDA_VISIBLE_DEVICES` value leaves visible; CUDA stops at the first invalid entry.

    Source: CUDA C++ Programming Guide, "CUDA Environment Variables". An entry by UUID counts as visible without a name.
    """
    selected: list[str] = []
    for entry in (part.strip() for part in visible.split(",")):
        if re.fullmatch(r"\d{1,4}", entry) and int(entry) < len(names):
            selected.append(names[int(entry)])
        elif names and entry.startswith(("GPU-", "MIG-")):
            selected.append(names[0] if len(set(names)) == 1 else "NVIDIA GPU")
        else:
            break
    return tuple(selected)


def name_gpu(index: int, visible: str | None) -> str:
    """Return the value of `CUDA_VISIBLE_DEVICES` that leaves one of the visible GPUs; "-1" if it does not exist."""
    if visible is None:
        return str(index)
    entries = visible.split(",")
    return entries[index].strip() if index < len(entries) else "-1"


def all_devices(available: AvailableDevices) -> tuple[str, ...]:
    """Return what `all` stands for: one thread, four times as many each time up to all cores, then every GPU.

    A machine without a GPU gets `gpu`, too, so that its reports say that there was none. With factors of four a machine
    with 64 cores has four rows; doubling would produce seven.
    """
    num_threads = [1]
    while num_threads[-1] * _THREADS_FACTOR < available.num_cpus:
        num_threads.append(num_threads[-1] * _THREADS_FACTOR)
    cpus = [f"cpu:{number}" for number in dict.fromkeys([*num_threads, available.num_cpus])]
    gpus = [f"gpu:{index}" for index in range(len(available.gpus))] if len(available.gpus) > 1 else ["gpu"]
    return (*cpus, *gpus)


def device_settings(device: str) -> Device:
    """Parse a device name; `auto` is for `resolve_device`.

    Raises:
        DeviceError: the name is not `cpu`, `cpu:N` with N ≥ 1, `gpu`, or `gpu:N` with N ≥ 0.
    """
    match = re.fullmatch(r"(cpu|gpu)(?::(0|[1-9]\d{0,3}))?", device)
    if match is None:
        raise DeviceError(
            f"unknown device {device!r}: {_ALLOWED}{suggest(device.lower(), ('cpu', 'gpu', 'auto', 'all'))}"
        )
    kind, number = match[1], None if match[2] is None else int(match[2])
    if kind == "gpu":
        return Device(device, gpu_index=number or 0)
    if number == 0:
        raise DeviceError("device 'cpu:0' asks for no threads: expected cpu:N with N threads from 1, or cpu for all")
    return Device(device, num_threads=number)


def resolve_device(text: str, available: AvailableDevices) -> str:
    """Return the device that a case trains on: `auto` becomes `gpu` where there is one, else `cpu`.

    Raises:
        DeviceError: the name is invalid, or this machine has no such device: there is no silent fallback to the CPU.
    """
    name = text.strip().lower()
    if name == "auto":
        return "gpu" if available.gpus else "cpu"
    device = device_settings(name)
    if device.gpu_index is not None:
        _check_gpu(device, available)
    elif device.num_threads is not None and device.num_threads > available.num_cpus:
        raise DeviceError(
            f"device {name!r} asks for {device.num_threads} cores, and this process may use {available.num_cpus}: "
            f"ask for cpu:{available.num_cpus} or fewer; {_HINT}"
        )
    return name


def _check_gpu(device: Device, available: AvailableDevices) -> None:
    if not available.gpus:
        raise DeviceError(f"device {device.name!r} was asked for and no GPU is visible here; {_HINT}")
    if device.gpu_index is not None and device.gpu_index >= len(available.gpus):
        raise DeviceError(
            f"device {device.name!r} was asked for and the visible GPUs are gpu:0 to gpu:{len(available.gpus) - 1}; "
            f"{_HINT}"
        )


def choose_cores(device: Device, allowed: frozenset[int], probe: Probe) -> frozenset[int] | None:
    """Return the CPUs a device is bound to: for `cpu:N` N allowed ones on as many cores as there are, else None.

    Two hardware threads of one core are not two cores: a second one is used only after every allowed core has one. See
    docs/decisions/hardware/055-cpu-n-takes-one-cpu-per-core.md.
    """
    if device.num_threads is None:
        return None
    return frozenset(order_by_core(probe, allowed)[: device.num_threads])


def apply_affinity(device: Device) -> frozenset[int] | None:
    """Bind this process to a device's cores, and return them; None where nothing was bound.

    Call it in the worker before the runtime starts its threads, which inherit the affinity. Only Linux supports this;
    elsewhere the runtime's own number of threads is the only limit.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = choose_cores(device, frozenset(os.sched_getaffinity(0)), Probe())
    if cores is not None:
        os.sched_setaffinity(0, cores)
    return cores
