"""The limits that a container or a cluster's scheduler imposes on this process, from cgroup version 1 or 2.

Sources: the kernel's Documentation/admin-guide/cgroup-v2.rst (cpu.max, cpu.stat, memory.max, memory.current,
memory.stat), cgroup-v1/memory.rst (memory.limit_in_bytes, memory.usage_in_bytes, memory.stat) and
Documentation/scheduler/sched-bwc.rst (version 1's cpu.cfs_quota_us and cpu.stat). A limit on any ancestor applies, so
the smallest from the process's group up to the root counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from bench.frozen_model import Frozen, Seconds
from bench.host.probe import Probe, parse_int

_MOUNT = "/sys/fs/cgroup"
# Version 1 writes "no limit" as the largest page-aligned signed 64-bit number; no real limit comes near half of it.
_NO_LIMIT_BYTES = 2**62


class Throttling(Frozen):
    """How a CPU quota acted since its group began: all periods, and those in which it stopped the group.

    `throttled_s` is how long it was stopped, summed over the CPUs.
    """

    num_periods: int
    num_throttled: int
    throttled_s: Seconds


def read_cpu_limit(probe: Probe) -> float | None:
    """Return the CPU quota in cores (1.5 is one and a half), or None if there is none."""
    return min((limit for limit, _ in _quotas(probe)), default=None)


def read_throttling(probe: Probe) -> Throttling | None:
    """Return what `cpu.stat` counts in the group with the smallest CPU quota, or None if there is no quota."""
    _, folder = min(_quotas(probe), default=(None, None))
    if folder is None:
        return None
    counts = _read_counts(probe, f"{folder}/cpu.stat")
    num_periods, num_throttled = counts.get("nr_periods"), counts.get("nr_throttled")
    microseconds, nanoseconds = counts.get("throttled_usec"), counts.get("throttled_time")
    if num_periods is None or num_throttled is None:
        return None
    throttled_s = (microseconds or 0) / 1e6 + (nanoseconds or 0) / 1e9  # version 2 has the first, version 1 the second
    return Throttling(num_periods=num_periods, num_throttled=num_throttled, throttled_s=throttled_s)


def _quotas(probe: Probe) -> Iterator[tuple[float, str]]:
    """Yield each CPU quota, in cores, with the folder of its group."""
    limits = [(_parse_cpu_max(probe.text(f"{folder}/cpu.max")), folder) for folder in _folders(probe, None)]
    limits += [(_read_quota_v1(probe, folder), folder) for folder in _folders(probe, "cpu")]
    yield from ((limit, folder) for limit, folder in limits if limit is not None)


def read_memory_limit(probe: Probe) -> int | None:
    """Return the memory limit in bytes, or None if there is none."""
    return min((limit for limit, _ in _memory_limits(probe)), default=None)


def read_free_within_limits(probe: Probe) -> int | None:
    """Return how many more bytes the memory limits allow, or None if there is none.

    A limit counts for all of its group: what a notebook's kernel or a CI agent holds there is not free.
    """
    return min((max(limit - used, 0) for limit, used in _memory_limits(probe)), default=None)


def _memory_limits(probe: Probe) -> Iterator[tuple[int, int]]:
    """Yield each memory limit with what its group uses, in bytes; 0 where the group does not say."""
    files = (
        (None, "memory.max", "memory.current", "inactive_file"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    )
    for controller, of_limit, of_use, of_cache in files:
        for folder in _folders(probe, controller):
            limit = probe.integer(f"{folder}/{of_limit}")
            if limit is not None and 0 < limit < _NO_LIMIT_BYTES:
                # Cached files that nobody read lately are given up before anybody is killed.
                cached = _read_counts(probe, f"{folder}/memory.stat").get(of_cache) or 0
                yield limit, max((probe.integer(f"{folder}/{of_use}") or 0) - cached, 0)


def _read_counts(probe: Probe, path: str) -> dict[str, int | None]:
    """Return the numbers of a file with a name and a number in each line."""
    pairs = (line.split() for line in (probe.text(path) or "").splitlines())
    return {pair[0]: parse_int(pair[1]) for pair in pairs if len(pair) == 2}  # noqa: PLR2004 - a name and a number


def _folders(probe: Probe, controller: str | None) -> Iterator[str]:
    """Yield this process's group and its ancestors; `controller` is None for version 2's one hierarchy.

    If a container sees its host's path, that folder does not exist inside it; the mount's root is then its own group.
    """
    for line in (probe.text("/proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if names != "" if controller is None else controller not in names.split(","):
            continue
        for mount in _mounts(controller, names):
            group = PurePosixPath(path.lstrip("/"))
            for ancestor in (group, *group.parents):
                yield f"{mount}/{ancestor}"


def _mounts(controller: str | None, names: str) -> tuple[str, ...]:
    if controller is None:
        return (_MOUNT, f"{_MOUNT}/unified")
    return tuple(dict.fromkeys((f"{_MOUNT}/{names}", f"{_MOUNT}/{controller}")))


def _parse_cpu_max(text: str | None) -> float | None:
    """Parse version 2's `$MAX $PERIOD` in microseconds; `max` is no limit."""
    quota, _, period = (text or "").partition(" ")
    return _divide(parse_int(quota), parse_int(period))


def _read_quota_v1(probe: Probe, folder: str) -> float | None:
    return _divide(probe.integer(f"{folder}/cpu.cfs_quota_us"), probe.integer(f"{folder}/cpu.cfs_period_us"))


def _divide(quota_us: int | None, period_us: int | None) -> float | None:
    """Return cores from a quota and its period; version 1 writes -1 for no limit."""
    if quota_us is None or period_us is None or quota_us <= 0 or period_us <= 0:
        return None
    return quota_us / period_us
