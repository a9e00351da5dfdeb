"""What a machine is, in words; for the report and for `bench env`."""

from __future__ import annotations

from bench.host.environment import Environment, Gpu
from bench.units import MISSING, counted, format_bytes

_LIBRARIES = ("keras", "tensorflow", "jax", "torch", "numpy")
_SHORT_COMMIT = 12


def describe_machine(environment: Environment) -> list[tuple[str, str]]:
    """Return what the machine is, as pairs of a name and plain text."""
    return [
        ("processor", environment.cpu_model or environment.machine),
        ("cores", _describe_cores(environment)),
        ("memory", _describe_memory(environment)),
        ("GPU", "; ".join(f"{gpu.name} ({format_bytes(gpu.memory_bytes)})" for gpu in environment.gpus) or "none"),
        ("system", _join(environment.os, environment.kernel, environment.virtualization)),
        ("Python", environment.python),
        *((name, environment.libraries[name]) for name in _LIBRARIES if name in environment.libraries),
        ("commit", _describe_commit(environment)),
        ("fingerprint", environment.fingerprint),
    ]


def describe_host(environment: Environment) -> str:
    """Return a machine in one line: processor, cores and memory, and its GPUs."""
    parts = [
        environment.cpu_model or environment.machine,
        counted(environment.num_cpus_usable, "core"),
        format_bytes(environment.memory_bytes),
        *(gpu.name for gpu in environment.gpus),
    ]
    return ", ".join(parts)


def describe_fully(environment: Environment) -> list[tuple[str, str]]:
    """Return all that is known of the machine, for a person who asks what it is; what is not known has no row."""
    caches = (environment.l1d_cache_bytes, environment.l2_cache_bytes, environment.l3_cache_bytes)
    known = [f"L{level} {format_bytes(size)}" for level, size in enumerate(caches, start=1) if size]
    more = [
        ("host", environment.hostname),
        ("distribution", environment.distribution or ""),
        ("vector instructions", " ".join(environment.cpu_flags)),
        ("caches", ", ".join(known)),
        ("NUMA nodes", str(environment.num_numa_nodes or "")),
        ("CPU governor", environment.cpu_governor or ""),
        *((f"GPU {index}", _describe_gpu(gpu)) for index, gpu in enumerate(environment.gpus)),
        *(("build", f"{name}: {value}") for name, value in environment.build.items()),
        *(("variable", f"{name}={value}") for name, value in environment.variables.items()),
    ]
    return [*describe_machine(environment), *((name, text) for name, text in more if text)]


def _describe_gpu(gpu: Gpu) -> str:
    facts = (
        gpu.name,
        gpu.memory_bytes and format_bytes(gpu.memory_bytes),
        gpu.driver and f"driver {gpu.driver}",
        gpu.cuda and f"CUDA up to {gpu.cuda}",
        gpu.compute_capability and f"compute capability {gpu.compute_capability}",
        gpu.max_clock_mhz and f"{gpu.max_clock_mhz} MHz",
        gpu.max_memory_clock_mhz and f"memory {gpu.max_memory_clock_mhz} MHz",
        gpu.power_limit_w and f"{gpu.power_limit_w:g} W",
    )
    return ", ".join(fact for fact in facts if fact)


def _describe_cores(environment: Environment) -> str:
    physical = environment.num_physical_cores
    text = f"{environment.num_cpus_usable} usable" + (f", {physical} physical" if physical else "")
    limit = environment.cgroup_cpu_limit
    limited = text if limit is None else f"{text}, limited to {limit:g}"
    return f"{limited}, niceness {environment.niceness}" if environment.niceness else limited


def _describe_memory(environment: Environment) -> str:
    limit = environment.memory_limit_bytes
    text = format_bytes(environment.memory_bytes)
    return text if limit is None else f"{text}, limited to {format_bytes(limit)}"


def _describe_commit(environment: Environment) -> str:
    if environment.git_commit is None:
        return f"none: {environment.git_note}" if environment.git_note else MISSING
    dirty = " with changes" if environment.git_dirty else ""
    return environment.git_commit[:_SHORT_COMMIT] + dirty


def _join(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
