"""The time ledger: splits an epoch's wall time into training, first steps, validation and the rest.

It knows no framework. Its clock is injected, so that tests assert exact seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True)
class EpochTimes:
    """One epoch's seconds; the parts do not overlap, but for `first_step_s` and `iterator_s` inside `train_s`.

    Attributes:
        train_s: from the epoch's begin to the end of its last step.
        first_step_s: the sum over the steps that met a batch of a new shape and so paid for tracing and compiling; None
            if none did.
        first_step_examples: how many examples those steps trained on.
        iterator_s: from the epoch's begin to its first step, inside `train_s`: the input's iterator is made, and that
            of the epoch before is taken down, for which TensorFlow can wait for seconds.
        val_s: from the end of the last step to the end of validation, which holds all that validation costs.
        other_s: since the end of the previous epoch, or since the ledger began: callbacks, journal, canary.
        step_s: seconds of each of the other steps, in order.
    """

    train_s: float
    first_step_s: float | None
    first_step_examples: int
    iterator_s: float | None
    val_s: float
    other_s: float
    step_s: tuple[float, ...]


class Ledger:
    """Takes the marks of one trial in the order they happen and closes the books at each epoch's end.

    The time between `begin_wait` and `end_wait` is not counted anywhere, wherever in an epoch it is.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin now; `clock` returns monotonic seconds."""
        self._clock = clock
        self._waited_s = 0.0
        self._closed = self._now()

    def begin_epoch(self) -> None:
        """Mark the start of an epoch's training."""
        self._epoch_begin = self._now()
        self._first_step_s: float | None = None
        self._first_step_examples = 0
        self._iterator_s: float | None = None
        self._step_s: list[float] = []

    def begin_step(self) -> None:
        """Mark the start of a step."""
        self._step_begin = self._now()
        if self._iterator_s is None:
            self._iterator_s = self._step_begin - self._epoch_begin

    def end_step(self, new_shape_examples: int = 0) -> None:
        """Mark the end of a step; `new_shape_examples` is its size if its batch had a new shape, else 0."""
        now = self._now()
        elapsed = now - self._step_begin
        if new_shape_examples:
            self._first_step_s = (self._first_step_s or 0.0) + elapsed
            self._first_step_examples += new_shape_examples
        else:
            self._step_s.append(elapsed)
        self._train_end = now

    def end_epoch(self) -> EpochTimes:
        """Close the books of an epoch, after its validation, and return its times."""
        now = self._now()
        times = EpochTimes(
            train_s=self.train_s,
            first_step_s=self._first_step_s,
            first_step_examples=self._first_step_examples,
            iterator_s=self._iterator_s,
            val_s=now - self._train_end,
            other_s=self._epoch_begin - self._closed,
            step_s=tuple(self._step_s),
        )
        self._closed = now
        return times

    def begin_wait(self) -> None:
        """Mark the start of a wait for others, or of work that is measured separately."""
        self._wait_begin = self._clock()

    def end_wait(self) -> float:
        """Mark the end of a wait, and return its seconds."""
        waited_s = self._clock() - self._wait_begin
        self._waited_s += waited_s
        return waited_s

    @property
    def train_s(self) -> float:
        """The epoch's seconds of training up to the last step's end."""
        return self._train_end - self._epoch_begin

    @property
    def steady_s(self) -> float:
        """The epoch's seconds of training up to the last step's end, without first steps and the wait for its input."""
        return self.train_s - (self._first_step_s or 0.0) - (self._iterator_s or 0.0)

    def _now(self) -> float:
        return self._clock() - self._waited_s
