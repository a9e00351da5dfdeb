"""Asks git about a folder: always about the repository that the folder stands in, whatever a hook's variables name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import ConfigError

_POINTER = b"version https://git-lfs.github.com/spec/"  # how the pointer files of git-lfs begin, by its specification
# A hook runs git with these set to its own repository and index; here the folder alone decides.
_LOCAL_VARIABLES = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE",
})  # fmt: skip


class GitError(ConfigError):
    """Git refused; the message ends with what it said."""


@dataclass(frozen=True)
class TreeState:
    """What a working tree is: the commit it grew from (None before the first), and whether a file differs or is new."""

    commit: str | None
    is_dirty: bool


def read_tree_state(folder: Path, exclude: Iterable[Path] = (), timeout_s: float | None = None) -> TreeState:
    """Return the state of the working tree that a folder stands in; what git ignores does not count.

    Args:
        folder: in the repository.
        exclude: files and folders, and what links of these names lead to, that make no tree dirty.
        timeout_s: as in `run_git`.

    Raises:
        GitError: as `run_git`.
    """
    root = find_top_folder(folder, timeout_s)
    left_out = [f":(exclude,top,literal){path}" for path in inside_of(root, exclude)]
    untracked = ("--untracked-files=all", "--", ":(top)", *left_out)
    output = run_git(folder, "status", "--porcelain=v2", "--branch", *untracked, timeout_s=timeout_s)
    lines = output.splitlines()
    found = next((line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")), "")
    is_dirty = any(not line.startswith("#") for line in lines)
    return TreeState(None if found in ("", "(initial)") else found, is_dirty)


def find_top_folder(folder: Path, timeout_s: float | None = None) -> Path:
    """Return the top folder of the working tree that a folder stands in.

    Raises:
        GitError: as `run_git`; there is no such tree.
    """
    return Path(run_git(folder, "rev-parse", "--show-toplevel", timeout_s=timeout_s).removesuffix("\n"))


def inside_of(root: Path, paths: Iterable[Path]) -> list[Path]:
    """Return those of the paths that lie in a folder, from there: a link by its own name and by what it leads to."""
    top = root.resolve()
    places = (place for path in paths for place in (path.parent.resolve() / path.name, path.resolve()))
    return [place.relative_to(top) for place in dict.fromkeys(places) if place != top and place.is_relative_to(top)]


def run_git(folder: Path, *arguments: str, timeout_s: float | None = None) -> str:
    """Run git in a folder and return its output; the user's hooks do not run, and optional locks are not taken.

    Raises:
        GitError: git is missing, refuses, or takes longer than `timeout_s`.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _LOCAL_VARIABLES} | {"LC_ALL": "C"}
    command = ["git", "--no-optional-locks", "-c", f"core.hooksPath={os.devnull}", "-C", str(folder), *arguments]
    try:
        # In a session of its own: a Ctrl-C in the terminal must not cut git's own cleaning up short.
        done = subprocess.run(
            command, env=environ, capture_output=True, check=True, start_new_session=True, timeout=timeout_s
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} took longer than {timeout_s:g} s") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip() or f"exit status {error.returncode}"
        raise GitError(f"git {arguments[0]}: {said}") from None
    return done.stdout.decode(errors="surrogateescape")


def is_ignored(path: Path) -> bool:
    """Whether git leaves a file or folder out of its repository; False where there is none."""
    try:
        run_git(path.parent, "check-ignore", "--quiet", "--", path.name)
    except GitError:  # exit status 1 says no
        return False
    return True


def is_lfs_pointer(path: Path) -> bool:
    """Whether a file is what Git LFS leaves in place of a large one that was not fetched; False where there is none."""
    if not os.path.isfile(path):  # noqa: PTH113 - False, too, for what no system takes for a name
        return False
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER
