"""Names, layouts and descriptions of the networks, without importing Keras.

Every module of this package may hold a tuple `MODELS`; a new network is one new file, such as `gru.py`:

    from bench.networks.registry import ModelSpec


    def build_gru(input_shape, num_classes, *, units=64):  # input_shape is (steps, features)
        import keras

        return keras.Sequential(
            [
                keras.Input(shape=input_shape),
                keras.layers.GRU(units),
                keras.layers.Dense(num_classes, activation="softmax"),
            ],
            name="gru",
        )


    MODELS = (
        ModelSpec(
            name="gru",
            family="recurrent",
            layout="sequence",
            summary="one GRU layer of 64 units",
            default_epochs=3,
            build=build_gru,
            options=frozenset({"units"}),
        ),
    )

It then trains with `python -m bench run --model gru,cnn --units 32,64`, and `python -m bench list models -v` shows its
layers. Builders import Keras when they are called, which only the worker process does. A network outside of this
package needs no file here: see `bench.networks.plugin`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Layout = Literal["sequence", "image"]
Family = Literal["recurrent", "convolutional", "other"]
KernelPath = Literal["cudnn", "not-cudnn", "any"]
ALL_BACKENDS = frozenset({"tensorflow", "jax", "torch"})


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
        options: names of the keyword options that `build` takes, of `units`, `filters`, `depth`, `unroll`,
            `activation`, `output_activation`.
        kernel_path: what the recurrent kernel must prove to be for the trial to count.
        caveat: what a reader of a report must know about this network, or an empty string.
        backends: Keras backends that it can be built on.
        twin_of: name of the network of which this one is the same function with the same weights, faster; or an empty
            string.
        runs_parts: it cuts a batch into parts that run side by side, so an operation is best left one thread.
    """

    name: str
    family: Family
    layout: Layout
    summary: str
    default_epochs: int
    build: Callable[..., Any]
    options: frozenset[str] = frozenset()
    kernel_path: KernelPath = "any"
    caveat: str = ""
    backends: frozenset[str] = ALL_BACKENDS
    twin_of: str = ""
    runs_parts: bool = False


@functools.cache
def builtin_models() -> Mapping[str, ModelSpec]:
    """Return every network of this package by name, in alphabetical order of the files and in file order within."""
    package = importlib.import_module("bench.models")
    names = (info.name for info in pkgutil.iter_modules(package.__path__))
    modules = (importlib.import_module(f"{package.__name__}.{name}") for name in names)
    return {spec.name: spec for module in modules for spec in getattr(module, "MODELS", ())}


def twins_of(name: str) -> tuple[str, ...]:
    """Return the networks that are a network's faster twins."""
    return tuple(spec.name for spec in builtin_models().values() if spec.twin_of == name)
