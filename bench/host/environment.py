"""The properties of a machine and its software that affect timings."""

from __future__ import annotations

from pydantic import Field

from bench.frozen_model import Amount, Frozen
from bench.host.sensors.gpu import Gpu

__all__ = ["Environment", "Gpu"]


class Environment(Frozen):
    """The machine and its software; None for what could not be determined, never a guess.

    Cache sizes are of one instance; `keras_config` holds the values of keras.json that are not Keras' defaults, as
    JSON text; `build` says how libraries such as NumPy's BLAS were built; `notes` say which probe failed and why.
    `num_cpus_allowed` counts the CPUs that affinity leaves, for each of which a framework starts a thread, whatever a
    quota leaves of them. `git_note` says why there is no commit.
    """

    hostname: str
    os: str
    distribution: str | None = None
    kernel: str
    virtualization: str | None
    machine: str
    cpu_model: str | None
    num_cpus_usable: int
    num_cpus_allowed: int | None = None
    num_cpus_online: int | None
    num_physical_cores: int | None
    cgroup_cpu_limit: Amount | None
    cpu_flags: tuple[str, ...]
    l1d_cache_bytes: int | None = None
    l2_cache_bytes: int | None = None
    l3_cache_bytes: int | None
    memory_bytes: int | None
    memory_limit_bytes: int | None
    num_numa_nodes: int | None
    cpu_governor: str | None
    gpus: tuple[Gpu, ...]
    python: str
    libraries: dict[str, str]
    variables: dict[str, str]
    keras_config: dict[str, str] = Field(default_factory=dict)
    build: dict[str, str] = Field(default_factory=dict)
    git_commit: str | None
    git_dirty: bool | None
    git_note: str | None = None
    niceness: int | None = None
    boot_id: str | None
    notes: tuple[str, ...] = ()
    fingerprint: str
