"""Whether a backend is installed, asked before anything trains; nothing is imported to find out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from bench.errors import ConfigError
from bench.install_hint import word_install
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
        # TensorFlow comes with the program, the others as extras of it.
        command = "python -m pip install tensorflow" if backend == "tensorflow" else word_install(backend)
        raise ConfigError(f"backend {backend} is not installed; install it with `{command}`")
