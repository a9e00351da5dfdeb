"""The files of a user's code that a network was made of, each with its hash: what `--resume` compares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_PROGRAM = Path(__file__).absolute().parents[2]


def hash_source_files(modules: Mapping[str, ModuleType], folder: Path) -> dict[str, str]:
    """Return the sha256 of each file that loaded modules come from, by its path.

    Counted are the user's modules, which lie in the current folder and are no installed packages, by their path in it,
    and this program's networks, by their path in the program.

    Args:
        modules: all that is loaded, `sys.modules` once the network is built.
        folder: the current one.
    """
    return {name: hash_file(path) for name, path in sorted(_find_files(modules, folder)) if path.is_file()}


def find_source_file(name: str, folder: Path) -> Path:
    """Return where a file that `hash_source_files` named lies now."""
    own = folder / name
    return own if own.is_file() or not name.startswith("bench/models/") else _PROGRAM / name


def hash_file(path: Path) -> str:
    """Return the sha256 of a file's bytes, empty for a file that is gone."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _find_files(modules: Mapping[str, ModuleType], folder: Path) -> Iterator[tuple[str, Path]]:
    for module, loaded in list(modules.items()):
        file = getattr(loaded, "__file__", None)
        if not file or not str(file).endswith(".py"):
            continue
        path = Path(file).absolute()
        is_program = path.is_relative_to(_PROGRAM) and f"{module}.".startswith("bench.")
        home = _PROGRAM if is_program else folder
        is_counted = module.startswith("bench.models.") if is_program else not _INSTALLED & {*path.parts}
        if is_counted and path.is_relative_to(home):
            yield str(path.relative_to(home)), path
