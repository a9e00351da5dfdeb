"""Refuses a network whose module or function is not there, before a first trial is started."""

from __future__ import annotations

from pathlib import Path

from bench.errors import ConfigError, suggest
from bench.networks.builder import HOW_TO_NAME
from bench.networks.find_function import find_source, read_function, search_path
from bench.networks.plugin import resolve_spec


def check_source(name: str) -> None:
    """Refuse a network whose module or function is not there; nothing is imported.

    Raises:
        ConfigError: with the nearest name that there is.
    """
    spec = resolve_spec(name)
    if spec.build.is_built_in:
        return
    module, attribute = spec.build.module, spec.build.attribute
    file = find_source(module, search_path())
    if file is False:
        own = [path.stem for path in Path.cwd().glob("*.py")]
        raise ConfigError(
            f"model {name!r} expects a module {module!r}, received none of that name in {Path.cwd()} or among the "
            f"installed packages{suggest(module, own)}; run in the module's folder or install its package"
        )
    found = read_function(file, attribute) if isinstance(file, Path) else None
    if found and found.is_there is False:
        raise ConfigError(
            f"model {name!r} expects {attribute!r} in {file}, received none{suggest(attribute, found.names)}; "
            f"{HOW_TO_NAME}"
        )
