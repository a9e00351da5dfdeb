"""Looks for a user's build function in its source, so that a mistake is found before anything is imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from bench.networks.builder import find_in_folder

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class FoundFunction:
    """What the source says of a build function.

    Attributes:
        names: all that the module defines, for a suggestion.
        is_there: whether it defines the function; None where that cannot be told without running it.
        parameters: names of its parameters behind the first two, `**options` as `**`; empty where they are not known.
    """

    names: tuple[str, ...]
    is_there: bool | None
    parameters: frozenset[str] = frozenset()


def find_source(module: str, path: list[str]) -> Path | bool | None:
    """Return the file of a module, False where there is none, and None where it is no file of Python's.

    The current folder's comes first, as a worker imports it; nothing is imported here.

    Args:
        module: dotted name.
        path: folders to seek it in, as `sys.path`; an empty one is the current folder.
    """
    if own := find_in_folder(Path.cwd(), module):
        return own
    parts = module.split(".")
    folders: list[str] | None = [folder or str(Path.cwd()) for folder in path]
    for depth in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:depth]), folders)
        if spec is None:
            return False
        folders = list(spec.submodule_search_locations or ())
    origin = spec.origin if spec else None
    return Path(origin) if origin and origin.endswith(".py") else None


def search_path() -> list[str]:
    """Return where a worker looks for a user's module: the current folder, and then all that Python looks in."""
    return [str(Path.cwd()), *sys.path]


def read_function(file: Path, attribute: str) -> FoundFunction:
    """Look for a function in a file's source, within classes too; what is made when the module runs may be anything."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return FoundFunction((), None)  # importing it says what is wrong
    names = tuple(dict.fromkeys(defined_names(body)))
    first, *rest = attribute.split(".")
    defined = [node for node in body if isinstance(node, _Definition) and node.name == first]
    for part in rest:
        inner = defined[-1].body if defined and isinstance(defined[-1], ast.ClassDef) else []
        defined = [node for node in inner if isinstance(node, _Definition) and node.name == part]
    if defined:
        return FoundFunction(names, True, _parameters(defined[-1]))
    return FoundFunction(names, None if rest or first in names or _may_hide(body) else False)


def _parameters(node: _Definition) -> frozenset[str]:
    """Return what a function takes behind its first two parameters, or a class behind those and `self`."""
    if isinstance(node, ast.ClassDef):
        inits = [inner for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name == "__init__"]
        return _named_behind(3, inits[-1].args) if inits else frozenset()
    return _named_behind(2, node.args)


def _named_behind(number: int, arguments: ast.arguments) -> frozenset[str]:
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][number:]
    return frozenset({*positional, *(one.arg for one in arguments.kwonlyargs), *(["**"] if arguments.kwarg else [])})


def defined_names(body: list[ast.stmt]) -> Iterator[str]:
    """Yield every name that a module's own statements bind, in whatever block."""
    for node in walk_statements(body):
        if isinstance(node, _Definition):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def walk_statements(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield all nodes of a module's own statements, in whatever block; none within its functions and classes."""
    return (inner for statement in body for inner in _walk(statement))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, _Definition | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)


def _may_hide(body: list[ast.stmt]) -> bool:
    """Tell whether a module may have names that its source does not show."""
    stars = any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for statement in body
        for node in ast.walk(statement)
    )
    calls = {node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return stars or "__getattr__" in set(defined_names(body)) or bool({"globals", "setattr", "exec", "vars"} & calls)
