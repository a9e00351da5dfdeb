"""The fingerprint: a short hash of what makes two machines' timings comparable."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator

from bench.host.environment import Environment
from bench.host.software import HARMLESS_VARIABLES

_LENGTH = 12
_TENSORFLOW_NAMES = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly")
_GIB = 2**30


def fingerprint(environment: Environment) -> str:
    """Return 12 hexadecimal digits that two machines share if their timings are comparable.

    Included: CPU model, usable cores, CPU quota, vector instructions, memory class (rounded to the nearest of
    8, 12, 16, 24, 32 … GiB, so that the kernel's own share makes no difference), GPU names, major version of the GPU
    driver, operating system, instruction set, Python's minor version, and the versions of TensorFlow, Keras, NumPy,
    JAX and PyTorch. Not included: host name, boot, clock readings, kernel, git, environment variables.
    """
    text = json.dumps(_parts(environment), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def explain_difference(first: Environment, second: Environment) -> list[tuple[str, str, str]]:
    """Return (field, first's value, second's value) for all that makes the times of two environments not comparable.

    These are the parts of the fingerprint, each variable that changes how fast a training is, and the niceness where
    both are known.
    """
    ours, theirs = _parts(first), _parts(second)
    differing = [(name, ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]]
    return [*differing, *_settings_that_differ(first, second)]


def have_comparable_times(first: Environment, second: Environment) -> bool:
    """Whether times of two environments may be compared: one fingerprint, and the same settings."""
    return first.fingerprint == second.fingerprint and not explain_difference(first, second)


def _settings_that_differ(first: Environment, second: Environment) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*first.variables, *second.variables}):
        ours, theirs = (environment.variables.get(name) for environment in (first, second))
        if ours != theirs and not name.startswith(HARMLESS_VARIABLES):
            yield name, _word_value(ours), _word_value(theirs)
    if None not in (first.niceness, second.niceness) and first.niceness != second.niceness:
        yield "niceness", str(first.niceness), str(second.niceness)


def _word_value(value: str | None) -> str:
    return "not set" if value is None else repr(value)


def _parts(environment: Environment) -> dict[str, str]:
    """Return the fingerprint's fields as text, in the order in which a refusal shows them."""
    quota = environment.cgroup_cpu_limit
    drivers = sorted({gpu.driver.partition(".")[0] for gpu in environment.gpus if gpu.driver})
    return {
        "CPU": environment.cpu_model or "unknown",
        "usable cores": str(environment.num_cpus_usable),
        "CPU quota": "none" if quota is None else f"{quota:.2f}",
        "vector instructions": " ".join(sorted(environment.cpu_flags)) or "none known",
        "memory": _memory_class(environment),
        "GPUs": ", ".join(sorted(gpu.name for gpu in environment.gpus)) or "none",
        "GPU driver": ", ".join(drivers) or "none",
        "system": f"{environment.os} {environment.machine}",
        "Python": ".".join(environment.python.split(".")[:2]),
        **_versions(environment.libraries),
    }


def _versions(libraries: dict[str, str]) -> dict[str, str]:
    tensorflow = next((f"{libraries[name]}" for name in _TENSORFLOW_NAMES if name in libraries), "none")
    others = {"Keras": "keras", "NumPy": "numpy", "JAX": "jax", "PyTorch": "torch"}
    return {"TensorFlow": tensorflow} | {label: libraries.get(name, "none") for label, name in others.items()}


def _memory_class(environment: Environment) -> str:
    """Return the nearest size of the series 1, 1.5, 2, 3, 4, 6, 8, 12 … GiB, on a logarithmic scale."""
    sizes = [size for size in (environment.memory_bytes, environment.memory_limit_bytes) if size]
    if not sizes:
        return "unknown"
    gib = min(sizes) / _GIB
    power = 2.0 ** math.floor(math.log2(gib))
    nearest = min((power, 1.5 * power, 2 * power), key=lambda size: abs(math.log(gib / size)))
    return f"{nearest:g} GiB"
