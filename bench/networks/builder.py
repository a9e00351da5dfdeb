"""A network's build function by name: imported in the worker, when it is first called, and nowhere else."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

from bench.errors import ConfigError, suggest
from bench.networks.guest_errors import guest_error

HOW_TO_NAME = "name your own as package.module:build, called as build(input_shape, num_classes)"
_BUILT_IN = "bench.models."


@dataclass(frozen=True)
class Builder:
    """A build function that is imported when it is first called.

    Attributes:
        name: what `--model` received.
        module: dotted name of the module.
        attribute: dotted name of the function within it.
    """

    name: str
    module: str
    attribute: str

    @property
    def is_built_in(self) -> bool:
        """Whether the network comes with this program."""
        return self.module.startswith(_BUILT_IN)

    def load(self) -> Callable[..., Any]:
        """Import the function; a user's is sought in the current folder first.

        Raises:
            ConfigError: there is no such module or function, its import raises, or another file than the current
                folder's was imported under its name.
        """
        found: Any = self._import_module()
        for part in self.attribute.split("."):
            if not hasattr(found, part):
                raise ConfigError(
                    f"model {self.name!r} expects {part!r} in {self.module}, received none"
                    f"{suggest(part, dir(found))}; {HOW_TO_NAME}"
                )
            found = getattr(found, part)
        if not callable(found):
            raise ConfigError(
                f"model {self.name!r} expects a function, received a {type(found).__name__}; {HOW_TO_NAME}"
            )
        function: Callable[..., Any] = found
        return function

    def find_file(self) -> str | None:
        """Return the file of the module, relative to the current folder or this program's where it lies in one of them.

        None where the module has no file of its own, as one that a tool makes up.
        """
        file = getattr(self._import_module(), "__file__", None)
        if file is None:
            return None
        # Links are not followed: the one in this program's folder tells its networks from a user's of the same names.
        place = Path(file).absolute()
        homes = (Path.cwd(), Path(__file__).absolute().parents[2])
        return next((str(place.relative_to(home)) for home in homes if place.is_relative_to(home)), str(place))

    def __call__(self, input_shape: tuple[int, ...], num_classes: int, **options: Any) -> Any:
        """Import the function and call it."""
        return self.load()(input_shape, num_classes, **options)

    def _import_module(self) -> Any:
        if self.is_built_in:
            return importlib.import_module(self.module)
        _put_first(Path.cwd(), self.module)
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if not error.name or not f"{self.module}.".startswith(f"{error.name}."):
                raise guest_error(self.name, self.module, error, "importing it") from error
            raise ConfigError(
                f"model {self.name!r} expects a module {self.module!r}, received no module {error.name!r} in "
                f"{Path.cwd()} or among the installed packages; run in the module's folder or install its package"
            ) from error
        except Exception as error:
            raise guest_error(self.name, self.module, error, "importing it") from error
        self._check_place(module)
        return module

    def _check_place(self, module: Any) -> None:
        """Refuse if another module of that name is already imported: it would silently train another network."""
        own, received = find_in_folder(Path.cwd(), self.module), getattr(module, "__file__", None)
        if own and received and not Path(received).samefile(own):
            raise ConfigError(
                f"model {self.name!r} expects {own}, received {received}; put an empty __init__.py into each folder of "
                "your package, or give the package another name"
            )


def _put_first(folder: Path, module: str) -> None:
    """Make a folder the first that modules are sought in, as `python` does with the current one.

    A package without `__init__.py` loses against one of its name that has one, wherever on the path that is. Where
    the folder holds the module that is asked for, its package is meant.
    """
    if sys.path[:1] != [str(folder)]:
        sys.path.insert(0, str(folder))
    top = module.partition(".")[0]
    if top in sys.modules or find_in_folder(folder, module) is None or (folder / top / "__init__.py").is_file():
        return
    if (folder / top).is_dir():
        spec = ModuleSpec(top, None, is_package=True)
        spec.submodule_search_locations = [str(folder / top)]
        sys.modules[top] = module_from_spec(spec)


def find_in_folder(folder: Path, module: str) -> Path | None:
    """Return the file of a module by its dotted name within a folder, or None."""
    stem = folder.joinpath(*module.split("."))
    return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()), None)
