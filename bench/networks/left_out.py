"""What a network asked its revision for and did not find there, though the user's own folder has it.

A revision holds what git tracks: a built extension, a generated module or a file of weights that git ignores is not in
it. A network may fail without it, or, with a fallback, train something else in silence; both are refused by name.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from pathlib import Path
from typing import Any

from bench.errors import ConfigError
from bench.git import is_ignored, is_lfs_pointer
from bench.networks.loaded_code import CodeHome

_ENDINGS = (*SOURCE_SUFFIXES, *EXTENSION_SUFFIXES, "/__init__.py")
_NAMES = re.compile(r"(?<=')[^'\n]+(?=')|[^\s'\"`<>|:,;=()\[\]]+")  # what may be a file in the text of an error


@contextlib.contextmanager
def refuse_left_out(home: CodeHome) -> Iterator[None]:
    """Refuse a network that was built within the block without a file that it asked for; an error's text counts, too.

    Raises:
        ConfigError: a file is ignored by git and so not in the revision, or it is a pointer of Git LFS.
    """
    asked = _Asked()
    try:
        yield
    except Exception as error:
        check_left_out(home, [*asked.close(), *map(Path, _NAMES.findall(str(error)))], error)
        raise
    check_left_out(home, asked.close())


def check_left_out(home: CodeHome, paths: Iterable[Path], cause: Exception | None = None) -> None:
    """Refuse files that were asked of a revision, which lacks them while the user's own folder has them.

    Raises:
        ConfigError: as `refuse_left_out`, for the first of them.
    """
    root = home.repository.resolve()
    for place, name in _names(home, paths):
        # An error's text may hold what no system takes for a name: `Path.exists` raises then.
        if not os.path.exists(place) and os.path.exists(root / name) and is_ignored(root / name):  # noqa: PTH110
            raise ConfigError(
                f"{name} is ignored by git, so it is not part of the revision, or of the working tree's copy; let it "
                f"in on both sides with --with {name}, or track it"
            ) from cause
        if is_lfs_pointer(place):
            raise ConfigError(
                f"expected the content of {name}, received a pointer of Git LFS; install git-lfs and fetch it first "
                "(git lfs install, then git lfs pull)"
            ) from cause


def module_places(module: str, folders: Iterable[str]) -> list[Path]:
    """Return the files that a module could be imported from, folder by folder."""
    return [Path(folder, module.replace(".", "/") + ending) for folder in folders if folder for ending in _ENDINGS]


def _names(home: CodeHome, paths: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each place in a revision with its name from the repository's top folder."""
    for path in dict.fromkeys(path.absolute() for path in paths):
        yield from ((path, path.relative_to(folder)) for folder in home.homes if path.is_relative_to(folder))


class _Asked:
    """The files that this process opened (`sys.addaudithook`), and those that a module could have come from.

    As the last of `sys.meta_path` it is asked for the modules that no other finder found.
    """

    def __init__(self) -> None:
        self._opened: dict[str, None] = {}
        self._missing: dict[Path, None] = {}
        self._is_open = True
        sys.addaudithook(self._hear)
        sys.meta_path.append(self)

    def close(self) -> list[Path]:
        """Stop listening and return what was asked for."""
        self._is_open = False  # a hook cannot be taken away again
        sys.meta_path.remove(self)
        return [*(Path(name) for name in self._opened if "__pycache__" not in name), *self._missing]

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:  # noqa: ARG002
        """Note where a module was sought; it is found nowhere (`importlib.abc.MetaPathFinder`)."""
        self._missing |= dict.fromkeys(module_places(name.rpartition(".")[2], sys.path if path is None else path))

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._is_open and event == "open" and isinstance(arguments[0], str | bytes):
            # At once, since the code that is heard may change the folder.
            self._opened[os.path.abspath(os.fsdecode(arguments[0]))] = None  # noqa: PTH100
