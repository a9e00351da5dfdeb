"""The Keras callback that marks the ledger and writes the journal: all that is added to an ordinary `fit`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from bench.host.sensors.energy import EnergyMeter
from bench.host.sensors.memory import peak_rss_bytes
from bench.host.sensors.noise import Noise
from bench.networks.training import read_rate
from bench.plan.case import Case
from bench.run.worker.framework import Framework
from bench.run.worker.time_ledger import EpochTimes, Ledger
from bench.run.worker.turn_book import TurnBook
from bench.run.worker.turn_protocol import Turns
from bench.store.records import EpochEvent, StepQuantiles, StepValidation

_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


class Recorder(keras.callbacks.Callback):
    """Marks steps and epochs of one `fit`, and hands an epoch's event to `write` when the epoch ends.

    It synchronises the device at the boundaries only: before a step that meets a new shape, which must not be charged
    with the steps that queued before it; after it, and after one that compiled again; after an epoch's last step; and
    before it lets another worker have its turn. Keras besides waits for each step's logs, of which it makes numbers
    before it calls any callback. On TensorFlow it does so in every `fit`. On JAX and PyTorch it leaves
    that to a thread, and lets steps queue, where no callback hears of a step's end; this one must, so there each step
    is done when the next one begins.

    Attributes:
        num_epochs: how many epochs have ended.
        val_accuracy: what the last of them ended with.
        diverged: the metrics that stopped being finite, in the epoch that ended the training.
        is_short: whether an epoch ended before its last step, which ends the training.
    """

    def __init__(
        self,
        case: Case,
        num_examples: int,
        framework: Framework,
        ledger: Ledger,
        read_noise: Callable[[], Noise],
        write: Callable[[EpochEvent], None],
        energy: EnergyMeter | None = None,
        turns: Turns | None = None,
        accuracy: str = "accuracy",
        validate: Callable[[Any], Mapping[str, float]] | None = None,
    ) -> None:
        """Take what one trial measures with; nothing is marked before `fit` starts.

        `accuracy` is what the logs call the share of right answers. `validate` returns a model's `val_loss` and
        accuracy and leaves the training untouched; it is needed where the case asks for validation within epochs.
        """
        super().__init__()
        self.num_epochs = 0
        self.val_accuracy: float | None = None
        self.diverged: tuple[str, ...] = ()
        self.is_short = False
        self._batch_size = case.batch_size
        self._num_examples = num_examples
        self._num_steps = math.ceil(num_examples / case.batch_size)
        self._framework = framework
        self._ledger = ledger
        self._read_noise = read_noise
        self._write = write
        self._energy = energy or EnergyMeter()
        num_calls = case.epochs * math.ceil(self._num_steps / case.steps_per_execution)
        self._turns = TurnBook(turns or Turns(), ledger, num_calls)
        self._counts_met: set[int] = set()
        self._keys = {name: name.replace("accuracy", accuracy) for name in _METRICS}
        self._validate = validate
        self._validate_every = case.validate_every
        self._validations: list[StepValidation] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras passes these by name
        """Open the ledger's page; the energy is read outside of it."""
        self._validations = []
        self._turns.begin_epoch()
        self._energy.begin()
        self._ledger.begin_epoch()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Mark the start of a step, once it is this worker's turn."""
        self._turns.begin_step()
        self._begin_step = batch
        # A compile of the user's own has a number of steps in a call of its own; a PyTorch network has one.
        end = min(batch + getattr(self.model, "steps_per_execution", 1), self._num_steps)
        if self._count_examples(batch, end - 1) not in self._counts_met:
            self._framework.synchronize(None)
        self._num_compilations = self._framework.count_compilations()
        self._ledger.begin_step()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Mark the end of a step, or of `steps_per_execution` steps in one call."""
        num_examples = self._count_examples(self._begin_step, batch)
        self._end_step = batch
        is_new = num_examples not in self._counts_met or self._framework.count_compilations() != self._num_compilations
        is_last = batch >= self._num_steps - 1
        is_due = not is_last and self._is_due(batch)
        if is_new or is_last or is_due or self._turns.may_end_turn:
            self._counts_met.add(num_examples)
            self._framework.synchronize(logs)
        self._ledger.end_step(new_shape_examples=num_examples if is_new else 0)
        if is_last or is_due:
            self._energy.end()
        num_steps = min(batch + 1, self._num_steps) - self._begin_step
        self._turns.end_step(num_steps, num_examples, is_new=is_new, then_validates=is_last or is_due)
        if is_due:
            self._validate_within(batch + 1)

    def _is_due(self, batch: int) -> bool:
        """Tell whether the steps of the call that ends with `batch` complete another `validate_every` of them."""
        every = self._validate_every
        return every is not None and (batch + 1) // every > self._begin_step // every

    def _validate_within(self, num_steps: int) -> None:
        """Validate before the epoch's end; its seconds and joules do not count as training."""
        assert self._validate is not None  # noqa: S101 - tells the type checker what `validate_every` comes with
        self._ledger.begin_wait()
        values = self._validate(self.model)
        val_s = self._ledger.end_wait()
        finite = {name: values[key] for name, key in self._keys.items() if math.isfinite(values.get(key, math.nan))}
        self._validations.append(
            StepValidation(
                num_steps=num_steps,
                train_s=self._ledger.train_s,
                val_s=val_s,
                val_loss=finite.get("val_loss"),
                val_accuracy=finite.get("val_accuracy"),
            )
        )
        self._turns.end_validation()
        self._energy.resume()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Close the page and write the epoch's line."""
        times = self._ledger.end_epoch()
        event = self._event(epoch + 1, times, dict(logs or {}))
        self.num_epochs, self.val_accuracy = event.epoch, event.val_accuracy
        self._write(event)
        self.is_short = event.num_steps < self._num_steps
        if self.is_short:
            self.model.stop_training = True
        if "loss" in event.not_finite:
            self.diverged = event.not_finite
            self.model.stop_training = True

    def _count_examples(self, begin: int, end: int) -> int:
        """Return how many examples the steps `begin` to `end` trained on; a new count is a new shape to trace."""
        return min((end + 1) * self._batch_size, self._num_examples) - begin * self._batch_size

    def _event(self, epoch: int, times: EpochTimes, logs: dict[str, float]) -> EpochEvent:
        values = {name: float(logs[key]) for name, key in self._keys.items() if key in logs}
        finite = {name: value for name, value in values.items() if math.isfinite(value)}
        return EpochEvent(
            epoch=epoch,
            # The steps that Keras ran: a limit on its steps makes that fewer than it was asked for.
            num_examples=self._count_examples(0, self._end_step),
            num_steps=min(self._end_step + 1, self._num_steps),
            train_s=times.train_s,
            first_step_s=times.first_step_s,
            first_step_examples=times.first_step_examples,
            iterator_s=times.iterator_s,
            val_s=times.val_s,
            other_s=times.other_s,
            **{name: finite.get(name) for name in _METRICS},
            not_finite=tuple(sorted(values.keys() - finite.keys())),
            learning_rate=read_rate(self.model.optimizer),
            step_s=quantiles(times.step_s) if self._framework.steps_can_be_timed else None,
            peak_rss_bytes=peak_rss_bytes(),
            peak_device_bytes=self._framework.peak_device_bytes(),
            noise=self._read_noise(),
            energy_j=self._energy.joules(times.train_s),
            turns=self._turns.end_epoch(),
            validations=tuple(self._validations),
        )


def quantiles(step_s: tuple[float, ...]) -> StepQuantiles | None:
    """Return quantiles of steps' seconds, or None where no step is left to describe."""
    if not step_s:
        return None
    p05, p50, p95, maximum = np.quantile(step_s, (0.05, 0.5, 0.95, 1.0)).tolist()
    return StepQuantiles(p05=p05, p50=p50, p95=p95, maximum=maximum)
