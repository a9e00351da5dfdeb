"""What a machine is, in words; for the report and for `bench env`."""

from __future__ import annotations

from bench.host.environment import Environment
from bench.units import MISSING, format_bytes

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


def _describe_cores(environment: Environment) -> str:
    physical = environment.num_physical_cores
    text = f"{environment.num_cpus_usable} usable" + (f", {physical} physical" if physical else "")
    limit = environment.cgroup_cpu_limit
    return text if limit is None else f"{text}, limited to {limit:g}"


def _describe_memory(environment: Environment) -> str:
    limit = environment.memory_limit_bytes
    text = format_bytes(environment.memory_bytes)
    return text if limit is None else f"{text}, limited to {format_bytes(limit)}"


def _describe_commit(environment: Environment) -> str:
    if environment.git_commit is None:
        return MISSING
    dirty = " with changes" if environment.git_dirty else ""
    return environment.git_commit[:_SHORT_COMMIT] + dirty


def _join(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
