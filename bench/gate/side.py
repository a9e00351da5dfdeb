"""One side of a check: how its workers find the revision's code, and with it the benchmark that runs now.

Only the user's package comes from the revision. `bench` is the running one on both sides, and so is `models`, but where
the repository is this project itself: an overlay folder of two links stands first on the path, so that nothing of the
revision can take their place. Nothing is taken from the folder that the user works in: what of the path leads into the
repository leads into the revision instead.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import bench
from bench import models
from bench.errors import ConfigError
from bench.gate.check_folder import SideName
from bench.gate.revision import Repository, Revision
from bench.host.environment import Environment
from bench.networks.plugin import UserBuilder, resolve_spec

WORKER = ("-m", "bench.run.worker.main")
_FIND_MODULE = (
    "import importlib.util, sys; spec = importlib.util.find_spec(sys.argv[1]);"
    "print(spec and (spec.origin or next(iter(spec.submodule_search_locations or ()), '')) or '')"
)
_CAPTURE = "from bench.host.capture import capture_environment; print(capture_environment().model_dump_json())"


@dataclass(frozen=True)
class Side:
    """What one side's workers are started with.

    Attributes:
        name: base or head.
        revision: the code that it trains.
        python: the interpreter; -P keeps the current folder off its path.
        environ: the variables; PYTHONPATH leads to the overlay and into the revision.
        cwd: the folder of the revision that answers to the user's.
        environment: the machine, with the libraries and the commit of this side.
    """

    name: SideName
    revision: Revision
    python: str
    environ: Mapping[str, str]
    cwd: Path
    environment: Environment

    @property
    def worker_command(self) -> tuple[str, ...]:
        """The program that trains one trial of this side."""
        return (self.python, "-P", *WORKER)

    def run_python(self, program: str, *arguments: str) -> str:
        """Return what a short program prints where this side's workers run.

        Raises:
            ConfigError: where it fails.
        """
        command = [self.python, "-P", "-c", program, *arguments]
        done = subprocess.run(
            command, env=self.environ, cwd=self.cwd, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ConfigError(f"{self.name} ({self.revision.name}): its Python cannot run the benchmark: {last}")
        return done.stdout.strip()


def prepare_side(
    name: SideName, revision: Revision, checkout: Path, repository: Repository, environment: Environment, folder: Path
) -> Side:
    """Return a side that uses the current environment; its overlay stands in `folder`, which must exist.

    Args:
        name: base or head.
        revision: what `checkout` holds.
        checkout: the folder of the revision that answers to the user's.
        repository: where it comes from.
        environment: this machine.
        folder: a temporary folder of this side.
    """
    root = checkout.parents[len(repository.prefix.parts) - 1] if repository.prefix.parts else checkout
    overlay = make_overlay(folder / "overlay", root)
    path: tuple[Path | str, ...] = (overlay, checkout, *_mapped(sys.path, repository, root), *_outside(repository))
    environ = {**os.environ, "PYTHONPATH": join_path(path)}
    commit = {"git_commit": revision.commit, "git_dirty": revision.is_dirty}
    return Side(name, revision, sys.executable, environ, checkout, environment.model_copy(update=commit))


def make_overlay(folder: Path, checkout: Path) -> Path:
    """Create a folder with `bench` as it runs now, and with the `models` that go with it or the revision's own."""
    folder.mkdir()
    own = Path(models.__file__).parent
    (folder / "bench").symlink_to(Path(bench.__file__).parent, target_is_directory=True)
    (folder / "models").symlink_to(checkout / "models" if is_this_project(checkout) else own, target_is_directory=True)
    return folder


def is_this_project(checkout: Path) -> bool:
    """Tell whether a revision is of the benchmark itself, whose built-in networks are then what is compared."""
    return (checkout / "models" / "lstm.py").is_file() and (checkout / "bench" / "__main__.py").is_file()


def check_code(
    side: Side, model_names: Iterable[str], homes: Iterable[Path], root: Path, *, is_installed: bool = False
) -> None:
    """Refuse to compare what does not come from the revision: such a gate would pass everything.

    Args:
        side: whose path is asked; no user's code is imported.
        model_names: the models that will be trained.
        homes: the folders that the code may come from.
        root: the top folder of the revision.
        is_installed: whether the side has libraries of its own, so that the same networks may differ on it.

    Raises:
        ConfigError: no model is of this repository, or a module is found elsewhere.
    """
    modules = {build.module for name in model_names if isinstance(build := resolve_spec(name).build, UserBuilder)}
    if not (modules or is_installed or is_this_project(root)):
        raise ConfigError(
            "check: none of the models is from this repository, so both sides would train the same code; "
            "name yours with --model package.module:build"
        )
    for module in sorted({module.partition(".")[0] for module in modules}):
        origin = side.run_python(_FIND_MODULE, module)
        if not origin or not any(Path(origin).resolve().is_relative_to(home.resolve()) for home in homes):
            raise ConfigError(
                f"{side.name} ({side.revision.name}): expected module {module!r} in the revision, found "
                f"{origin or 'none'}; name the folder that holds it with --repo, or install each side with --install"
            )


def capture_side(side: Side) -> Environment:
    """Return this machine with the libraries of the side's own interpreter."""
    text = side.run_python(_CAPTURE)
    commit = {"git_commit": side.revision.commit, "git_dirty": side.revision.is_dirty}
    return Environment.model_validate_json(text.splitlines()[-1]).model_copy(update=commit)


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
    """Return the folders of the revision that answer to those on the running path, and `src` where there is one."""
    inside = (_below(Path(entry or "."), repository.root) for entry in path)
    found = [root / entry for entry in (*(entry for entry in inside if entry is not None), repository.prefix / "src")]
    return [folder for folder in found if folder.is_dir()]


def _outside(repository: Repository) -> list[str]:
    """Return what PYTHONPATH holds besides: what lies in the user's repository would be another revision."""
    entries = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return [entry for entry in entries if _below(Path(entry), repository.root) is None]


def _below(path: Path, root: Path) -> Path | None:
    try:
        return path.resolve().relative_to(root.resolve())
    except ValueError:
        return None
