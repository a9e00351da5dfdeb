"""A virtual environment for each side of a check, for revisions whose dependencies differ."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from bench.errors import ConfigError
from bench.gate.sides.side import CodeSide, join_path
from bench.networks.loaded_code import CodeHome

_DISTRIBUTION = "rnn-or-cnn"
_SHOWN_LINES = 5


def install_side(side: CodeSide, folder: Path, requirements: Sequence[str] | None = None) -> CodeSide:
    """Return the side with an interpreter of its own, in which the revision and the benchmark's needs are installed.

    One call of pip resolves both, so that the revision's pins hold. The checkout is off the path and not the current
    folder, so that what was built is what trains.

    Args:
        side: as `prepare_side` made it.
        folder: where the environment is made, which must not exist.
        requirements: what the benchmark itself needs; its own metadata's by default.

    Raises:
        ConfigError: where the revision is no package and has no requirements.txt, or pip refuses.
    """
    wanted = [*find_installable(side.cwd), *(own_requirements() if requirements is None else requirements)]
    _run([sys.executable, "-m", "venv", str(folder)], side)
    python = str(folder / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], side)
    installed = replace(
        side,
        python=python,
        environ={**side.environ, "PYTHONPATH": join_path(_outside_of_checkout(side))},
        cwd=folder,
        home=CodeHome(side.home.repository, (*side.home.homes, folder)),
    )
    return replace(installed, environment=installed.capture_environment())


def find_installable(folder: Path) -> list[str]:
    """Return pip's arguments for what a folder holds: a package, else a requirements.txt.

    Raises:
        ConfigError: it holds neither.
    """
    if (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file():
        return [str(folder)]
    if (folder / "requirements.txt").is_file():
        return ["-r", str(folder / "requirements.txt")]
    raise ConfigError(f"--install: expected pyproject.toml, setup.py or requirements.txt in {folder}, found none")


def own_requirements() -> list[str]:
    """Return what the running benchmark needs, without its extras."""
    parsed = map(Requirement, metadata.requires(_DISTRIBUTION) or ())
    return [f"{one.name}{one.specifier}" for one in parsed if one.marker is None or one.marker.evaluate({"extra": ""})]


def _outside_of_checkout(side: CodeSide) -> list[str]:
    entries = filter(None, side.environ.get("PYTHONPATH", "").split(os.pathsep))
    return [entry for entry in entries if not side.home.holds(Path(entry))]


def _run(command: Sequence[str], side: CodeSide) -> None:
    done = subprocess.run(command, cwd=side.cwd, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-_SHOWN_LINES:])
        raise ConfigError(f"--install: {side.name} ({side.revision.name}) cannot be installed:\n{said}")
