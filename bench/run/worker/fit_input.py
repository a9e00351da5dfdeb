"""What `fit` is fed with: arrays as they are, or a `tf.data` pipeline of the same examples.

Of arrays Keras makes a pipeline whose autotuning thread sleeps longer the longer an epoch lasts, up to as long, and is
waited for as the epoch's iterator is taken down. Where workers take turns, an epoch lasts as long as all of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from bench.data.scaling import PreparedData
from bench.settings import Input

_PREFETCHED = 2  # batches: one is ready while a step trains, and one is on its way


def for_fit(kind: Input, data: PreparedData, batch_size: int, test: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `fit` that say what is trained on and validated on; `test` are those of `evaluate`."""
    if kind == "arrays":
        validation = test["x"], test["y"]
        return {"x": data.x_train, "y": data.y_train, "batch_size": batch_size, "validation_data": validation}
    train = make_pipeline(data.x_train, data.y_train, batch_size, shuffles=True)
    # It shuffles by itself, and Keras warns that it cannot.
    return {"x": train, "shuffle": False, "validation_data": test["x"]}


def for_evaluate(kind: Input, data: PreparedData, batch_size: int) -> dict[str, Any]:
    """Return the arguments of `evaluate` that say what is validated on."""
    if kind == "arrays":
        return {"x": data.x_test, "y": data.y_test, "batch_size": batch_size}
    return {"x": make_pipeline(data.x_test, data.y_test, batch_size, shuffles=False)}


def make_pipeline(x: npt.NDArray[Any], y: npt.NDArray[Any], batch_size: int, *, shuffles: bool) -> Any:
    """Return a `tf.data.Dataset` of batches, in another order for each iterator; the arrays are copied once.

    The orders follow from the global seed. From arrays, Keras draws one order where a seed was set, and gives it to
    every epoch: the operation that draws it is made anew, and its seed with it, for each iterator.
    """
    import tensorflow as tf  # noqa: PLC0415 - the worker has configured it

    with tf.device("CPU:0"):
        values = tf.convert_to_tensor(x), tf.convert_to_tensor(y)
        places = tf.range(len(y), dtype=tf.int64)
    orders = tf.data.Dataset.from_tensors(places)
    if shuffles:
        seeds = tf.data.Dataset.random(rerandomize_each_iteration=True).batch(2).take(1)
        orders = seeds.map(lambda seed: tf.random.experimental.stateless_shuffle(places, seed=seed))
    options = tf.data.Options()
    options.autotune.enabled = False
    return (
        orders.flat_map(lambda order: tf.data.Dataset.from_tensor_slices(order).batch(batch_size))
        .map(lambda batch: tuple(tf.gather(value, batch) for value in values))
        .apply(tf.data.experimental.assert_cardinality(math.ceil(len(y) / batch_size)))
        .prefetch(_PREFETCHED)
        .with_options(options)
    )
