"""Captures this machine's `Environment`."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from bench.host.environment import Environment
from bench.host.fingerprint import fingerprint
from bench.host.probe import Probe
from bench.host.sensors.cgroup import read_memory_limit
from bench.host.sensors.cpu import Cpu, read_cpu
from bench.host.sensors.gpu import read_gpus
from bench.host.sensors.memory import read_memory_bytes
from bench.host.software import read_build, read_git, read_keras_config, read_libraries, read_variables
from bench.host.system import read_boot_id, read_distribution, read_virtualization


def capture_environment(probe: Probe | None = None, output: Path = Path("results")) -> Environment:
    """Describe this machine, its software and the current folder's checkout; no framework is imported.

    Call it in the parent, before a worker restricts its affinity: the usable cores are part of the fingerprint. Takes
    tens of milliseconds, or up to a second with a GPU driver without persistence mode or a slow disk under git.

    Args:
        probe: where the facts are read from; this machine by default.
        output: the folder of results, which makes no working tree changed.
    """
    probe = probe or Probe()
    gpus, gpu_note = read_gpus(probe)
    keras_config, keras_note = read_keras_config(probe.environ)
    git_commit, git_dirty, git_note = read_git(exclude=(output, Path(sys.prefix)))
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
        git_note=git_note,
        niceness=probe.niceness(),
        boot_id=read_boot_id(probe),
        notes=tuple(note for note in (gpu_note, keras_note) if note),
        fingerprint="",
    )
    return environment.model_copy(update={"fingerprint": fingerprint(environment)})


def _cpu_fields(cpu: Cpu) -> dict[str, object]:
    return {
        "cpu_model": cpu.model,
        "num_cpus_usable": cpu.num_usable,
        "num_cpus_allowed": cpu.num_allowed,
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


if __name__ == "__main__":
    print(capture_environment().model_dump_json())
