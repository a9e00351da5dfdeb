"""Examples per second, steady and as `fit` costs: the one place that says which examples and which seconds count."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from bench.plan.case import Case
from bench.store.records import EpochEvent


def steady_throughput(case: Case, epochs: Sequence[EpochEvent]) -> float | None:
    """Return examples per second of the steps alone: without validation, first steps and the wait for iterators.

    (Σ num_examples − Σ first_step_examples) / (Σ train_s − Σ first_step_s − Σ iterator_s)

    What passes before an epoch's first step depends on when a thread of TensorFlow's wakes next, and on nothing of the
    network or the machine, so this is the rate that compares kernels and revisions. See `fit_throughput` for what a
    user waits for, and `_throughput` for what both have in common.
    """
    return _throughput(case, epochs, steady_train_s)


def fit_throughput(case: Case, epochs: Sequence[EpochEvent]) -> float | None:
    """Return examples per second as `fit` costs: over all training seconds but the first steps', iterators included.

    (Σ num_examples − Σ first_step_examples) / (Σ train_s − Σ first_step_s)

    Whoever calls `fit` waits for each epoch's iterator, so that networks and frameworks are compared by this rate.
    """
    return _throughput(case, epochs, fit_train_s)


def steady_train_s(epoch: EpochEvent) -> float:
    """Return an epoch's seconds of training without its first steps and without the wait for its iterator."""
    return fit_train_s(epoch) - (epoch.iterator_s or 0.0)


def fit_train_s(epoch: EpochEvent) -> float:
    """Return an epoch's seconds of training without its first steps; the wait for its iterator is among them."""
    return epoch.train_s - (epoch.first_step_s or 0.0)


def steady_epoch_s(case: Case, epochs: Sequence[EpochEvent]) -> float | None:
    """Return the seconds of a mean epoch at `steady_throughput`; see `mean_epoch_s`."""
    return mean_epoch_s(steady_throughput(case, epochs), epochs)


def fit_epoch_s(case: Case, epochs: Sequence[EpochEvent]) -> float | None:
    """Return the seconds of a mean epoch at `fit_throughput`; see `mean_epoch_s`."""
    return mean_epoch_s(fit_throughput(case, epochs), epochs)


def _throughput(case: Case, epochs: Sequence[EpochEvent], seconds_of: Callable[[EpochEvent], float]) -> float | None:
    """Return a ratio of totals, so that a short epoch weighs what it holds: a mean of rates would favour fast epochs.

    An epoch without a first step (`first_step_s` is None) counts whole. None where no example or no second is left (a
    single step, or a clock that saw no time pass), and for a case whose times are not reported.
    """
    if not case.reports_times:
        return None
    starting = [epoch for epoch in epochs if epoch.first_step_s is not None]
    num_examples = sum(epoch.num_examples for epoch in epochs) - sum(epoch.first_step_examples for epoch in starting)
    seconds = math.fsum(map(seconds_of, epochs))
    return num_examples / seconds if num_examples > 0 and seconds > 0 else None


def mean_epoch_s(throughput: float | None, epochs: Sequence[EpochEvent]) -> float | None:
    """Return what all examples of a mean epoch take at a rate, so that two rates and their epochs have one ratio.

    The first steps' seconds alone would be too little to leave out: a call of eight steps may be an eighth of an epoch.
    None where there is no rate.
    """
    return throughput and math.fsum(epoch.num_examples for epoch in epochs) / len(epochs) / throughput


def achieved_flops_per_s(throughput: float | None, flops_per_example: int | None) -> float | None:
    """Return the floating-point operations per second that the model needed, as against what the machine could do.

    Counts the model's own arithmetic (forward and backward), not what a kernel does beyond it, as "model FLOPs
    utilization" does: Chowdhery et al., PaLM: Scaling Language Modeling with Pathways, 2022, appendix B.
    """
    if throughput is None or flops_per_example is None:
        return None
    return throughput * flops_per_example
