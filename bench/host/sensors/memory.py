"""Main memory: its size, what is free of it, and this process's peak use."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from bench.host.probe import Probe, parse_int
from bench.host.sensors.cgroup import read_free_within_limits

_KIB = 1024


def read_memory_bytes(probe: Probe) -> int | None:
    """Return the machine's main memory in bytes, as the kernel counts it, or None."""
    kib = _find_kib(probe.text("/proc/meminfo") or "", "MemTotal")
    return kib * _KIB if kib else parse_int(probe.sysctl("hw.memsize"))


def read_free_bytes(probe: Probe) -> int | None:
    """Return the memory that new processes can take without swapping, or None if the system doesn't say.

    Never below 0; of a container's limit it is what the container's processes left of it.
    """
    kib = _find_kib(probe.text("/proc/meminfo") or "", "MemAvailable")
    free = (None if kib is None else kib * _KIB, read_free_within_limits(probe))
    return min((one for one in free if one is not None), default=read_memory_bytes(probe))


def _read_own_status() -> str | None:
    try:
        return Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None


def _read_max_rss() -> int:
    import resource  # noqa: PLC0415 - Windows has no such module

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peak_rss_bytes(
    read_status: Callable[[], str | None] = _read_own_status,
    read_max_rss: Callable[[], int] = _read_max_rss,
    platform: str = sys.platform,
) -> int | None:
    """Return this process's peak resident memory in bytes, or None if the system doesn't say.

    On Linux that is VmHWM of /proc/self/status (proc(5)). `ru_maxrss` would be wrong there: the kernel keeps it across
    fork and exec, so a worker started by a large parent would report its parent's size. On macOS `ru_maxrss` is the
    process's own, and in bytes.
    """
    if platform == "linux":
        kib = _find_kib(read_status() or "", "VmHWM")
        return kib * _KIB if kib else None
    return read_max_rss() if platform == "darwin" else None


def _find_kib(text: str, name: str) -> int | None:
    match = re.search(rf"^{name}:\s+(\d{{1,18}}) kB$", text, re.MULTILINE)
    return int(match[1]) if match else None
