"""Steady throughput: the one place that says which examples and which seconds count."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.store.records import EpochEvent


def steady_throughput(epochs: Sequence[EpochEvent]) -> float | None:
    """Return examples per second of training time over `epochs`, without validation, first steps and iterators.

    (Σ num_examples − Σ first_step_examples) / (Σ train_s − Σ first_step_s − Σ iterator_s)

    A ratio of totals, so that a short epoch weighs what it holds; a mean of per-epoch rates would favour fast epochs.
    What passes before an epoch's first step depends on when a thread of TensorFlow's wakes next, and on nothing of the
    network or the machine: it can be nearly as long as the epoch. An epoch without a first step (`first_step_s` is
    None) counts whole. None where no example or no second is left: a single step, or a clock that saw no time pass.
    """
    starting = [epoch for epoch in epochs if epoch.first_step_s is not None]
    num_examples = sum(epoch.num_examples for epoch in epochs) - sum(epoch.first_step_examples for epoch in starting)
    seconds = math.fsum(map(steady_train_s, epochs))
    return num_examples / seconds if num_examples > 0 and seconds > 0 else None


def steady_train_s(epoch: EpochEvent) -> float:
    """Return an epoch's seconds of training without its first steps and without the wait for its iterator."""
    return epoch.train_s - (epoch.first_step_s or 0.0) - (epoch.iterator_s or 0.0)


def achieved_flops_per_s(throughput: float | None, flops_per_example: int | None) -> float | None:
    """Return the floating-point operations per second that the model needed, as against what the machine could do.

    Counts the model's own arithmetic (forward and backward), not what a kernel does beyond it, as "model FLOPs
    utilization" does: Chowdhery et al., PaLM: Scaling Language Modeling with Pathways, 2022, appendix B.
    """
    if throughput is None or flops_per_example is None:
        return None
    return throughput * flops_per_example
