"""The source of facts about a machine; tests point it at recorded files."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_COMMAND_TIMEOUT_S = 1.0


def _affinity() -> frozenset[int] | None:
    """Return the CPUs that this process may run on, or None if the system doesn't say (macOS)."""
    get_affinity = getattr(os, "sched_getaffinity", None)
    return None if get_affinity is None else frozenset(get_affinity(0))


def _niceness() -> int | None:
    """Return this process's niceness, which its workers inherit; None on Windows."""
    return os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else None


def run_command(arguments: Sequence[str], timeout_s: float = _COMMAND_TIMEOUT_S) -> str | None:
    """Return a command's output, or None if it is missing, fails or takes longer than `timeout_s`."""
    try:
        done = subprocess.run(
            arguments, capture_output=True, text=True, errors="replace", timeout=timeout_s, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


@dataclass(frozen=True)
class Probe:
    """The sources of every fact in an `Environment`.

    Attributes:
        root: used in place of `/`; a folder of recorded files in tests.
        system: `Linux`, `Darwin` or `Windows`.
        machine: the instruction set, `x86_64`, `aarch64` or `arm64`.
        environ: the environment variables.
        affinity: returns the CPUs this process may run on, or None if the system doesn't say.
        run: runs a command and returns its output, or None if it is missing, fails or takes too long.
        niceness: returns by how much this process gives way to others, nice(1), or None if the system doesn't say.
    """

    root: Path = Path("/")
    system: str = field(default_factory=platform.system)
    machine: str = field(default_factory=platform.machine)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    affinity: Callable[[], frozenset[int] | None] = _affinity
    run: Callable[[Sequence[str]], str | None] = run_command
    niceness: Callable[[], int | None] = _niceness

    def text(self, path: str) -> str | None:
        """Return a small file's text, stripped of surrounding whitespace, or None if it cannot be read."""
        try:
            return (self.root / path.lstrip("/")).read_text(encoding="utf-8", errors="replace").strip("\0 \t\r\n")
        except OSError:
            return None

    def integer(self, path: str) -> int | None:
        """Return the integer in a file, or None if it cannot be read or is not a number."""
        return parse_int(self.text(path))

    def exists(self, path: str) -> bool:
        """Return whether a path exists; a folder that may not be searched counts as absent."""
        try:
            return (self.root / path.lstrip("/")).exists()
        except OSError:
            return False

    def paths(self, pattern: str) -> tuple[str, ...]:
        """Return the absolute paths (below `root`) that match a pattern, sorted."""
        try:
            found = sorted(self.root.glob(pattern.lstrip("/")))
        except OSError:
            return ()
        return tuple(f"/{path.relative_to(self.root)}" for path in found)

    def sysctl(self, name: str) -> str | None:
        """Return a macOS kernel value, or None on another system."""
        if self.system != "Darwin":
            return None
        output = self.run(("sysctl", "-n", name))
        return output.strip() or None if output else None


def parse_int(text: str | None) -> int | None:
    """Return the integer in a text, or None; no real value has more than 20 digits."""
    if text is None or len(text) > 20:  # noqa: PLR2004 - 2^64 has 20 digits
        return None
    try:
        return int(text)
    except ValueError:
        return None
