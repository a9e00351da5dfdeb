"""The processor: model, cores that this process may use, caches, vector instructions, governor."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from bench.host.probe import Probe, parse_int
from bench.host.sensors.cgroup import read_cpu_limit

# The vector and matrix instructions that BLAS, oneDNN and XLA choose their kernels by.
SIMD_FLAGS = (
    "sse4_2", "avx", "f16c", "fma", "avx2", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16",
    "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "amx_fp16", "avx10_1",
    "neon", "asimd", "asimdhp", "asimddp", "bf16", "i8mm", "sve", "sve2", "sme", "vsx", "rvv",
)  # fmt: skip
_CPUS = "/sys/devices/system/cpu"
# Arm's Main ID Register names for server and board cores; /proc/cpuinfo contains only the numbers.
_ARM_CORES = {
    (0x41, 0xD03): "Cortex-A53",
    (0x41, 0xD08): "Cortex-A72",
    (0x41, 0xD0B): "Cortex-A76",
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4F): "Neoverse-V2",
}
_THIRD_LEVEL = 3
_UNIT_BYTES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


@dataclass(frozen=True)
class Cpu:
    """The processor as this process sees it; None for what the system doesn't say.

    `num_usable` counts the cores that affinity and the cgroup's quota leave, at least 1. A quota is rounded down:
    threads on ceil(quota) cores would be throttled for part of every period. `num_allowed` counts what affinity leaves.
    """

    model: str | None
    num_usable: int
    num_allowed: int
    num_online: int | None
    num_physical: int | None
    quota: float | None
    flags: tuple[str, ...]
    l1d_bytes: int | None
    l2_bytes: int | None
    l3_bytes: int | None
    num_numa_nodes: int | None
    governor: str | None


def read_cpu(probe: Probe) -> Cpu:
    """Read what the system says about its processor; a value that cannot be read is None."""
    cpuinfo = _parse_cpuinfo(probe.text("/proc/cpuinfo") or "")
    quota = read_cpu_limit(probe)
    num_online = _read_num_online(probe)
    return Cpu(
        model=_read_model(probe, cpuinfo),
        num_usable=_limit(_count_allowed(probe, num_online), quota),
        num_allowed=_count_allowed(probe, num_online),
        num_online=num_online,
        num_physical=_read_num_physical(probe),
        quota=quota,
        flags=_read_flags(probe, cpuinfo),
        l1d_bytes=_read_cache(probe, 1),
        l2_bytes=_read_cache(probe, 2),
        l3_bytes=_read_cache(probe, 3),
        num_numa_nodes=len(probe.paths("/sys/devices/system/node/node[0-9]*")) or None,
        governor=probe.text(f"{_CPUS}/cpu0/cpufreq/scaling_governor"),
    )


def count_usable_cores(probe: Probe) -> int:
    """Return how many cores affinity and the cgroup's quota leave to this process now, at least 1."""
    return _limit(_count_allowed(probe, _read_num_online(probe)), read_cpu_limit(probe))


def order_by_core(probe: Probe, cpus: Collection[int]) -> tuple[int, ...]:
    """Return CPUs in the order in which they add cores: the first one of every core, by number, then every second.

    Source: the kernel's Documentation/admin-guide/cputopology.rst. If the system doesn't say which CPUs share a
    core, each counts as a separate core.
    """
    num_met: Counter[str] = Counter()
    ranks: dict[int, int] = {}
    for cpu in sorted(cpus):
        core = _read_siblings(probe, cpu) or f"alone {cpu}"
        ranks[cpu] = num_met[core]
        num_met[core] += 1
    return tuple(sorted(cpus, key=lambda cpu: (ranks[cpu], cpu)))


def read_total_l3_bytes(probe: Probe) -> int | None:
    """Return the bytes of all third-level caches of the CPUs that this process may use, or None."""
    folders = [
        folder
        for cpu in sorted(probe.affinity() or ())
        for folder in probe.paths(f"{_CPUS}/cpu{cpu}/cache/index[0-9]*")
        if probe.integer(f"{folder}/level") == _THIRD_LEVEL
    ]
    # Keyed by the CPUs that share it: each of them lists the same cache.
    sizes = {probe.text(f"{folder}/shared_cpu_list") or folder: probe.text(f"{folder}/size") for folder in folders}
    return sum(parse_size(size) or 0 for size in sizes.values()) or parse_int(probe.sysctl("hw.l3cachesize"))


def _read_siblings(probe: Probe, cpu: int) -> str | None:
    """Return the kernel's list of the CPUs on one CPU's core; kernels before 5.3 have only the older name."""
    folder = f"{_CPUS}/cpu{cpu}/topology"
    return probe.text(f"{folder}/core_cpus_list") or probe.text(f"{folder}/thread_siblings_list")


def _count_allowed(probe: Probe, num_online: int | None) -> int:
    return len(probe.affinity() or ()) or num_online or os.cpu_count() or 1


def _limit(num_allowed: int, quota: float | None) -> int:
    return num_allowed if quota is None else max(1, min(num_allowed, math.floor(quota)))


def _parse_cpuinfo(text: str) -> dict[str, str]:
    """Return the first processor's `key : value` lines of /proc/cpuinfo, with keys in lower case."""
    pairs: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            pairs.setdefault(key.strip().lower(), value.strip())
    return pairs


def _read_model(probe: Probe, cpuinfo: dict[str, str]) -> str | None:
    """Name the processor: x86 by its model name, Arm by its core's number and the board's name, macOS by sysctl."""
    named = cpuinfo.get("model name") or cpuinfo.get("cpu model") or probe.sysctl("machdep.cpu.brand_string")
    if named:
        return " ".join(named.split())
    implementer, part = _parse_hex(cpuinfo.get("cpu implementer")), _parse_hex(cpuinfo.get("cpu part"))
    if implementer is None or part is None:
        return None
    core = _ARM_CORES.get((implementer, part), f"Arm implementer {implementer:#04x} part {part:#05x}")
    board = probe.text("/proc/device-tree/model")
    return f"{core} ({board})" if board else core


def _parse_hex(text: str | None) -> int | None:
    return int(text, 16) if text and re.fullmatch(r"0x[0-9a-fA-F]{1,8}", text) else None


def _read_flags(probe: Probe, cpuinfo: dict[str, str]) -> tuple[str, ...]:
    """Return the flags of `SIMD_FLAGS` that the processor has, in that order."""
    words = cpuinfo.get("flags") or cpuinfo.get("features") or ""
    has = set(words.lower().split()) | _read_macos_flags(probe)
    return tuple(flag for flag in SIMD_FLAGS if flag in has)


def _read_macos_flags(probe: Probe) -> set[str]:
    if probe.system != "Darwin":
        return set()
    if probe.machine == "arm64":
        return {"neon"}  # part of the base instruction set, which Apple's kernel does not list
    words = f"{probe.sysctl('machdep.cpu.features') or ''} {probe.sysctl('machdep.cpu.leaf7_features') or ''}"
    spelling = {"avx1.0": "avx", "sse4.2": "sse4_2"}
    return {spelling.get(word, word) for word in words.lower().split()}


def _read_num_online(probe: Probe) -> int | None:
    listed = count_list(probe.text(f"{_CPUS}/online"))
    return listed or parse_int(probe.sysctl("hw.logicalcpu"))


def count_list(text: str | None) -> int | None:
    """Count the CPUs of a kernel list such as `0-3,8,10-11`."""
    if not text or not re.fullmatch(r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*", text):
        return None
    spans = [part.partition("-") for part in text.split(",")]
    return sum(int(last or first) - int(first) + 1 for first, _, last in spans)


def _read_num_physical(probe: Probe) -> int | None:
    """Count the distinct pairs of package and core; cores of one package have different pairs."""
    folders = probe.paths(f"{_CPUS}/cpu[0-9]*/topology")
    pairs = {(probe.integer(f"{folder}/physical_package_id"), probe.integer(f"{folder}/core_id")) for folder in folders}
    return len([pair for pair in pairs if None not in pair]) or parse_int(probe.sysctl("hw.physicalcpu"))


def _read_cache(probe: Probe, level: int) -> int | None:
    """Return the bytes of the first core's data or unified cache of one level (one instance, not the package's sum)."""
    for folder in probe.paths(f"{_CPUS}/cpu0/cache/index[0-9]*"):
        if probe.integer(f"{folder}/level") == level and probe.text(f"{folder}/type") in {"Data", "Unified"}:
            return parse_size(probe.text(f"{folder}/size"))
    return parse_int(probe.sysctl({1: "hw.l1dcachesize", 2: "hw.l2cachesize", 3: "hw.l3cachesize"}[level]))


def parse_size(text: str | None) -> int | None:
    """Return the bytes of a size as the kernel writes it ("32K"), None for none or any other text."""
    match = re.fullmatch(r"(\d{1,12})([KMG]?)", text or "")
    return int(match[1]) * _UNIT_BYTES[match[2]] if match else None
