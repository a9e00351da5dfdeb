"""One side of a check: how its workers find the revision's code, and with it the benchmark that runs now.

Only the user's package comes from the revision. The benchmark is the running one on both sides, found by its own place
and not by the path; where the repository is this project itself, the built-in networks are the revision's. Nothing is
taken from the folder that the user works in: entries of `sys.path` inside the repository are remapped to the checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import ConfigError
from bench.gate.check_folder import SideName
from bench.gate.sides.revision import Repository, Revision
from bench.host.environment import Environment
from bench.launch_module import own_command
from bench.networks.left_out import check_left_out, module_places
from bench.networks.loaded_code import CodeHome
from bench.networks.plugin import resolve_spec
from bench.run.trial.trial import WORKER

# Part by part, since `find_spec` of a dotted name imports the packages before the last dot; and each by its own name,
# since the folders of a package without `__init__.py` are looked up in the one around it, which is not imported.
_FIND_MODULE = """
import importlib.machinery, importlib.util, sys
top, *parts = sys.argv[1].split(".")
spec = importlib.util.find_spec(top)
for part in parts:
    places = spec and spec.submodule_search_locations
    spec = places and importlib.machinery.PathFinder.find_spec(part, list(places))
print(spec and (spec.origin or next(iter(spec.submodule_search_locations or ()), "")) or "")
"""


@dataclass(frozen=True)
class CodeSide:
    """What one side's workers are started with.

    Attributes:
        name: base or head.
        revision: the code that it trains.
        python: the interpreter; -P keeps the current folder off its path.
        environ: the variables; PYTHONPATH leads into the revision.
        cwd: the folder of the revision that answers to the user's.
        environment: the machine, with the libraries and the commit of this side.
        home: where this side's code may come from.
        models: the revision's built-in networks where the repository is this project; None for any other.
    """

    name: SideName
    revision: Revision
    python: str
    environ: Mapping[str, str]
    cwd: Path
    environment: Environment
    home: CodeHome
    models: Path | None = None

    @property
    def worker_command(self) -> tuple[str, ...]:
        """The program that trains one trial of this side."""
        homes = (part for home in self.home.homes for part in ("--home", str(home)))
        arguments = ("--repository", str(self.home.repository), *homes)
        return own_command(WORKER, *arguments, python=self.python, models=self.models)

    def find_module(self, name: str) -> str:
        """Return the file or folder that a module would be imported from, without importing it; empty where none is.

        Raises:
            ConfigError: where the side's interpreter fails.
        """
        return self._run((self.python, "-P", "-c", _FIND_MODULE, name))

    def capture_environment(self) -> Environment:
        """Return this machine with the libraries of the side's own interpreter, and the side's commit.

        Raises:
            ConfigError: where the benchmark does not run there.
        """
        text = self._run(own_command("bench.host.capture", python=self.python))
        return _of_revision(Environment.model_validate_json(text.splitlines()[-1]), self.revision)

    def _run(self, command: Sequence[str]) -> str:
        done = subprocess.run(
            command, env=self.environ, cwd=self.cwd, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ConfigError(f"{self.name} ({self.revision.name}): its Python cannot run the benchmark: {last}")
        return done.stdout.strip()


def prepare_side(
    name: SideName, revision: Revision, checkout: Path, repository: Repository, environment: Environment
) -> CodeSide:
    """Return a side that uses the current interpreter.

    Args:
        name: base or head.
        revision: what `checkout` holds.
        checkout: the folder of the revision that answers to the user's.
        repository: where it comes from.
        environment: this machine.
    """
    root = checkout.parents[len(repository.prefix.parts) - 1] if repository.prefix.parts else checkout
    path: tuple[Path | str, ...] = (checkout, *_mapped(sys.path, repository, root), *_outside(repository))
    environ = {**os.environ, "PYTHONPATH": join_path(path)}
    models = root / "models" if is_this_project(root) else None
    home = CodeHome(repository.root, (root,))
    machine = _of_revision(environment, revision)
    return CodeSide(name, revision, sys.executable, environ, checkout, machine, home, models)


def _of_revision(environment: Environment, revision: Revision) -> Environment:
    return environment.model_copy(
        update={"git_commit": revision.commit, "git_dirty": revision.is_dirty, "git_note": None}
    )


def is_this_project(checkout: Path) -> bool:
    """Tell whether a revision is of the benchmark itself, whose built-in networks are then what is compared."""
    return (checkout / "models" / "lstm.py").is_file() and (checkout / "bench" / "__main__.py").is_file()


def check_code(side: CodeSide, model_names: Iterable[str], *, is_installed: bool = False) -> None:
    """Refuse to compare what does not come from the revision: such a gate would pass everything.

    What the models import besides is known once they are built: see `bench.networks.loaded_code`.

    Args:
        side: whose path is asked; no user's code is imported.
        model_names: the models that will be trained.
        is_installed: whether the side has libraries of its own, so that the same networks may differ on it.

    Raises:
        ConfigError: no model is of this repository, or a module is found elsewhere, or ignored by git.
    """
    builders = [resolve_spec(name).build for name in model_names]
    modules = {build.module for build in builders if not build.is_built_in}
    if not (modules or is_installed or side.models):
        raise ConfigError(
            "check: none of the models is from this repository, so both sides would train the same code; "
            "name yours with --model package.module:build"
        )
    for module in sorted(modules):
        origin = side.find_module(module)
        if not origin:
            check_left_out(side.home, module_places(module, side.environ["PYTHONPATH"].split(os.pathsep)))
        if not origin or not side.home.holds(Path(origin)):
            raise ConfigError(
                f"{side.name} ({side.revision.name}): expected module {module!r} in the revision, found "
                f"{origin or 'none'}; name the folder that holds it with --repo, or install each side with --install"
            )


def join_path(folders: Iterable[Path | str]) -> str:
    """Return folders as one variable, each once.

    Raises:
        ConfigError: where a folder's name holds the separator.
    """
    names = list(dict.fromkeys(str(folder) for folder in folders))
    if broken := next((name for name in names if os.pathsep in name), None):
        raise ConfigError(f"check: Python's path cannot hold {os.pathsep!r}: rename {broken}, or set TMPDIR elsewhere")
    return os.pathsep.join(names)


def _mapped(path: Iterable[str], repository: Repository, root: Path) -> list[Path]:
    """Return the revision's counterparts of the folders on the running path, and its `src` if it has one."""
    inside = (_below(Path(entry or "."), repository.root) for entry in path)
    found = [root / entry for entry in (*(entry for entry in inside if entry is not None), repository.prefix / "src")]
    return [folder for folder in found if folder.is_dir()]


def _outside(repository: Repository) -> list[str]:
    """Return the other entries of PYTHONPATH: those in the user's repository would be another revision."""
    entries = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return [entry for entry in entries if _below(Path(entry), repository.root) is None]


def _below(path: Path, root: Path) -> Path | None:
    try:
        return path.resolve().relative_to(root.resolve())
    except ValueError:
        return None
