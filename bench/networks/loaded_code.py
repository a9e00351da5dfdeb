"""Where a built network's code was loaded from: a revision, or a copy that all revisions share."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

from bench.errors import ConfigError


@dataclass(frozen=True)
class CodeHome:
    """The folders that a revision's code may come from, and the repository that it must not come from.

    Attributes:
        repository: top folder of the user's own working tree.
        homes: the revision's checkout and, where it is installed, its virtual environment.
    """

    repository: Path
    homes: tuple[Path, ...]

    def holds(self, place: Path) -> bool:
        """Whether a file or folder is this revision's."""
        return _is_in(place, self.homes)

    def is_foreign(self, place: Path) -> bool:
        """Whether a file or folder is the user's repository's, but not this revision's.

        An environment inside the repository, such as `.venv`, contains libraries and none of its code.
        """
        return _is_in(place, (self.repository,)) and not (self.holds(place) or _is_in(place, (Path(sys.prefix),)))


def check_loaded_code(
    home: CodeHome, modules: Mapping[str, ModuleType], distributions: Iterable[metadata.Distribution] | None = None
) -> None:
    """Refuse a network of which a part is not the revision's: both sides would train it, and the check passes anything.

    A module is refused whose file lies in the user's repository outside of the revision, and one of a package that was
    installed from there (its `direct_url.json`, PEP 610, says so).

    Args:
        home: where code may come from.
        modules: all that is loaded, `sys.modules` once the network is built.
        distributions: the installed packages; this interpreter's by default.

    Raises:
        ConfigError: names the first such module, its file and the way out.
    """
    files = {name: Path(file) for name, module in modules.items() if (file := getattr(module, "__file__", None))}
    loaded = {name: file for name, file in files.items() if not (_is_ours(name) or home.holds(file))}
    foreign = ((name, file, home.repository) for name, file in loaded.items() if home.is_foreign(file))
    installed = _find_installed(home, loaded, metadata.distributions() if distributions is None else distributions)
    for name, file, source in (*foreign, *installed):
        raise ConfigError(
            f"expected all code of {home.repository} from the revision, received module {name!r} from {file}, which is "
            f"installed from {source} and so the same on both sides; give each side an installation of its own with "
            "--install, or uninstall it and name its folder in PYTHONPATH, which leads into each revision then"
        )


def _is_ours(module: str) -> bool:
    """Tell a module of the running benchmark, which both sides share: the repository may be this project's own."""
    return f"{module}.".startswith("bench.") and not f"{module}.".startswith("bench.models.")


def _is_in(file: Path, folders: Iterable[Path]) -> bool:
    return any(_resolve(file).is_relative_to(_resolve(folder)) for folder in folders)


@functools.cache
def _resolve(path: Path) -> Path:
    """Return `path.resolve()`; a check asks it of some thousand files and few folders, several times each."""
    return path.resolve()


def _find_installed(
    home: CodeHome, loaded: Mapping[str, Path], distributions: Iterable[metadata.Distribution]
) -> Iterator[tuple[str, Path, Path]]:
    """Yield each loaded module of a distribution that was installed from the user's repository, with that folder."""
    for distribution in distributions:
        source = _installed_from(distribution)
        if source is None or not home.is_foreign(source):
            continue
        files = {Path(str(distribution.locate_file(file))).resolve() for file in distribution.files or ()}
        yield from ((name, file, source) for name, file in loaded.items() if _resolve(file) in files)


def _installed_from(distribution: metadata.Distribution) -> Path | None:
    """Return the local folder that a distribution was installed from, or None."""
    text = distribution.read_text("direct_url.json")
    url = urlsplit(json.loads(text).get("url", "")) if text else None
    return Path(unquote(url.path)) if url and url.scheme == "file" else None
