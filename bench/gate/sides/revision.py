"""Revisions of the user's code: what a ref means, and a folder that holds it for as long as it is needed.

A commit is checked out by `git worktree`; the working tree as it is, with what is not committed yet, is copied. Both
are in a temporary folder and leave the user's repository as it was.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import ConfigError
from bench.git import GitError, find_top_folder, inside_of, read_tree_state, run_git

_GITLINK = "160000"  # the mode of a submodule's entry


@dataclass(frozen=True)
class Revision:
    """One state of the code: `name` is what the user calls it, `commit` what it is based on (None before the first).

    `is_working_tree` says that it is the folder as it is now, and `is_dirty` that a tracked or new file differs.
    """

    name: str
    commit: str | None
    is_working_tree: bool = False
    is_dirty: bool = False


@dataclass(frozen=True)
class Repository:
    """A git repository: the top folder of its working tree, and below it the folder that the user works in."""

    root: Path
    prefix: Path

    def resolve(self, ref: str) -> Revision:
        """Return the commit that a branch, tag or hash means; text that looks like an option is a name like any other.

        Raises:
            ConfigError: there is none.
        """
        try:
            output = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except GitError:
            raise ConfigError(
                f"revision: expected a branch, tag or commit of {self.root}, received {ref!r}, which is none here; "
                "fetch it first (a CI checkout often holds one commit alone: `git fetch --depth 1 origin NAME`, or "
                "fetch-depth: 0)"
            ) from None
        return Revision(ref, output.split()[-1])

    def working_tree(self, exclude: Sequence[Path] = ()) -> Revision:
        """Return the folder as it is now; files in `exclude` do not belong to it and do not make it dirty."""
        state = read_tree_state(self.root, exclude)
        return Revision("the working tree", state.commit, is_working_tree=True, is_dirty=state.is_dirty)

    @contextlib.contextmanager
    def materialized(
        self, revision: Revision, folder: Path, exclude: Sequence[Path] = (), include: Sequence[Path] = ()
    ) -> Iterator[Path]:
        """Put a revision into `folder`, which must not exist yet, and take it away again however the block is left.

        Args:
            revision: of this repository.
            folder: where it is put.
            exclude: folders that are no part of a working tree though nothing ignores them, such as earlier results.
            include: what comes along from the user's own folder though git ignores it, where the revision lacks it.

        Yields:
            The folder in it that answers to the one that the user works in.

        Raises:
            ConfigError: where git or the disk refuses, or the revision lacks that folder.
        """
        with contextlib.ExitStack() as stack:
            if not revision.is_working_tree:
                # Last of all: git takes out of its books what is gone already, also where an interrupt cut it short.
                stack.callback(self._forget, folder)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            if revision.is_working_tree:
                self._copy(folder, inside_of(self.root, exclude))
            else:
                self._git("worktree", "add", "--detach", "--quiet", str(folder), revision.commit or "")
                self._fill_submodules(revision, folder, stack)
            for name in map(self.find_inside, include):
                if not os.path.lexists(folder / name):
                    _copy_entry(self.root / name, folder / name)
            inner = folder / self.prefix
            if not inner.is_dir():
                raise ConfigError(f"revision: {revision.name} has no folder {self.prefix}; choose another with --repo")
            yield inner

    def _fill_submodules(self, revision: Revision, folder: Path, stack: contextlib.ExitStack) -> None:
        """Check out a commit's submodules from the user's own clones of them, as a worktree leaves their folders empty.

        Raises:
            ConfigError: where one, or the commit of it, is not in this clone.
        """
        entries = self._git("ls-tree", "-r", "-z", "--full-tree", revision.commit or "").split("\0")
        links = (entry.partition("\t") for entry in entries if entry.startswith(f"{_GITLINK} "))
        for fields, _, path in links:
            wanted, clone = fields.split()[2], Repository(self.root / path, Path())
            if not clone.has_commit(wanted):
                raise ConfigError(
                    f"revision: {revision.name} needs submodule {path} at {wanted[:10]}, which is not in this clone; "
                    "fetch it first (`git submodule update --init --recursive`, or `git fetch` in the submodule)"
                )
            stack.enter_context(clone.materialized(Revision(f"{revision.name}:{path}", wanted), folder / path))

    def has_commit(self, commit: str) -> bool:
        """Whether the folder is a clone of its own that holds a commit."""
        if not (self.root / ".git").exists():
            return False
        try:
            self._git("cat-file", "-e", f"{commit}^{{commit}}")
        except GitError:
            return False
        return True

    def find_inside(self, path: Path) -> Path:
        """Return the name from the repository's top folder of a file or folder: from the current one, else from there.

        Raises:
            ConfigError: there is no such file in the repository.
        """
        place = next((place for place in (path.absolute(), self.root / path) if place.exists()), path)
        found = inside_of(self.root, [place]) if place.exists() else []
        if not found:
            raise ConfigError(f"--with: expected a file or folder of {self.root}, received {str(path)!r}")
        return found[0]

    def list_ignored(self, module: str) -> list[Path]:
        """Return the files, from the top folder, that git ignores in a top-level package, but for bytecode."""
        places = (self.prefix / source / module for source in ("", "src"))
        specs = [f":(top,literal){place}" for place in places if (self.root / place).is_dir()]
        if not specs:
            return []
        listing = self._git("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", *specs)
        names = map(Path, filter(None, listing.split("\0")))
        return [name for name in names if "__pycache__" not in name.parts and name.suffix != ".pyc"]

    def _copy(self, folder: Path, exclude: Sequence[Path]) -> None:
        """Copy what git tracks or would add; a deleted file is missing, a link stays one, a submodule comes whole."""
        listing = self._git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        folder.mkdir()
        for name in filter(None, listing.split("\0")):
            source = self.root / name
            if not os.path.lexists(source) or any(Path(name).is_relative_to(path) for path in exclude):
                continue
            if source.is_dir() and not source.is_symlink() and not any(source.iterdir()):
                raise ConfigError(
                    f"revision: submodule {name} is empty in the working tree; fill it first "
                    "(`git submodule update --init --recursive`)"
                )
            try:
                _copy_entry(source, folder / name)
            except OSError as error:
                raise ConfigError(f"revision: cannot copy {source}: {error.strerror or error}") from None

    def _forget(self, folder: Path) -> None:
        """Remove a worktree from git's records; it is no error if it was never added."""
        # Twice: git locks a worktree while it is made, and an interrupt may have come just then.
        with contextlib.suppress(GitError):
            self._git("worktree", "remove", "--force", "--force", str(folder))

    def _git(self, *arguments: str) -> str:
        return run_git(self.root, *arguments)


def _copy_entry(source: Path, target: Path) -> None:
    """Copy a file, a link as a link, or the folder that a submodule is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def find_repository(folder: Path) -> Repository:
    """Return the repository that contains `folder`.

    Raises:
        ConfigError: there is no such folder, no repository around it, or no git.
    """
    if not folder.is_dir():
        raise ConfigError(f"--repo: expected a folder, received {str(folder)!r}")
    try:
        root = find_top_folder(folder)
    except GitError as error:
        raise ConfigError(f"--repo: expected a folder of a git repository, received {folder}: {error}") from None
    return Repository(root, folder.resolve().relative_to(root.resolve()))
