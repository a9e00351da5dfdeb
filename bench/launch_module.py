"""Runs a module of this program in a process of its own, found by its place: `python -P launch_module.py MODULE`.

The current folder is the user's: its `models`, `reports` or `bench` must never be taken for this program's own, and
what Python's path leads to is no proof. So this file loads the package that it stands in, wherever that is, and runs
the module. `--models FOLDER` after the module takes the built-in networks from another folder than this program's.
"""

from __future__ import annotations

import gc
import importlib.util
import runpy
import sys
from pathlib import Path

_PACKAGE = Path(__file__).parent


def own_command(
    module: str, *arguments: str, python: str = sys.executable, models: Path | None = None
) -> tuple[str, ...]:
    """Return the command that runs a module of this program; -P keeps the current folder off its path.

    Args:
        module: dotted name, such as `bench.run.worker.main`.
        arguments: what the module reads from `sys.argv`.
        python: the interpreter.
        models: a folder of networks to take in place of the built-in ones; None for those.
    """
    other = () if models is None else ("--models", str(models))
    return (python, "-P", __file__, module, *other, *arguments)


def _load(name: str, folder: Path) -> None:
    """Import the package that stands in a folder under this name, whatever the path says of it."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None  # noqa: S101 - tells the type checker what a file's name ending in .py means
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    parent, _, attribute = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], attribute, module)


def _main() -> None:
    module, *arguments = sys.argv[1:]
    _load("bench", _PACKAGE)
    if arguments[:1] == ["--models"]:
        _load("bench.models", Path(arguments[1]))
        arguments = arguments[2:]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        # An interpreter that ends looks through all objects for cycles, for more than a second once a framework was
        # imported; the system frees them anyway.
        gc.freeze()


if __name__ == "__main__":
    _main()
