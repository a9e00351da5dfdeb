"""The figures that stand beside a verdict: what each side of a claim did, over its own seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bench.analysis.cases import epoch_train_s
from bench.analysis.evidence import Side
from bench.analysis.stats import Interval, summarize_values
from bench.analysis.target import TargetResult, summarize_target
from bench.analysis.throughput import steady_throughput
from bench.store.records import Journal

FigureKind = Literal["target", "val_accuracy", "epoch_train_s", "throughput"]


@dataclass(frozen=True)
class Figure:
    """One figure of one side: `target` for kind target, else `interval`; `epoch` where it is of one epoch."""

    name: str
    kind: FigureKind
    interval: Interval | None = None
    target: TargetResult | None = None
    epoch: int | None = None


def target_figures(sides: Sequence[Side], target: float) -> tuple[Figure, ...]:
    """Return each side's hits, median epochs and median seconds to `target`."""
    return tuple(
        Figure(side.name, "target", target=summarize_target(side.trials, target, _budget(side))) for side in sides
    )


def accuracy_figures(sides: Sequence[Side], epochs: Sequence[int]) -> tuple[Figure, ...]:
    """Return each side's val_accuracy after each of `epochs`, over the seeds that came there."""
    return tuple(
        Figure(side.name, "val_accuracy", _over(side, partial(_accuracy, epoch)), epoch=epoch)
        for epoch in epochs
        for side in sides
    )


def time_figures(sides: Sequence[Side]) -> tuple[Figure, ...]:
    """Return each side's training seconds per epoch, first steps left out."""
    return tuple(Figure(side.name, "epoch_train_s", _over(side, epoch_train_s)) for side in sides)


def rate_figures(sides: Sequence[Side]) -> tuple[Figure, ...]:
    """Return each side's training examples per second."""
    return tuple(
        Figure(side.name, "throughput", _over(side, lambda journal: steady_throughput(journal.epochs)))
        for side in sides
    )


def _budget(side: Side) -> int:
    """Return the epochs that the longest of the trials was given: runs may have budgets of their own."""
    return max((journal.start.case.epochs for journal in side.trials), default=side.case.epochs)


def _over(side: Side, figure: Callable[[Journal], float | None]) -> Interval | None:
    return summarize_values([value for value in map(figure, side.trials) if value is not None])


def _accuracy(epoch: int, journal: Journal) -> float | None:
    return journal.epochs[epoch - 1].val_accuracy if len(journal.epochs) >= epoch else None
