"""Asks git about a folder: always about the repository that the folder stands in, whatever a hook's variables name."""

from __future__ import annotations

import os
import subprocess
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


def run_git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return its output; the user's hooks do not run, and optional locks are not taken.

    Raises:
        GitError: git is missing, or refuses.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _LOCAL_VARIABLES}
    command = ["git", "--no-optional-locks", "-c", f"core.hooksPath={os.devnull}", "-C", str(folder), *arguments]
    try:
        # In a session of its own: a Ctrl-C in the terminal must not cut git's own cleaning up short.
        done = subprocess.run(command, env=environ, capture_output=True, check=True, start_new_session=True)
    except FileNotFoundError:
        raise GitError("git is not installed") from None
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
