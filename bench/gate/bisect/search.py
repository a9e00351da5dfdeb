"""The search for the first bad commit: checks against the good one, halving what may have done it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.errors import ConfigError
from bench.gate.bisect.bisect_record import BisectRecord, BisectStep, FailedMeasure, StepOutcome, write_bisect
from bench.gate.bisect.commits import count_suspects, next_commit, remaining, subject_of
from bench.gate.judgement.findings import GateResult, MeasureVerdict
from bench.gate.sides.revision import Repository

# Checks a commit against the good one: the check's id and its result.
CheckCommit = Callable[[str], tuple[str, GateResult]]
# Returns the result of a check that the search made before, by the check's id.
JudgeAgain = Callable[[str], GateResult]


@dataclass(frozen=True)
class BisectResult:
    """What a search came to; the first step of the record is that of the bad end.

    `suspects` are the commits of which the first bad one is one, the newest first: a single one where it was found,
    more where what lies between could not be tested; none where the bad end is not surely worse. `is_out_of_time` is
    whether there is more to test.
    """

    record: BisectRecord
    suspects: tuple[str, ...]
    is_out_of_time: bool = False

    @property
    def culprit(self) -> BisectStep | None:
        """The first bad commit, None where it was not found or is one of several."""
        if len(self.suspects) != 1:
            return None
        return next(step for step in self.record.steps if step.commit == self.suspects[0])


@dataclass
class Search:
    """A search, all of whose state stands in its record.

    A commit is bad where it is worse by a measure by which the bad end is. It is good where it is surely less bad than
    that by each of them, for a check that finds nothing may have missed it. It is skipped where neither is so, or its
    check has no verdict: it does not train, lacks the module or a submodule, or stays inconclusive.

    Once `has_time` says that no further check would end in time, none is begun, and one without a verdict may have been
    cut short.
    """

    repository: Repository
    folder: Path
    record: BisectRecord
    check: CheckCommit
    judge_again: JudgeAgain
    tell: Callable[[str], None]
    has_time: Callable[[], bool] = lambda: True
    _bad_end: GateResult | None = field(default=None, init=False)

    def run(self) -> BisectResult:
        """Test commits until one is left, and keep each verdict as it comes; what only may have passed is tried again.

        Raises:
            ConfigError: where the bad end itself cannot be checked.
            StoreError: the bad end was checked before, and that check's folder is gone.
            Interrupted: on a signal; the verdicts so far are kept.
        """
        self._forget_what_may_pass()
        if not self.record.steps:
            self._test(self.record.bad)
        elif check_id := self.record.steps[0].check_id:
            self._bad_end = self.judge_again(check_id)
        if self.record.steps[0].outcome != "bad":
            return BisectResult(self.record, ())
        while (commit := next_commit(self.repository, self._oldest_bad, self._good, self._skipped)) is not None:
            if not self.has_time():
                break
            self.tell(
                f"{count_suspects(self.repository, self._oldest_bad, self._good)} commits may be the first bad one"
            )
            self._test(commit)
        suspects = remaining(self.repository, self._oldest_bad, self._good)
        return BisectResult(self.record, tuple(suspects), is_out_of_time=commit is not None)

    def _forget_what_may_pass(self) -> None:
        again = [step for step in self.record.steps if step.may_pass]
        if again:
            names = ", ".join(step.commit[:10] for step in again)
            self.tell(f"no verdict so far, tried again where still needed: {names}")
            kept = tuple(step for step in self.record.steps if not step.may_pass)
            self.record = self.record.model_copy(update={"steps": kept})

    @property
    def _oldest_bad(self) -> str:
        """The last that was found bad: each tested commit is an ancestor of the bad one before."""
        return [step.commit for step in self.record.steps if step.outcome == "bad"][-1]

    @property
    def _good(self) -> list[str]:
        return [self.record.good, *self._commits("good")]

    @property
    def _skipped(self) -> list[str]:
        return self._commits("skipped")

    def _test(self, commit: str) -> None:
        """Check a commit, and write its verdict."""
        step = self._judge(commit, subject_of(self.repository, commit))
        because = f": {step.why}" if step.why else ""
        self.tell(f"{commit[:10]} {step.subject}: {step.outcome}{because}")
        self.record = self.record.model_copy(update={"steps": (*self.record.steps, step)})
        write_bisect(self.folder, self.record)

    def _judge(self, commit: str, subject: str) -> BisectStep:
        try:
            check_id, result = self.check(commit)
        except ConfigError as error:
            if not self.record.steps:
                raise
            return BisectStep(
                commit=commit, subject=subject, outcome="skipped", check_id=None, why=str(error), may_pass=True
            )
        failed = tuple(FailedMeasure.of(one.key) for one in result.findings if one.outcome == "regression")
        self._bad_end = self._bad_end or result
        found = _judge_step(result, self._bad_end)
        is_decided = found.outcome == "bad" or (found.outcome == "good" and self.record.steps)
        if not is_decided and not self.has_time():
            found = found._replace(may_pass=True)
        return BisectStep(commit=commit, subject=subject, check_id=check_id, failed=failed, **found._asdict())

    def _commits(self, outcome: StepOutcome) -> list[str]:
        return [step.commit for step in self.record.steps if step.outcome == outcome]


def is_told_apart(found: MeasureVerdict, bad: MeasureVerdict) -> bool:
    """Whether a commit is surely less bad than the bad end: the interval of their difference lies above 0.

    Its bounds follow from those of both: Zou and Donner, Construction of Confidence Limits about Effect Measures,
    Statistics in Medicine 27 (2008).
    """
    ours, theirs = found.worse, bad.worse
    if ours is None or ours.high is None or theirs is None or theirs.low is None:
        return False
    return theirs.value - ours.value > math.hypot(ours.high - ours.value, theirs.value - theirs.low)


class _StepVerdict(NamedTuple):
    """What a check says of its commit, as `BisectStep` has it."""

    outcome: StepOutcome
    why: str | None = None
    may_pass: bool = False


def _judge_step(result: GateResult, bad_end: GateResult) -> _StepVerdict:
    """Return what a check says of its commit; of a measure in which the bad end is no worse, nothing.

    What a whole check leaves open stays so: to repeat it until it decides would add wrong verdicts.
    """
    if result.problems:
        problem = result.problems[0]
        return _StepVerdict("skipped", f"{problem.side}: {problem.trial_id} ended {problem.status}", may_pass=True)
    wanted = {one.key: one for one in bad_end.findings if one.outcome == "regression"}
    asked = [one for one in result.findings if not wanted or one.key in wanted]
    if any(one.outcome == "regression" for one in asked):
        return _StepVerdict("bad")
    lacking = wanted.keys() - {one.key for one in asked}
    if lacking:
        names = ", ".join(sorted(one.measure for one in lacking))
        # Where memory held one worker at a time, it may hold two another time; all pairs in turns would lack it again.
        lacked_memory = {one.case_id for one in result.pairs if one.num_in_turns < one.num_pairs}
        may_pass = any(one.case_id in lacked_memory for one in lacking)
        return _StepVerdict("skipped", f"its check did not measure {names}", may_pass=may_pass)
    if any(one.outcome == "inconclusive" for one in asked):
        too_little_ran = any(one.is_undecidable for one in asked)
        return _StepVerdict("skipped", "its check is inconclusive", may_pass=too_little_ran)
    alike = sorted({one.key.measure for one in asked if one.key in wanted and not is_told_apart(one, wanted[one.key])})
    if alike:
        return _StepVerdict("skipped", f"not told apart from the bad end in {', '.join(alike)}")
    return _StepVerdict("good")
