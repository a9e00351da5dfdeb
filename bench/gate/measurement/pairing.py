"""Runs the pairs of a check: both sides in turns, in fresh processes, in an order that is drawn for each pair."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.data.dataset import DataInfo
from bench.gate.check_folder import CheckRecord, SideName, Stage, create_side_run
from bench.gate.sides.installing import install_side
from bench.gate.sides.revision import Repository, Revision
from bench.gate.sides.side import CodeSide, check_code, prepare_side
from bench.host.environment import Environment
from bench.plan.case import Case, Trial
from bench.plan.trial_order import interleave
from bench.run.session.observer import Observer
from bench.run.session.run_trials import RunContext, is_short_beside_others, run_together
from bench.run.trial.trial import NoTurnsError
from bench.run.trial.turns_board import PAIR_TURN_S
from bench.store.records import ResolvedSuite
from bench.store.run_folder import move_to_attempts

_STAGES: Mapping[Stage, int] = {"screen": 0, "confirm": 1}


@dataclass(frozen=True)
class TimeBudget:
    """How long a check's pairs may take; `clock` is monotonic, in seconds."""

    total_s: float | None
    clock: Callable[[], float] = time.monotonic

    def until(self, share: float) -> Deadline:
        """Return the moment at which a share of the time is spent, counted from now."""
        return Deadline(None if self.total_s is None else self.clock() + share * self.total_s, self.clock)


@dataclass(frozen=True)
class Deadline:
    """A moment of a monotonic clock, or none."""

    at_s: float | None
    clock: Callable[[], float]

    @property
    def left_s(self) -> float | None:
        """Seconds until then, none if it is over; None without a deadline."""
        return None if self.at_s is None else max(0.0, self.at_s - self.clock())

    def allows(self, seconds: float) -> bool:
        """Tell whether something of this length would end in time."""
        return self.at_s is None or self.clock() + seconds <= self.at_s


@dataclass(frozen=True)
class Check:
    """A check that is ready to measure: its folder, what it trains, and its sides; one side alone for a baseline.

    `back_to_back` are the cases of which the sides of a pair run one after the other, each with the machine to itself.
    A case comes to them when a pair of it cannot take turns, and `on_no_turns` is called with it and the reason.
    """

    folder: Path
    record: CheckRecord
    suite: ResolvedSuite
    data: Mapping[Case, DataInfo]
    sides: Sequence[CodeSide]
    observers: Mapping[SideName, Observer]
    concurrent: bool = False
    back_to_back: set[Case] = field(default_factory=set)
    on_no_turns: Callable[[Case, str], None] = lambda _case, _why: None


@contextlib.contextmanager
def open_sides(
    repository: Repository,
    revisions: Mapping[SideName, Revision],
    models: Sequence[str],
    environment: Environment,
    *,
    exclude: Sequence[Path] = (),
    include: Sequence[Path] = (),
    install: bool = False,
) -> Iterator[tuple[CodeSide, ...]]:
    """Put the revisions into temporary folders, and take them away again however the block is left.

    Raises:
        ConfigError: where a revision cannot be had, or the models would not come from it.
    """
    with contextlib.ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rnn-or-cnn-check-"))).resolve()
        sides = []
        for name, revision in revisions.items():
            folder = temporary / name
            folder.mkdir()
            checkout = stack.enter_context(repository.materialized(revision, folder / "code", exclude, include))
            side = prepare_side(name, revision, checkout, repository, environment)
            if install:
                side = install_side(side, folder / "venv")
            check_code(side, models, is_installed=install)
            sides.append(side)
        yield tuple(sides)


class StagePairs:
    """One stage's pairs of each case with each seed, to be run some at a time."""

    def __init__(
        self, check: Check, stage: Stage, cases: Sequence[Case], seeds: Sequence[int], deadline: Deadline, pace: Pace
    ) -> None:
        """Write the records of the stage's runs; nothing is trained yet. `pace` is what both stages share.

        Raises:
            StoreError: where the disk refuses.
        """
        self._check = check
        self._trials = interleave(cases, seeds)
        self._contexts = {side.name: _start(check, stage, side, self._trials) for side in check.sides}
        self._generator = np.random.default_rng([check.record.order_seed, _STAGES[stage]])
        self._deadline, self._pace = deadline, pace

    def run(self, cases: Sequence[Case], seeds: Sequence[int]) -> bool:
        """Train some cases with some seeds on every side, pair by pair, and return whether every trial ended ok.

        The side that is drawn first is started first, and leads where the sides take turns.

        The first that does not ends it: what cannot be trained cannot be compared. So does the deadline, before a pair
        that would probably pass it; seeds are interleaved, so that all cases then have as many pairs, but for one.

        Raises:
            Interrupted: on a signal; what had ended is kept.
            StoreError: where the disk is full.
        """
        for trial in self._trials:
            if trial.case not in cases or trial.seed not in seeds:
                continue
            order = self._generator.permutation(len(self._check.sides))
            if not self._deadline.allows(self._pace.expected_s(trial.case)):
                return True
            begin_s = self._deadline.clock()
            members = [(self._contexts[self._check.sides[place].name], trial) for place in order]
            if not self._run_pair(members, trial.case):
                return False
            self._pace.add(trial.case, self._deadline.clock() - begin_s)
        return True

    def _run_pair(self, members: Sequence[tuple[RunContext, Trial]], case: Case) -> bool:
        """Return whether all sides ended ok; the first that does not ends the pair, and the other side with it.

        Sides for which the system refuses turns, or memory that one ran out of beside the other, run back to back.
        """
        if case not in self._check.back_to_back:
            try:
                ends = run_together(members, PAIR_TURN_S, is_pair=True)
            except NoTurnsError as refused:
                why = f"the system refused turns ({refused})"
            else:
                if not any(map(is_short_beside_others, ends)):
                    return all(end.status == "ok" for end in ends)
                why = "two workers ran out of memory in turns"
                for context, trial in members:
                    move_to_attempts(context.folder, trial.trial_id)
            self._check.back_to_back.add(case)
            self._check.on_no_turns(case, why)
        return all(run_together([member])[0].status == "ok" for member in members)


class Pace:
    """Expects of a case's next pair what its slowest took so far, in either stage; of its very first one nothing."""

    def __init__(self) -> None:
        """Nothing ran yet."""
        self._slowest_s: dict[Case, float] = {}

    def expected_s(self, case: Case) -> float:
        """Return how long a pair of this case may take."""
        return self._slowest_s.get(case, 0.0)

    def add(self, case: Case, seconds: float) -> None:
        """Note how long a pair took."""
        self._slowest_s[case] = max(seconds, self.expected_s(case))


def _start(check: Check, stage: Stage, side: CodeSide, trials: tuple[Trial, ...]) -> RunContext:
    suite = check.suite.model_copy(update={"trials": trials, "not_run": ()})
    folder, record = create_side_run(check.folder, check.record, stage, side.name, suite, side.environment)
    observer = check.observers[side.name]
    observer.run_started(record.run_id, trials, 0)
    return replace(
        RunContext(folder, record, check.data, observer, check.concurrent),
        worker_command=side.worker_command,
        environ=side.environ,
        cwd=side.cwd,
    )
