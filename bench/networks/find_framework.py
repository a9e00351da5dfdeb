"""Tells from its source whether a user's network is made with Keras or with PyTorch, so that nothing is imported.

Followed is what the build function names: what its own file defines, and what other files of the same package or of the
current folder define.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.networks.builder import find_in_folder
from bench.networks.find_function import defined_names, find_source, search_path, walk_statements
from bench.networks.registry import NetworkFramework

_TORCH = frozenset({"torch", "torchvision"})
_KERAS = frozenset({"keras", "tensorflow"})


@dataclass(frozen=True)
class _Import:
    """Where a name of a file comes from: a module, and the name in it, which is empty for the module itself."""

    module: str
    name: str = ""

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


def find_framework(module: str, attribute: str) -> NetworkFramework:
    """Return `torch` for a function or class that names something of PyTorch and nothing of Keras; else `keras`.

    What it declares comes first, the bases of a class or what a function is annotated to return: so
    `def build(input_shape, num_classes) -> torch.nn.Module` says what no other line may.
    """
    place, package = _Import(module, attribute.partition(".")[0]), module.partition(".")[0]
    named = set(_follow(place, package, set(), declared=True))
    if not named & (_TORCH | _KERAS):
        named = set(_follow(place, package, set(), declared=False))
    return "torch" if named & _TORCH and not named & _KERAS else "keras"


def _follow(place: _Import, package: str, seen: set[_Import], *, declared: bool) -> Iterator[str]:
    """Yield the top-level package of each import that a name leads to, through files of `package` and this folder."""
    if place in seen:
        return
    seen.add(place)
    yield place.package
    file = find_source(place.module, search_path()) if _is_own(place, package) else None
    if not isinstance(file, Path):
        return
    for found in _read_imports(file, place, declared=declared):
        yield from _follow(found, package, seen, declared=declared)


def _is_own(place: _Import, package: str) -> bool:
    return place.package == package or find_in_folder(Path.cwd(), place.module) is not None


def _read_imports(file: Path, place: _Import, *, declared: bool) -> Iterator[_Import]:
    """Yield the imports that a name of a file uses, by way of all that the file defines; all of them for no name."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return  # importing it says what is wrong
    package = place.module if file.name == "__init__.py" else place.module.rpartition(".")[0]
    imports = dict(pair for node in walk_statements(body) for pair in _name_imports(node, package))
    left = [place.name] if place.name else [*imports]
    met: set[str] = set()
    while left:
        name = left.pop()
        if name in met:
            continue
        met.add(name)
        if name in imports:
            yield imports[name]
        for node in (statement for statement in body if name in defined_names([statement])):
            for inner in (inner for part in _parts(node, declared=declared) for inner in ast.walk(part)):
                yield from (found for _, found in _name_imports(inner, package) if inner is not node)
                left += [inner.id] if isinstance(inner, ast.Name) else []
    yield from (_Import(found.module, place.name) for found in imports.values() if found.name == "*")
    if place.name and place.name not in defined_names(body):
        yield _Import(f"{place.module}.{place.name}")


def _parts(node: ast.stmt, *, declared: bool) -> list[ast.expr] | list[ast.stmt]:
    """Return what of a statement counts: all of it, or what a class or function declares to be or to return."""
    if declared and isinstance(node, ast.ClassDef):
        return node.bases
    if declared and isinstance(node, ast.FunctionDef):
        return [node.returns] if node.returns else []
    return [node]


def _name_imports(node: ast.AST, package: str) -> Iterator[tuple[str, _Import]]:
    """Yield each name that an import binds, with what it stands for; `package` is what `from .` means."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], _Import(alias.name)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        module = ".".join(part for part in (*above, node.module or "") if part)
        for alias in node.names:
            yield alias.asname or alias.name, _Import(module, alias.name)
