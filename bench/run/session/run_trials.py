"""Runs trials, each in a fresh worker process, in turns or one after the other.

No result is lost because a later one failed.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.data.dataset import DataInfo
from bench.errors import StoreError
from bench.host.environment import Environment
from bench.host.sensors.gpu_room import GpuRoom
from bench.plan.case import Case, Trial
from bench.run.session.observer import Observer
from bench.run.session.signals import Interrupted
from bench.run.session.turn_groups import group_trials
from bench.run.trial.trial import (
    WORKER_COMMAND,
    NoTurnsError,
    TrialRequest,
    complete,
    disk_error,
    limits_of,
    run_in_turns,
)
from bench.run.trial.turns_board import TURN_S
from bench.run.trial.worker_death import interrupted
from bench.run.worker.failure import SHARED_MEMORY
from bench.store.journal import decode
from bench.store.records import BuiltEvent, EndEvent, EpochEvent, Event, RunRecord, StartEvent
from bench.store.run_folder import journal_path, load_attempts, move_to_attempts
from bench.units import counted

MIN_FREE_BYTES = 8 << 20


@dataclass(frozen=True)
class RunContext:
    """What all trials of one run share; `data` is what the parent found when it checked each case's data set.

    `environment` is this machine now, the record's where None: a resumed run may have another boot behind it. `environ`
    and `cwd` are the workers' variables and current folder, this process's where None. After `until`, in seconds of the
    monotonic clock, no trial begins.
    """

    folder: Path
    record: RunRecord
    data: Mapping[Case, DataInfo]
    observer: Observer
    concurrent: bool = False
    worker_command: Sequence[str] = WORKER_COMMAND
    environment: Environment | None = None
    environ: Mapping[str, str] | None = None
    cwd: Path | None = None
    until: float = math.inf


def run_trials(
    context: RunContext,
    trials: Sequence[Trial],
    free_bytes: int | None = None,
    gpu_room: Callable[[int], GpuRoom] = lambda _: GpuRoom(),
) -> list[EndEvent]:
    """Run the trials and return how each that began ended, in their order; in turns where the run's suite asks for it.

    A trial that runs out of memory beside others is tried once more alone, and its case trains alone from then on; the
    first attempt is kept beside the journals. A run that has an end leaves this to `--resume`: its time is for what did
    not begin. Where the system refuses turns, those of a group run one after the other.

    Args:
        context: the run's.
        trials: what is left to run.
        free_bytes: the memory that limits how many are alive at once; None for no such limit.
        gpu_room: likewise of a GPU, by its index among the visible ones.

    Raises:
        Interrupted: on a signal, after the current trial's journal was ended as `interrupted`.
        StoreError: where the disk is full: before the next trial, with what was there intact.
    """
    ends: dict[Trial, EndEvent] = {}
    waiting = deque(_groups(context, trials, free_bytes, gpu_room))
    crowded = _find_crowded(context)
    _note_crowded(context.observer, [trial for trial in trials if trial.case in crowded])
    while waiting:
        group, *alone = _apart(waiting.popleft(), crowded)
        waiting.extendleft(reversed(alone))
        if time.monotonic() > context.until:
            context.observer.note(f"time is up: {counted(len(trials) - len(ends), 'trial')} not begun")
            break
        for trial in group:
            if trial in ends:
                move_to_attempts(context.folder, trial.trial_id)
        try:
            ends |= zip(group, run_together([(context, trial) for trial in group]), strict=True)
        except NoTurnsError as refused:
            context.observer.note(f"not in turns: {len(group)} trials, one after the other ({refused})")
            waiting.extendleft((trial,) for trial in reversed(group))
            continue
        if math.isinf(context.until):
            again = [trial for trial in group if is_short_beside_others(ends[trial])]
            _note_crowded(context.observer, again)
            crowded |= {trial.case for trial in again}
            waiting.extendleft((trial,) for trial in reversed(again))
    return [ends[trial] for trial in trials if trial in ends]


def is_short_beside_others(end: EndEvent | None) -> bool:
    """Tell whether a trial ran out of memory that it shared, of which it may have enough alone.

    So say who writes the end line: not under a limit of its own, nor where the others in turns were gone.
    """
    return bool(end and end.status == "oom" and end.error and end.error.message.startswith(SHARED_MEMORY))


def _find_crowded(context: RunContext) -> set[Case]:
    """Return the cases that ran out of memory beside others before the run was resumed, or in an earlier rung."""
    if not context.record.suite.in_turns:
        return set()
    attempts, _ = load_attempts(context.folder)
    return {one.start.case for one in attempts if is_short_beside_others(one.end)}


def _note_crowded(observer: Observer, trials: Sequence[Trial]) -> None:
    if trials:
        names = ", ".join(trial.trial_id for trial in trials)
        observer.note(f"out of memory beside others: {names}; trained alone from now on")


def _apart(group: tuple[Trial, ...], crowded: Set[Case]) -> list[tuple[Trial, ...]]:
    """Return a group without the cases that ran out of memory beside others, and each of these by itself."""
    together = tuple(trial for trial in group if trial.case not in crowded)
    parts = [together, *((trial,) for trial in group if trial.case in crowded)]
    return [part for part in parts if part]


def _groups(
    context: RunContext, trials: Sequence[Trial], free_bytes: int | None, gpu_room: Callable[[int], GpuRoom]
) -> Sequence[tuple[Trial, ...]]:
    """Return the trials in the order they run, those together that take turns."""
    suite = context.record.suite
    if not suite.in_turns or not trials:
        return [(trial,) for trial in trials]
    found = group_trials(trials, context.data, free_bytes, suite.memory_limit_bytes, gpu_room)
    context.observer.note(found.sentence)
    return found.groups


def run_together(
    members: Sequence[tuple[RunContext, Trial]], turn_s: float = TURN_S, *, is_pair: bool = False
) -> list[EndEvent]:
    """Run trials in turns, in the order of their slots, and return how each ended; a single one runs alone.

    What one did is written and shown when it ends. Of a pair the first that does not end ok ends the other.

    Raises:
        NoTurnsError: where the system refuses what turns need; nothing was begun.
        Interrupted: on a signal, after the journals of these trials that had not ended were ended as `interrupted`.
        StoreError: where the disk is full: before they start, with what was there intact.
    """
    for context, _ in members:
        check_free_space(context.folder)
    tellers = [_EndTeller(context.observer, trial) for context, trial in members]
    attempts = [_attempt(*member, teller) for member, teller in zip(members, tellers, strict=True)]
    try:
        ends = run_in_turns(
            attempts,
            on_tick=lambda: _tick(members),
            tick_s=_tick_s(members),
            turn_s=turn_s,
            is_pair=is_pair,
        )
        _tell_ends(tellers, ends)
    except Interrupted as signal:
        _tell_ends(tellers, [complete(one.path, one.start, interrupted(str(signal))) for one in attempts])
        raise
    finally:
        for context, _ in members:
            context.observer.between_trials()
    return ends


class _EndTeller:
    """Tells the observer once how a trial ended."""

    def __init__(self, observer: Observer, trial: Trial) -> None:
        self._observer, self._trial = observer, trial
        self._has_told = False

    def tell(self, end: EndEvent) -> None:
        if not self._has_told:
            self._has_told = True
            self._observer.trial_ended(self._trial, end)


def _tell_ends(tellers: Sequence[_EndTeller], ends: Sequence[EndEvent]) -> None:
    for teller, end in zip(tellers, ends, strict=True):
        teller.tell(end)


def _attempt(context: RunContext, trial: Trial, teller: _EndTeller) -> TrialRequest:
    environment = context.environment or context.record.environment
    return TrialRequest(
        journal_path(context.folder, trial.trial_id),
        start_event(context, trial, environment, context.data[trial.case]),
        limits_of(context.record),
        on_line=lambda line: _tell_line(context.observer, trial, line),
        on_start=lambda: context.observer.trial_started(trial),
        on_end=teller.tell,
        worker_command=context.worker_command,
        environ=context.environ,
        cwd=context.cwd,
    )


def _tick(members: Sequence[tuple[RunContext, Trial]]) -> None:
    for context, _ in members:
        context.observer.tick()


def _tick_s(members: Sequence[tuple[RunContext, Trial]]) -> float | None:
    return min((seconds for context, _ in members if (seconds := context.observer.tick_s) is not None), default=None)


def start_event(context: RunContext, trial: Trial, environment: Environment, data: DataInfo) -> StartEvent:
    """Return the start line; its pid is the parent's until the worker puts its own."""
    return StartEvent(
        run_id=context.record.run_id,
        trial_id=trial.trial_id,
        case=trial.case,
        seed=trial.seed,
        index=trial.index,
        environment=environment,
        argv=context.record.command,
        data=data,
        concurrent=context.concurrent,
        pid=os.getpid(),
        started_at=datetime.now(UTC),
    )


def _tell_line(observer: Observer, trial: Trial, line: bytes) -> None:
    """Show a line; a model's own code may write anything into the pipe, and only the journal counts."""
    try:
        event = decode(line, trial.trial_id)
    except StoreError:
        return
    tell(observer, trial, event)


def tell(observer: Observer, trial: Trial, event: Event) -> None:
    """Show the observer what it wants to see of a journal."""
    if isinstance(event, BuiltEvent | EpochEvent):
        observer.event(trial, event)


def check_free_space(folder: Path) -> None:
    """Refuse to begin a trial whose journal might not find room.

    Raises:
        StoreError: where the disk is full, or the folder gone.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise disk_error(folder, error) from None
    if free < MIN_FREE_BYTES:
        raise disk_error(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
