"""Whether a backend is installed, asked before anything trains; nothing is imported to find out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from bench.errors import ConfigError
from bench.install_hint import word_missing_backend
from bench.settings import Backend


def is_installed(module: str) -> bool:
    """Tell whether a top-level module can be imported, without importing it."""
    return importlib.util.find_spec(module) is not None


def check_backend(backend: Backend, has_module: Callable[[str], bool] = is_installed) -> None:
    """Refuse a backend that is not installed.

    Raises:
        ConfigError: with the command that installs it.
    """
    if not has_module(backend):
        raise ConfigError(word_missing_backend(backend))
