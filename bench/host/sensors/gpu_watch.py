"""The GPUs that this process trains on, watched through NVML: who else uses them, and their energy counters.

NVML and CUDA number GPUs in different orders, so a GPU counts as this process's own if NVML lists its process id or the
machine has no other GPU. Inside a container NVML may list the host's process ids; foreign ones are then unknown.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.host.sensors.energy import Counter
from bench.host.sensors.gpu import import_nvml

_MILLIJOULES_PER_JOULE = 1000
_MILLIWATTS_PER_WATT = 1000


@dataclass(frozen=True)
class GpuNow:
    """A GPU's clocks and power at one moment; None for what NVML does not say."""

    sm_clock_mhz: int | None = None
    memory_clock_mhz: int | None = None
    power_w: float | None = None


class GpuWatch:
    """Queries NVML about this process's own GPUs; None for what it doesn't say. It never stops a training.

    Args:
        load_nvml: returns the NVML module, or raises ImportError.
        pid: this process's id.
    """

    def __init__(self, load_nvml: Callable[[], Any] = import_nvml, pid: int | None = None) -> None:
        self._pid = pid or os.getpid()
        self._nvml: Any = None
        self._handles: list[Any] = []
        try:
            nvml = load_nvml()
        except ImportError:
            return
        try:
            nvml.nvmlInit()
            self._handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        except nvml.NVMLError:
            return
        self._nvml = nvml

    def count_foreign(self) -> int | None:
        """Return how many other processes compute on this process's GPUs now; None if that is unknown."""
        lists = [pids for pids in map(self._pids, self._handles) if pids is not None and self._pid in pids]
        return len({pid for pids in lists for pid in pids} - {self._pid}) if lists else None

    def counters(self) -> tuple[Counter, ...]:
        """Return the energy counters of this process's GPUs; empty if one has none, or its own GPUs are unknown.

        Call it after the process has started using its GPU: NVML does not list it earlier.
        """
        own = [(index, handle) for index, handle in enumerate(self._handles) if self._is_own(handle)]
        found = [self._counter(index, handle) for index, handle in own]
        return tuple(found) if all(counter.read() is not None for counter in found) else ()

    def read_now(self) -> GpuNow:
        """Return the clocks and the power of the first of this process's GPUs; nothing where that is unknown."""
        handle = next((one for one in self._handles if self._is_own(one)), None)
        if handle is None:
            return GpuNow()
        ask, nvml = self._ask, self._nvml
        milliwatts = ask(nvml.nvmlDeviceGetPowerUsage, handle)
        return GpuNow(
            sm_clock_mhz=ask(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_SM),
            memory_clock_mhz=ask(nvml.nvmlDeviceGetClockInfo, handle, nvml.NVML_CLOCK_MEM),
            power_w=None if milliwatts is None else milliwatts / _MILLIWATTS_PER_WATT,
        )

    def _is_own(self, handle: Any) -> bool:
        return len(self._handles) == 1 or self._pid in (self._pids(handle) or ())

    def _counter(self, index: int, handle: Any) -> Counter:
        def read() -> float | None:
            millijoules = self._ask(self._nvml.nvmlDeviceGetTotalEnergyConsumption, handle)
            return None if millijoules is None else millijoules / _MILLIJOULES_PER_JOULE

        return Counter(f"GPU {index}", read)

    def _pids(self, handle: Any) -> set[int] | None:
        processes = self._ask(self._nvml.nvmlDeviceGetComputeRunningProcesses, handle)
        return None if processes is None else {process.pid for process in processes}

    def _ask(self, question: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return question(*arguments)
        except self._nvml.NVMLError:
            return None
