"""Every time that a trial's accuracy on the validation data was measured: at the ends of epochs, and within them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bench.store.records import EpochEvent, Journal


@dataclass(frozen=True)
class Validation:
    """One validation: how far the training had come, and the accuracy then; None where that was not finite.

    `epochs` counts whole epochs and the part of the one that goes on, `train_s` and `num_examples` what was spent and
    trained on up to then, repeats included and other validations not.
    """

    epochs: float
    train_s: float
    num_examples: int
    val_accuracy: float | None

    @property
    def epoch(self) -> int:
        """The number of the epoch in which it was, or that it ended."""
        return math.ceil(self.epochs)


def validations(journal: Journal) -> Iterator[Validation]:
    """Yield a trial's validations in order."""
    past: list[float] = []
    num_examples = 0
    for done, epoch in enumerate(journal.epochs):
        for one in epoch.validations:
            trained_on = min(one.num_steps * journal.start.case.batch_size, epoch.num_examples)
            yield Validation(
                epochs=done + one.num_steps / epoch.num_steps,
                train_s=math.fsum([*past, one.train_s]),
                num_examples=num_examples + trained_on,
                val_accuracy=one.val_accuracy,
            )
        past.append(epoch.train_s)
        num_examples += epoch.num_examples
        yield Validation(done + 1.0, math.fsum(past), num_examples, epoch.val_accuracy)


def validation_s(epoch: EpochEvent) -> float:
    """Return all seconds of an epoch's validations, those within it included."""
    return math.fsum((epoch.val_s, *(one.val_s for one in epoch.validations)))
