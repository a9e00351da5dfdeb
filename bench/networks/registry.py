"""Names, layouts and descriptions of the built-in networks, read without importing any of them.

The networks are guests: `bench/models` holds no more than a user's own package would, and what a network is called and
needs is in each file as a literal table `NETWORKS`, which is parsed here and never run. A new network is one new
file, such as `elman.py`:

    def build_elman(input_shape, num_classes, *, units=64):  # input_shape is (steps, features)
        import keras

        return keras.Sequential(
            [
                keras.Input(shape=input_shape),
                keras.layers.SimpleRNN(units),
                keras.layers.Dense(num_classes, activation="softmax"),
            ],
            name="elman",
        )


    NETWORKS = {
        "elman": {
            "build": "build_elman",
            "family": "recurrent",
            "layout": "sequence",
            "summary": "one simple recurrent layer of 64 units",
            "default_epochs": 3,
            "options": ["units"],
        },
    }

It then trains with `python -m bench run --model elman,cnn --units 32,64`, and `python -m bench list models -v` shows
its layers. Each other key is an attribute of `ModelSpec`. A network outside of this package needs no file here: see
`bench.networks.plugin`.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bench.errors import ConfigError
from bench.networks.builder import Builder

Layout = Literal["sequence", "image"]  # of what a network takes
DataLayout = Literal["sequence", "image", "tokens"]  # of a data set
Family = Literal["recurrent", "convolutional", "other"]
NetworkFramework = Literal["keras", "torch"]
KernelPath = Literal["cudnn", "not-cudnn", "any"]
ALL_BACKENDS = frozenset({"tensorflow", "jax", "torch"})
_PACKAGE = "bench.models"
_TABLE = "NETWORKS"


@dataclass(frozen=True)
class ModelSpec:
    """One network of the registry.

    Attributes:
        name: what `--model` takes, lower case, words joined by `-`.
        family: what the report compares.
        layout: `sequence` for inputs of shape (steps, features), `image` for (rows, columns, channels).
        summary: one line for lists.
        default_epochs: the epoch budget where a suite names none.
        build: called as `build(input_shape, num_classes, **options)`; returns an uncompiled Keras model.
        options: names of the keyword options that `build` takes, of `bench.settings.MODEL_OPTIONS`.
        kernel_path: what the recurrent kernel must prove to be for the trial to count.
        caveat: what a reader of a report must know about this network, or an empty string.
        backends: backends that it can be built on.
        twin_of: name of the network of which this one is the same function with the same weights, faster; or an empty
            string.
        framework: what `build` returns, a Keras model or a `torch.nn.Module`.
        runs_parts: it cuts a batch into parts that run side by side, so an operation is best left one thread.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    name: str
    family: Family
    layout: Layout
    summary: str
    default_epochs: int
    build: Builder
    options: frozenset[str] = frozenset()
    kernel_path: KernelPath = "any"
    caveat: str = ""
    backends: frozenset[str] = ALL_BACKENDS
    twin_of: str = ""
    runs_parts: bool = False
    framework: NetworkFramework = "keras"


@functools.cache
def builtin_models() -> Mapping[str, ModelSpec]:
    """Return every built-in network by name, in alphabetical order of the files and in file order within.

    Raises:
        ConfigError: a file's table is no literal, or describes no network.
    """
    package = importlib.import_module(_PACKAGE)
    files = (file for folder in package.__path__ for file in sorted(Path(folder).glob("*.py")))
    return {spec.name: spec for file in files for spec in _read_file(file)}


def twins_of(name: str) -> tuple[str, ...]:
    """Return the networks that are a network's faster twins."""
    return tuple(spec.name for spec in builtin_models().values() if spec.twin_of == name)


def original_of(name: str) -> str:
    """Return the network that a faster twin computes the same as, and the name of any other as it is."""
    spec = builtin_models().get(name)
    return spec.twin_of or name if spec else name


def _read_file(file: Path) -> Iterator[ModelSpec]:
    """Yield the networks that a file describes; a file without a table, such as a script, has none."""
    for name, description in _read_table(file).items():
        try:
            build = Builder(name, f"{_PACKAGE}.{file.stem}", str(description.get("build")))
            yield TypeAdapter(ModelSpec).validate_python({**description, "name": name, "build": build})
        except (AttributeError, ValidationError) as error:
            raise ConfigError(f"{file}: {_TABLE}[{name!r}] describes no network: {error}") from None


def _read_table(file: Path) -> dict[str, dict[str, Any]]:
    for statement in ast.parse(file.read_text(encoding="utf-8"), str(file)).body:
        if isinstance(statement, ast.Assign) and [ast.unparse(target) for target in statement.targets] == [_TABLE]:
            try:
                table: dict[str, dict[str, Any]] = ast.literal_eval(statement.value)
            except ValueError as error:
                raise ConfigError(
                    f"{file}: expected {_TABLE} to be a literal, received an expression: {error}"
                ) from None
            return table
    return {}
