"""The journal's schema 1: the events of one trial, one JSON object a line.

Durations end in `_s` and are seconds of a monotonic clock. A value that does not exist is `None`, never 0.

History of the schema:
    1  2026-11: first version.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, FailFast, Field, model_validator

from bench.data.dataset import DataInfo
from bench.frozen_model import Count, Frozen, PositiveInt, Seconds
from bench.host.environment import Environment
from bench.host.sensors.noise import Noise
from bench.networks.flops import LayerSheet
from bench.networks.proof.execution import LayerPath
from bench.plan.case import Case, Trial
from bench.plan.expand import NotRun
from bench.plan.tuning import Search, TunedCase

SCHEMA: Literal[1] = 1
_WHERE_USED = Field(exclude_if=operator.not_)  # additive: a line without it is as it was before the field was there
# Of 0.4 s each: an hour of one side's epoch, in a quarter of a journal's longest line.
MAX_TURNS = 8192
MAX_VALIDATIONS = 2048  # within an epoch: a quarter of a journal's longest line

Status = Literal["ok", "failed", "timeout", "oom", "killed", "interrupted", "diverged"]
# A trial's status when it is read: a journal never says "running"; the reader sees that the worker is still alive.
TrialStatus = Literal["ok", "failed", "timeout", "oom", "killed", "interrupted", "diverged", "running"]
# The upper bounds are far beyond any real value and keep sums over a forged journal finite.
Examples = Annotated[int, Field(ge=0, le=10**12)]
Finite = Annotated[float, Field(ge=-1e300, le=1e300)]
# Every time that has a UTC equivalent; a machine without a clock reports 1970.
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))]


class Event(Frozen):
    """What every line contains."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = SCHEMA


class InTurns(Frozen):
    """With which other trials one takes turns: all of them as `RUN_ID/TRIAL_ID`, by slot, and its own slot."""

    slot: Count
    trials: Annotated[tuple[str, ...], Field(min_length=2)]


class StartEvent(Event):
    """What was requested, where, and on which data; written before the worker imports a framework.

    `start_ticks` is when process `pid` started, in clock ticks since boot: with the boot id in `environment` it
    identifies the worker uniquely. None if the system doesn't provide it, and in older journals.
    `in_turns` is None, and not written, for a trial that has the machine to itself.
    """

    event: Literal["start"] = "start"
    run_id: str
    trial_id: str
    case: Case
    seed: Examples
    index: Examples
    environment: Environment
    argv: tuple[str, ...]
    data: DataInfo
    concurrent: bool
    pid: Count
    started_at: Moment
    start_ticks: Count | None = None
    in_turns: Annotated[InTurns | None, _WHERE_USED] = None


class Resolved(Frozen):
    """The effective settings, read back from the built model and the runtime.

    `keras_version` is empty for a PyTorch network, which is trained without Keras.
    `learning_rate` is that of the first update, `decay` what each update adds to its divisor, None for an optimizer of
    the user's own. `loss` names the loss, `replaced_compile` says with what the user's function had compiled the model
    that the benchmark compiled anew, `prepared_by` is the kind of a first layer that scales or looks up ids, to which
    the data came as they are. Older journals have none of these.
    """

    backend: str
    backend_version: str
    keras_version: str
    device: str
    device_name: str
    layer_paths: tuple[LayerPath, ...]
    jit_compile: bool
    steps_per_execution: PositiveInt
    precision: str
    intra_op_threads: int | None
    inter_op_threads: int | None
    deterministic: bool
    optimizer: str
    keras_config: dict[str, str]
    op_devices: dict[str, Count]
    learning_rate: Finite | None = None
    decay: Finite | None = None
    loss: str | None = None
    replaced_compile: str | None = None
    has_own_train_step: bool = False
    prepared_by: str | None = None

    @property
    def jit(self) -> Literal["on", "off"]:
        """Whether something compiled the training step, as the setting says it."""
        return "on" if self.jit_compile else "off"

    @property
    def is_of_keras(self) -> bool:
        """Whether Keras trained the network, on whichever backend."""
        return bool(self.keras_version)


class BuiltEvent(Event):
    """The model as it was built. `flops_per_example` is of one training step's forward and backward pass.

    `energy_sensors` names what the epochs' joules cover; empty if the machine has no counters. `network_file` is
    what the build function was imported from, relative to the worker's folder or this program's where it lies in one;
    older journals do not name it. `source_files` are the files of the user's code, and of this program's networks, that
    were loaded when it was built, each with its sha256; empty in older journals.
    """

    event: Literal["built"] = "built"
    num_params: Count
    flops_per_example: Count | None
    layers: Annotated[tuple[LayerSheet, ...], FailFast()]
    resolved: Resolved
    import_s: Seconds
    data_s: Seconds
    build_s: Seconds
    noise: Noise
    energy_sensors: tuple[str, ...] = ()
    network_file: str | None = None
    source_files: Mapping[str, str] = Field(default_factory=dict)


class StepQuantiles(Frozen):
    """Quantiles of single steps' seconds in one epoch, first steps excluded."""

    p05: Seconds
    p50: Seconds
    p95: Seconds
    maximum: Seconds


class EpochTurns(Frozen):
    """The turns of one epoch's training, one entry a turn in each array, while another worker was there to take turns.

    `numbers` count the turns of all workers from 1, so that those of two workers can be laid side by side. `seconds`
    are of the training in the turn: together with the turns that only found out how many steps a turn takes they make
    the epoch's steady seconds, as `steps` and `examples` make its steady ones. Beyond `MAX_TURNS` they are left out.
    `waited_s` is in no other figure. `gone` are the slots of the workers that had ended when the epoch did.
    """

    numbers: Annotated[tuple[Count, ...], Field(max_length=MAX_TURNS)]
    seconds: Annotated[tuple[Seconds, ...], Field(max_length=MAX_TURNS)]
    steps: Annotated[tuple[Count, ...], Field(max_length=MAX_TURNS)]
    examples: Annotated[tuple[Examples, ...], Field(max_length=MAX_TURNS)]
    num_left_out: Count = 0
    waited_s: Seconds
    gone: tuple[Count, ...] = ()

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if len({len(each) for each in (self.numbers, self.seconds, self.steps, self.examples)}) != 1:
            raise ValueError("expected numbers, seconds, steps and examples of one length")
        if any(after <= before for before, after in itertools.pairwise(self.numbers)):
            raise ValueError("expected numbers of turns that grow")
        return self


class StepValidation(Frozen):
    """One validation within an epoch, after so many of its steps and seconds of its training; `val_s` is its own time.

    A metric is None if its value was not finite.
    """

    num_steps: PositiveInt
    train_s: Seconds
    val_s: Seconds
    val_loss: Finite | None
    val_accuracy: Finite | None


class EpochEvent(Event):
    """One epoch, written when it ends.

    `epoch` counts from 1. `train_s` includes `first_step_s`, the sum of the steps that included tracing (one for each
    new shape of batch); `first_step_examples` is how many examples those steps trained on. `train_s` also includes
    `iterator_s`, the time before the first step; older journals lack it. `val_s` and `other_s` are not part of
    `train_s`. A metric is None if its value was not finite; `not_finite` names those. `energy_j` covers training only,
    as `train_s` does.
    `turns` is None, and not written, for a trial that has the machine to itself.
    `validations` are those before the epoch's end, in order, and not written if there are none; their seconds are in
    none of the epoch's.
    """

    event: Literal["epoch"] = "epoch"
    epoch: PositiveInt
    num_examples: PositiveInt
    num_steps: PositiveInt
    train_s: Seconds
    first_step_s: Seconds | None
    first_step_examples: Examples
    val_s: Seconds
    other_s: Seconds
    loss: Finite | None
    accuracy: Finite | None
    val_loss: Finite | None
    val_accuracy: Finite | None
    not_finite: tuple[str, ...] = ()
    learning_rate: Finite | None
    step_s: StepQuantiles | None
    peak_rss_bytes: Count | None
    peak_device_bytes: Count | None
    noise: Noise
    energy_j: Annotated[float, Field(ge=0, le=1e15)] | None = None
    iterator_s: Seconds | None = None
    turns: Annotated[EpochTurns | None, _WHERE_USED] = None
    validations: Annotated[tuple[StepValidation, ...], Field(max_length=MAX_VALIDATIONS), _WHERE_USED] = ()


class TrialError(Frozen):
    """Why a trial did not end ok; `output_tail` is the end of what the worker printed."""

    type: str
    message: str
    output_tail: str = ""


class EndEvent(Event):
    """The last line, written by the worker, or by its parent if the worker could not.

    `recalls` has for each class the share of its validation examples that the trained network gets right, None for a
    class without any; empty for a trial that did not end ok, for thousands of classes, and in older journals.
    """

    event: Literal["end"] = "end"
    status: Status
    num_epochs: Examples
    total_s: Seconds | None
    error: TrialError | None
    recalls: tuple[Annotated[float, Field(ge=0, le=1)] | None, ...] = ()


AnyEvent = Annotated[StartEvent | BuiltEvent | EpochEvent | EndEvent, Field(discriminator="event")]


class Journal(Frozen):
    """One trial as read from disk. Without an end line it was killed or is still running: `is_running` says which."""

    source: str
    start: StartEvent
    built: BuiltEvent | None
    epochs: tuple[EpochEvent, ...]
    end: EndEvent | None
    warnings: tuple[str, ...] = ()
    is_running: bool = False

    @property
    def status(self) -> TrialStatus:
        """The end line's status; without one, `running` while the worker is alive and `killed` afterwards."""
        if self.end:
            return self.end.status
        return "running" if self.is_running else "killed"

    @property
    def trial_id(self) -> str:
        """The trial's readable name, also the name of its file."""
        return self.start.trial_id

    @property
    def resolved(self) -> Resolved | None:
        """The effective settings; None where no model was built."""
        return self.built.resolved if self.built else None


class ResolvedSuite(Frozen):
    """A suite with the flags applied: every trial in the order it runs, and what the report should show.

    `tuned` pairs stock and tuned cases, with `--tuned`; `searches` are what `bench tune` searches. `in_turns` is what
    was asked for: with which others a trial really took turns is in its own start line. `ceilings` says that the suite
    asks for them.
    """

    name: str
    description: str
    targets: tuple[Annotated[float, Field(gt=0, le=1)], ...]
    timeout_s: Annotated[float, Field(gt=0)] | None
    trials: Annotated[tuple[Trial, ...], FailFast()]
    not_run: Annotated[tuple[NotRun, ...], FailFast()] = ()
    memory_limit_bytes: PositiveInt | None = None
    tuned: Annotated[tuple[TunedCase, ...], FailFast()] = ()
    searches: Annotated[tuple[Search, ...], FailFast()] = ()
    in_turns: bool = False
    ceilings: bool = False


class RunRecord(Frozen):
    """`run.json`: written before the first trial starts and not changed afterwards.

    A tuning's is the exception: before each rung starts, its trials are added, which depend on the earlier rungs.

    `command` is what the user typed, without the path of the interpreter.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    run_id: str
    created_at: Moment
    version: str
    command: tuple[str, ...]
    suite: ResolvedSuite
    environment: Environment
