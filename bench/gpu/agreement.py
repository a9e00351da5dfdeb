"""Whether two networks of one function compute the same on a GPU; imported in the probe's process alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.networks.flops import iterate_layers
from bench.settings import Backend
from bench.store.gpu_evidence import Agreement


def compare_variants(one: Any, other: Any, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Agreement:
    """Give two compiled Keras models the same weights, and compare what they return and how a step changes them.

    Dropout is taken out of both for good.

    Args:
        one: the first, whose weights both get.
        other: the second, with weights of the same shapes.
        x: a batch of examples.
        y: their classes.
    """
    before = one.get_weights()
    other.set_weights(before)
    for model in (one, other):
        _take_dropout_out(model)
    outputs = [model.predict_on_batch(x) for model in (one, other)]
    changes = [_train_step(model, x, y, before) for model in (one, other)]
    return Agreement(
        outputs=float(np.abs(outputs[0] - outputs[1]).max()),
        updates=float(np.linalg.norm(changes[0] - changes[1]) / np.linalg.norm(changes[0])),
    )


def _take_dropout_out(model: Any) -> None:
    import keras  # noqa: PLC0415 - the probe has chosen the backend

    for layer in iterate_layers(model):
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0


def _train_step(model: Any, x: npt.NDArray[Any], y: npt.NDArray[Any], before: list[Any]) -> npt.NDArray[Any]:
    """Return by how much a step changed all weights, in a row."""
    model.train_on_batch(x, y)
    return np.concatenate([(after - known).ravel() for after, known in zip(model.get_weights(), before, strict=True)])


@contextlib.contextmanager
def exact_products(backend: Backend) -> Iterator[None]:
    """Let products of float32 on a GPU have all their bits in the block: TF32 keeps ten, which is what would differ."""
    if backend == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 - as above

        was_on = tf.config.experimental.tensor_float_32_execution_enabled()
        tf.config.experimental.enable_tensor_float_32_execution(False)
        yield
        tf.config.experimental.enable_tensor_float_32_execution(was_on)
    elif backend == "jax":
        import jax  # noqa: PLC0415 - as above

        with jax.default_matmul_precision("highest"):
            yield
    else:
        import torch  # noqa: PLC0415 - as above

        with torch.backends.cudnn.flags(allow_tf32=False):
            yield
