"""How quiet the machine was: load, steal time, throttling, other processes on the GPU, and the canary."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType

from bench.frozen_model import Amount, Frozen, Seconds
from bench.host.probe import Probe, parse_int
from bench.host.sensors.canary import Canary, CanaryMeter
from bench.host.sensors.cgroup import Throttling, read_throttling

_STEAL_FIELD = 8  # `cpu user nice system idle iowait irq softirq steal …`, proc(5)


class Noise(Frozen):
    """One reading; None for what the machine doesn't provide.

    `steal_s` and `num_throttles` (for heat) count since boot, `quota` since the group began.
    `num_foreign_gpu_processes` counts on the trial's GPU; None on a CPU.
    """

    load_1m: Amount | None
    steal_s: Seconds | None
    num_throttles: int | None
    canary: Canary | None
    num_foreign_gpu_processes: int | None = None
    quota: Throttling | None = None


class NoiseMeter:
    """Reads the noise between epochs.

    Args:
        num_cores: cores that the canary uses; by default all that affinity and a container's quota allow.
        probe: where load, steal and throttling are read from.
        count_foreign: counts the other processes on the trial's GPU; None for a trial on a CPU.
    """

    def __init__(
        self,
        num_cores: int | None = None,
        probe: Probe | None = None,
        count_foreign: Callable[[], int | None] | None = None,
    ) -> None:
        self._probe = probe or Probe()
        self._count_foreign = count_foreign
        self._canary = CanaryMeter(num_cores=num_cores, probe=self._probe)

    def read(self) -> Noise:
        """Return one reading; takes tens of milliseconds, for the canary."""
        return Noise(
            load_1m=read_load(),
            steal_s=read_steal_s(self._probe),
            num_throttles=read_num_throttles(self._probe),
            canary=self._canary.read(),
            num_foreign_gpu_processes=self._count_foreign() if self._count_foreign else None,
            quota=read_throttling(self._probe),
        )

    def close(self) -> None:
        """End the canary's threads."""
        self._canary.close()

    def __enter__(self) -> NoiseMeter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_load() -> float | None:
    """Return the load average of the last minute, or None if the system has none."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def read_steal_s(probe: Probe) -> float | None:
    """Return the steal time since boot, summed over CPUs, or None."""
    fields = (probe.text("/proc/stat") or "").partition("\n")[0].split()
    ticks = parse_int(fields[_STEAL_FIELD]) if len(fields) > _STEAL_FIELD and fields[0] == "cpu" else None
    return None if ticks is None else ticks / os.sysconf("SC_CLK_TCK")


def read_num_throttles(probe: Probe) -> int | None:
    """Return how often any core was throttled for heat since boot, or None if the processor doesn't count it."""
    paths = probe.paths("/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count")
    counts = [count for count in map(probe.integer, paths) if count is not None]
    return sum(counts) if counts else None
