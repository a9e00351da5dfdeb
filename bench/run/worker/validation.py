"""Validates a network in the middle of its training, and leaves no trace in it."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from bench.networks.pytorch.network import TorchNetwork


def validate_apart(model: Any, *, test: Mapping[str, Any]) -> dict[str, float]:
    """Return `val_loss` and `val_accuracy` as the model is now, for a callback that is called between two steps.

    The training goes on as if nothing had happened: its metrics, its random numbers and its input are as before.
    `test` are the arguments of `evaluate` that say what is validated on.
    """
    with model.kept_state() if isinstance(model, TorchNetwork) else _kept_state(model), _kept_random_state():
        logs = model.evaluate(**test, return_dict=True, verbose=0)
    return {f"val_{name}": float(value) for name, value in logs.items()}


@contextlib.contextmanager
def _kept_state(model: Any) -> Iterator[None]:
    """Give back to the model's variables what they held, but for the weights, which validation does not change.

    `evaluate` begins by resetting the metrics, which are the training's own, and a layer may draw random numbers.
    """
    if keras.backend.backend() == "jax":
        model.jax_state_sync()  # `fit` keeps the state in variables of its own, and takes it up again after a sync
    is_training = getattr(model, "training", None)  # PyTorch's mode, which `evaluate` changes and `fit` sets per epoch
    variables = [*model.non_trainable_variables, *model.metrics_variables]
    values = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    yield
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    if keras.backend.backend() == "torch":
        model.train(is_training)


@contextlib.contextmanager
def _kept_random_state() -> Iterator[None]:
    """Keep the global random states: an input's iterator may draw from them when it is made, as PyTorch's does."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 - the state that others use
    with _kept_torch_state():
        yield
    random.setstate(python_state)
    np.random.set_state(numpy_state)  # noqa: NPY002


def _kept_torch_state() -> contextlib.AbstractContextManager[Any]:
    if keras.backend.backend() != "torch":
        return contextlib.nullcontext()
    torch = sys.modules["torch"]  # the backend is loaded
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    kept: contextlib.AbstractContextManager[Any] = torch.random.fork_rng(devices=devices)
    return kept
