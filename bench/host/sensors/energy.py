"""Joules used by training, from the machine's counters; None if it has none, never an estimate.

Sources: the kernel's Documentation/power/powercap/powercap.rst (RAPL: microjoules that wrap at `max_energy_range_uj`),
and NVML's `nvmlDeviceGetTotalEnergyConsumption` (millijoules since the driver was loaded, from Volta on).

A counter covers a whole processor package or a whole GPU, including anything else that ran there. A package's counter
excludes its memory, and the platform's (`psys`) includes both, so packages and memory are added and `psys` is not. See
docs/decisions/hardware/025-joules.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.host.probe import Probe

_ZONES = "/sys/class/powercap/intel-rapl:*"  # AMD's driver uses the same names
# The kernel names the die if a package has more than one (drivers/powercap/intel_rapl_common.c).
_PACKAGE = re.compile(r"package-\d{1,3}(-die-\d{1,3})?")
_MICROJOULES_PER_JOULE = 1e6
# More than any socket draws: within the time a counter's range lasts at this power it wraps at most once.
_MAX_WATTS = 1000.0


@dataclass(frozen=True)
class Counter:
    """One counter: its name, a function that reads it in joules (None if it cannot be read), and where it wraps."""

    name: str
    read: Callable[[], float | None]
    range_j: float | None = None


Readings = tuple[float | None, ...]  # of each counter, in joules


class EnergyMeter:
    """Reads the counters before and after a piece of work; without counters it does nothing."""

    def __init__(self, counters: Sequence[Counter] = ()) -> None:
        self._counters = tuple(counters)
        self._begin: Readings | None = None
        self._parts: list[tuple[Readings, Readings]] = []

    @property
    def sensors(self) -> tuple[str, ...]:
        """The counters' names, which say what the joules cover."""
        return tuple(counter.name for counter in self._counters)

    def begin(self) -> None:
        """Read the counters before the work, and forget earlier work."""
        self._parts = []
        self.resume()

    def resume(self) -> None:
        """Read the counters where the work goes on after `end`; what was used in between does not count."""
        self._begin = tuple(counter.read() for counter in self._counters)

    def end(self) -> None:
        """Read the counters after the work, or before something else interrupts it."""
        if self._begin is not None:
            self._parts.append((self._begin, tuple(counter.read() for counter in self._counters)))
        self._begin = None

    def joules(self, seconds: float) -> float | None:
        """Return the joules of the work, which took so many seconds.

        None without counters, if one of them could not be read, or if one may have wrapped more than once.
        """
        parts = [
            _difference(counter, before, after, seconds)
            for readings in self._parts
            for counter, before, after in zip(self._counters, *readings, strict=True)
        ]
        known = [part for part in parts if part is not None]
        return math.fsum(known) if parts and len(known) == len(parts) else None


def _difference(counter: Counter, before: float | None, after: float | None, seconds: float) -> float | None:
    if before is None or after is None:
        return None
    if counter.range_j is None:
        return after - before if after >= before else None  # it was reset: the driver was reloaded
    if seconds * _MAX_WATTS >= counter.range_j:
        return None
    return (after - before) % counter.range_j


def find_package_counters(probe: Probe) -> tuple[Counter, ...]:
    """Return the counters of the processor packages and of their memory that this process may read.

    Empty if there are none, as in most virtual machines, or if only root may read them, as is usual since
    CVE-2020-8694.
    """
    zones = ((zone, probe.text(f"{zone}/name")) for zone in probe.paths(_ZONES))
    found = [_package_counter(probe, zone, name) for zone, name in zones if _counts(name)]
    readable = [counter for counter in found if counter.read() is not None]
    # A part would pass for the whole, so either every counter can be read or none is used.
    return tuple(readable) if len(readable) == len(found) else ()


def has_unreadable_counters(probe: Probe) -> bool:
    """Return whether the machine has package counters that this process may not read."""
    return any(_counts(probe.text(f"{zone}/name")) for zone in probe.paths(_ZONES)) and not find_package_counters(probe)


def _counts(name: str | None) -> bool:
    return name is not None and (name == "dram" or _PACKAGE.fullmatch(name) is not None)


def _package_counter(probe: Probe, zone: str, name: str | None) -> Counter:
    range_uj = probe.integer(f"{zone}/max_energy_range_uj")
    parent = zone.rpartition(":")[0]
    return Counter(
        name=f"memory of {probe.text(f'{parent}/name') or 'a package'}" if name == "dram" else str(name),
        read=lambda: _joules(probe.integer(f"{zone}/energy_uj")),
        range_j=_joules(range_uj),
    )


def _joules(microjoules: int | None) -> float | None:
    return None if microjoules is None else microjoules / _MICROJOULES_PER_JOULE
