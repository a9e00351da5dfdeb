"""What a machine is, as far as it makes timings differ."""

from __future__ import annotations

from bench.plan.case import Frozen


class Gpu(Frozen):
    """One GPU as its driver describes it; None where the driver does not tell."""

    name: str
    memory_bytes: int | None
    driver: str | None
    compute_capability: str | None
    power_limit_w: float | None
    max_clock_mhz: int | None


class Environment(Frozen):
    """The machine and its software; None for what could not be found out, never a guess."""

    hostname: str
    os: str
    kernel: str
    virtualization: str | None
    machine: str
    cpu_model: str | None
    num_cpus_usable: int
    num_cpus_online: int | None
    num_physical_cores: int | None
    cgroup_cpu_limit: float | None
    cpu_flags: tuple[str, ...]
    l3_cache_bytes: int | None
    memory_bytes: int | None
    memory_limit_bytes: int | None
    num_numa_nodes: int | None
    cpu_governor: str | None
    gpus: tuple[Gpu, ...]
    python: str
    libraries: dict[str, str]
    variables: dict[str, str]
    git_commit: str | None
    git_dirty: bool | None
    boot_id: str | None
    fingerprint: str
