"""Whether a processor multiplies 16-bit numbers itself."""

from __future__ import annotations

from collections.abc import Mapping

from bench.host.environment import Environment
from bench.settings import Precision

# As Linux names what oneDNN, XLA and Arm's libraries multiply 16-bit numbers with.
_INSTRUCTIONS: Mapping[Precision, frozenset[str]] = {
    "mixed_bfloat16": frozenset({"avx512_bf16", "amx_bf16", "avx10_1", "bf16"}),
    "mixed_float16": frozenset({"avx512_fp16", "amx_fp16", "avx10_1", "asimdhp"}),
}
_LISTS_ALL = frozenset({"x86_64", "aarch64"})  # macOS on Arm lists none of them


def find_instructions(precision: Precision, environment: Environment) -> tuple[str, ...] | None:
    """Return what a machine's processor multiplies with at a 16-bit precision; empty where it has to imitate it.

    None for other precisions, and where the system does not tell.
    """
    wanted = _INSTRUCTIONS.get(precision)
    if wanted is None or environment.machine not in _LISTS_ALL or not environment.cpu_flags:
        return None
    return tuple(flag for flag in environment.cpu_flags if flag in wanted)


def is_imitated(precision: Precision, device: str, environment: Environment) -> bool:
    """Tell whether a precision is known to be imitated on a device of a machine: its processor lacks instructions."""
    return device.startswith("cpu") and find_instructions(precision, environment) == ()
