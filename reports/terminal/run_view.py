"""What a run shows while it goes on: nothing, lines on stderr, or JSON lines on stdout.

Every view is told of events and writes only then, so that nothing here runs while a worker measures.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bench.analysis.trial.throughput import fit_throughput
from bench.networks.guest_errors import last_words
from bench.networks.training import LOSSES
from bench.plan.case import Trial
from bench.reports.kit.escaping import escape_terminal
from bench.reports.run.front import describe_counts
from bench.reports.run.headline import headline, verdict
from bench.reports.terminal.progress import Progress
from bench.store.records import SCHEMA, BuiltEvent, EndEvent, EpochEvent
from bench.units import counted, format_count, format_fraction, format_rate, format_seconds

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import RunSummary

Now = Callable[[], datetime]


class QuietView:
    """Shows no progress; base of the views that leave events out."""

    tick_s: float | None = None

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Show nothing."""

    def waiting(self, message: str) -> None:
        """Show nothing."""

    def note(self, message: str) -> None:
        """Show nothing."""

    def trial_started(self, trial: Trial) -> None:
        """Show nothing."""

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Show nothing."""

    def tick(self) -> None:
        """Show nothing."""

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Show nothing."""

    def between_trials(self) -> None:
        """Do nothing; what a view shows costs little."""

    def run_ended(self, summary: RunSummary, report: Path) -> None:  # noqa: ARG002 - the other views' to show
        """Write the report's path on stdout: it is the run's result, not its progress."""
        self._write_out(str(report))

    def _write_out(self, line: str) -> None:
        self._stdout.write(f"{line}\n")
        self._stdout.flush()


class PlainView(QuietView):
    """One line an event, as a log wants it."""

    def __init__(self, stdout: TextIO, stderr: TextIO, now: Now, expected_s: Mapping[str, float] | None = None) -> None:
        """Write to `stderr`; `expected_s` has a trial's expected seconds by case_id, from before the run."""
        super().__init__(stdout)
        self._stderr = stderr
        self._now = now
        self._expected_s = expected_s
        self._progress = Progress(())
        self._told: set[str] = set()

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Write the run's name and size."""
        self._progress = Progress(trials, num_done, self._expected_s)
        done = f", {format_count(num_done)} already done" if num_done else ""
        self._write(f"run {run_id}: {counted(len(trials), 'trial')} to run{done}")

    def waiting(self, message: str) -> None:
        """Write why the run waits."""
        self._write(f"waiting: {message}")

    def note(self, message: str) -> None:
        """Write how trials are run."""
        self._write(message)

    def trial_started(self, trial: Trial) -> None:
        """Write the trial's place and name."""
        self._progress.start(trial)
        self._write(f"{self._progress.place} {trial.trial_id}: starting")

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Write an epoch's figures, and of a built model what its user may not expect."""
        self._progress.add(trial, event)
        self._tell_built(trial, event)
        if isinstance(event, EpochEvent):
            self._write(f"{self._progress.place} {trial.trial_id}: {describe_epoch(trial, event)}{self._remaining()}")

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Write the status, and what went wrong."""
        self._progress.end(trial)
        self._write(f"{self._progress.place} {trial.trial_id}: {describe_end(end)}")

    def run_ended(self, summary: RunSummary, report: Path) -> None:
        """Write how many trials ended how and the answer with what makes it less than it seems; the report's path."""
        self._write(describe_counts(summary.num_by_status))
        self._write(" ".join(part for part in (headline(summary), verdict(summary)) if part))
        from bench.reports.run.sections.cautions import word_doubts  # noqa: PLC0415 - as the types above: needs scipy

        for sentence in word_doubts(summary, escape_terminal):
            self._write(f"caution: {sentence}")
        super().run_ended(summary, report)

    def _tell_built(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Write once for each case how its network is trained otherwise than it comes."""
        for sentence in word_training(trial, event) if isinstance(event, BuiltEvent) else ():
            if sentence not in self._told:
                self._told.add(sentence)
                self._write(f"note: {sentence}")

    def _remaining(self) -> str:
        """Say how long the rest takes and when that is, since a log's line is read later than it is written."""
        seconds = self._progress.remaining_s()
        if not seconds:
            return ""
        return (
            f", {self._progress.hedge}{format_seconds(seconds)} left ({self._now() + timedelta(seconds=seconds):%H:%M})"
        )

    def _write(self, line: str) -> None:
        self._stderr.write(f"{escape_terminal(line)}\n")
        self._stderr.flush()


class JsonView(QuietView):
    """One JSON object a line on stdout, for programs; a trial's objects are the journal's, and all have its schema."""

    def run_started(self, run_id: str, trials: Sequence[Trial], num_done: int) -> None:
        """Write the run's name and its trials' names."""
        names = [trial.trial_id for trial in trials]
        self._write_own("run_started", run_id=run_id, trials=names, num_done=num_done)

    def waiting(self, message: str) -> None:
        """Write why the run waits."""
        self._write_own("waiting", message=message)

    def note(self, message: str) -> None:
        """Write how trials are run."""
        self._write_own("note", message=message)

    def trial_started(self, trial: Trial) -> None:
        """Write the trial's name."""
        self._write_own("trial_started", trial_id=trial.trial_id, index=trial.index, seed=trial.seed)

    def event(self, trial: Trial, event: BuiltEvent | EpochEvent) -> None:
        """Write the journal's line with the trial's name."""
        self._write({"trial_id": trial.trial_id, **event.model_dump(mode="json", by_alias=True)})

    def trial_ended(self, trial: Trial, end: EndEvent) -> None:
        """Write the journal's last line with the trial's name."""
        self._write({"trial_id": trial.trial_id, **end.model_dump(mode="json", by_alias=True)})

    def run_ended(self, summary: RunSummary, report: Path) -> None:
        """Write the counts and the report's path."""
        self._write_own("run_ended", num_by_status=dict(summary.num_by_status), report=str(report))

    def _write_own(self, event: str, **fields: object) -> None:
        self._write({"schema": SCHEMA, "event": event, **fields})

    def _write(self, fields: Mapping[str, object]) -> None:
        self._write_out(json.dumps(fields, allow_nan=False))


def describe_epoch(trial: Trial, event: EpochEvent) -> str:
    """Return `epoch 1/3, val_accuracy 0.9501, 1,005 examples/s`, as `fit` costs."""
    rate = format_rate(fit_throughput(trial.case, [event]))
    accuracy = format_fraction(event.val_accuracy)
    return f"epoch {event.epoch}/{trial.case.epochs}, val_accuracy {accuracy}, {rate} examples/s"


def word_training(trial: Trial, event: BuiltEvent) -> list[str]:
    """Return sentences on how a user's network is trained: the loss of its outputs, and whose compile is used."""
    model, resolved = trial.case.model, event.resolved
    trained_by = resolved.optimizer + ("" if resolved.learning_rate is None else f" at {resolved.learning_rate:g}")
    sentences = []
    if resolved.loss not in (LOSSES["softmax"], None) and trial.case.training == "bench":
        ends = {LOSSES["logits"]: "without softmax", LOSSES["log-softmax"]: "in log-softmax"}.get(
            resolved.loss, "in one output"
        )
        sentences.append(f"{model} ends {ends}: its loss is {resolved.loss}")
    if resolved.prepared_by and trial.case.scaling != "none":
        sentences.append(f"{model} begins with {resolved.prepared_by}: its data are not scaled")
    if resolved.replaced_compile:
        sentences.append(
            f"{model} comes compiled ({resolved.replaced_compile}); the benchmark trains it with "
            f"{trained_by} instead: --training own keeps its own"
        )
    if trial.case.training == "own":
        sentences.append(f"{model} keeps the compile of its build function: {trained_by}, loss {resolved.loss}")
    if resolved.has_own_train_step:
        sentences.append(f"{model} trains each batch by a train_step of its own")
    return sentences


def describe_end(end: EndEvent) -> str:
    """Return the status, and why where it is not ok."""
    took = f" in {format_seconds(end.total_s)}" if end.total_s is not None else ""
    why = f": {end.error.type}: {last_words(end.error.message)}" if end.error else ""
    return f"{end.status}{took}{why}"
