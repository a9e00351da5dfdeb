"""Imports a library without what it imports besides, and without what slows an import down."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def import_without(*names: str) -> Iterator[None]:
    """Let modules look as if not installed, but for those that are there already; afterwards they can be imported."""
    modules: dict[str, Any] = sys.modules
    absent = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(absent))  # None, by which Python knows that a module must not be found
    try:
        yield
    finally:
        for name in absent:
            modules.pop(name, None)


@contextmanager
def import_without_collections() -> Iterator[None]:
    """Let nothing look for garbage: an import makes a million objects that stay, and each search goes through them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
