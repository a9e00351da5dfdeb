"""What a machine is, as far as it makes timings differ."""

from __future__ import annotations

import platform

from pydantic import Field

from bench.host.cgroup import read_memory_limit
from bench.host.cpu import Cpu, read_cpu
from bench.host.fingerprint import fingerprint
from bench.host.gpu import Gpu, read_gpus
from bench.host.memory import read_memory_bytes
from bench.host.probe import Probe
from bench.host.software import read_build, read_git, read_keras_config, read_libraries, read_variables
from bench.host.system import read_boot_id, read_distribution, read_virtualization
from bench.plan.case import Frozen

__all__ = ["Environment", "Gpu", "capture_environment"]


class Environment(Frozen):
    """The machine and its software; None for what could not be found out, never a guess.

    Cache sizes are of one instance; `keras_config` holds the values of keras.json that are not Keras' defaults, as
    JSON text; `build` says how libraries were built, such as NumPy's BLAS; `notes` say which probe failed and why.
    """

    hostname: str
    os: str
    distribution: str | None = None
    kernel: str
    virtualization: str | None
    machine: str
    cpu_model: str | None
    num_cpus_usable: int
    num_cpus_online: int | None
    num_physical_cores: int | None
    cgroup_cpu_limit: float | None
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
    boot_id: str | None
    notes: tuple[str, ...] = ()
    fingerprint: str


def capture_environment(probe: Probe | None = None) -> Environment:
    """Describe this machine, its software and the current folder's checkout; no framework is imported.

    Capture it in the parent, before a worker narrows its affinity: the usable cores are part of the fingerprint. Takes
    some tens of milliseconds; a driver without its persistence daemon, or a slow disk under git, can make it a second.

    Args:
        probe: where the figures are read from; this machine by default.
    """
    probe = probe or Probe()
    gpus, gpu_note = read_gpus(probe)
    keras_config, keras_note = read_keras_config(probe.environ)
    git_commit, git_dirty = read_git(probe)
    environment = Environment(
        hostname=platform.node(),
        os=probe.system,
        distribution=read_distribution(probe),
        kernel=platform.release(),
        virtualization=read_virtualization(probe),
        machine=probe.machine,
        **_cpu_fields(read_cpu(probe)),
        memory_bytes=read_memory_bytes(probe),
        memory_limit_bytes=read_memory_limit(probe),
        gpus=gpus,
        python=platform.python_version(),
        libraries=read_libraries(),
        variables=read_variables(probe.environ),
        keras_config=keras_config,
        build=read_build(),
        git_commit=git_commit,
        git_dirty=git_dirty,
        boot_id=read_boot_id(probe),
        notes=tuple(note for note in (gpu_note, keras_note) if note),
        fingerprint="",
    )
    return environment.model_copy(update={"fingerprint": fingerprint(environment)})


def _cpu_fields(cpu: Cpu) -> dict[str, object]:
    return {
        "cpu_model": cpu.model,
        "num_cpus_usable": cpu.num_usable,
        "num_cpus_online": cpu.num_online,
        "num_physical_cores": cpu.num_physical,
        "cgroup_cpu_limit": cpu.quota,
        "cpu_flags": cpu.flags,
        "l1d_cache_bytes": cpu.l1d_bytes,
        "l2_cache_bytes": cpu.l2_bytes,
        "l3_cache_bytes": cpu.l3_bytes,
        "num_numa_nodes": cpu.num_numa_nodes,
        "cpu_governor": cpu.governor,
    }
