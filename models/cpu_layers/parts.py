"""How a batch is cut into parts that run side by side, each on a core of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

MAX_PARTS = 32  # tracing costs time for each part, once


class CutsBatches:
    """What a layer or a model is told that cuts its batches: how large they are where a traced graph leaves it open."""

    _usual_batch_size: int | None = None

    def expect_batches_of(self, batch_size: int) -> None:
        """Cut batches whose size is open in a traced graph as batches of `batch_size` are cut where it is known.

        A graph that was traced before stays as it is. No part of the configuration: it tells how batches are fed, not
        what is computed.
        """
        self._usual_batch_size = batch_size

    def count_parts_of(self, batch: Any, rows_a_part: int) -> int:
        """Return the parts to cut a batch into, by its size or else the expected one; see `count_parts`."""
        return count_parts(batch.shape[0] or self._usual_batch_size, rows_a_part)


def count_parts(batch_size: int | None, rows_a_part: int) -> int:
    """Return the parts to cut a batch into: one for so many rows, at least one a thread and at most 32; 1 on a GPU.

    `batch_size` is None where it is not known.
    """
    import tensorflow as tf  # noqa: PLC0415 - a stack of layers in parts runs on the other backends, too

    if tf.config.list_logical_devices("GPU"):
        return 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = tf.config.threading.get_inter_op_parallelism_threads() or usable or 1
    return min(MAX_PARTS, max(threads, (batch_size or 0) // rows_a_part))


def part_sizes(num_examples: Any, num_parts: int) -> Sequence[Any]:
    """Return sizes that differ by one at most, the larger ones first; a part may be empty."""
    return [(num_examples + num_parts - 1 - part) // num_parts for part in range(num_parts)]
