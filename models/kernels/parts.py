"""How a batch is cut into parts that run side by side, each on a core of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

MAX_PARTS = 32  # tracing costs time for each part, once


def count_parts(batch_size: int | None, rows_a_part: int) -> int:
    """Return the parts to cut a batch into: one for so many rows, at least one a thread and at most 32; 1 on a GPU.

    `batch_size` is None where it is not known.
    """
    if tf.config.list_logical_devices("GPU"):
        return 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = tf.config.threading.get_inter_op_parallelism_threads() or usable or 1
    return min(MAX_PARTS, max(threads, (batch_size or 0) // rows_a_part))


def part_sizes(num_examples: Any, num_parts: int) -> Sequence[Any]:
    """Return sizes that differ by one at most, the larger ones first; a part may be empty."""
    return [(num_examples + num_parts - 1 - part) // num_parts for part in range(num_parts)]
