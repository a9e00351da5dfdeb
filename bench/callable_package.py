"""Packages that are asked as functions: `bench.run(...)` trains, and `bench.run` stays the package that does so."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

NOTEBOOK = "bench.api.notebook"


class _CallablePackage(ModuleType):
    """A package whose call is that of its namesake in `bench.api.notebook`, which is imported with the first one."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function of this package's name; see `bench.api.notebook`."""
        return find_function(self.__name__)(*arguments, **options)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """The function's, which is what a notebook asks for."""
        return find_function(self.__name__).__doc__

    @property
    def __signature__(self) -> inspect.Signature:
        """The function's parameters, as a notebook shows them."""
        return inspect.signature(find_function(self.__name__))


def make_callable(package: str) -> None:
    """Let a package be called; it does so for itself, since whatever imports it first decides what `bench` holds."""
    sys.modules[package].__class__ = _CallablePackage


def find_function(name: str) -> Callable[..., Any]:
    """Return the function of `bench.api.notebook` that `bench.run` or the like stands for.

    It is looked up by name, as a network is: the packages stand below it and import nothing of it.
    """
    function: Callable[..., Any] = getattr(importlib.import_module(NOTEBOOK), name.rpartition(".")[2])
    return function
