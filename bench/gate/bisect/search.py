"""The search for the first bad commit: checks against the good one, halving what may have done it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.errors import ConfigError
from bench.gate.bisect.bisect_record import BisectRecord, BisectStep, FailedMeasure, StepOutcome, write_bisect
from bench.gate.bisect.commits import count_suspects, next_commit, remaining, subject_of
from bench.gate.judgement.findings import GateResult
from bench.gate.sides.revision import Repository

# Checks a commit against the good one: the check's id and its result.
CheckCommit = Callable[[str], tuple[str, GateResult]]


@dataclass(frozen=True)
class BisectResult:
    """What a search came to; the first step of the record is that of the bad end.

    `suspects` are the commits of which the first bad one is one, the newest first: a single one where it was found,
    more where what lies between could not be tested; none where the bad end is not surely worse.
    """

    record: BisectRecord
    suspects: tuple[str, ...]

    @property
    def culprit(self) -> BisectStep | None:
        """The first bad commit, None where it was not found or is one of several."""
        if len(self.suspects) != 1:
            return None
        return next(step for step in self.record.steps if step.commit == self.suspects[0])


def search(
    repository: Repository, folder: Path, record: BisectRecord, check: CheckCommit, tell: Callable[[str], None]
) -> BisectResult:
    """Test commits until one is left, and keep each verdict as it comes; what only may have passed is tried again.

    A commit is bad where it is worse by a measure by which the bad end is, good where it is not, and skipped where
    its check has no verdict: it does not train, lacks the module or a submodule, or stays inconclusive.

    Raises:
        ConfigError: where the bad end itself cannot be checked.
        Interrupted: on a signal; the verdicts so far are kept.
    """
    again = [step for step in record.steps if step.may_pass]
    if again:
        tell(f"no verdict so far, tried again where still needed: {', '.join(step.commit[:10] for step in again)}")
        record = record.model_copy(update={"steps": tuple(step for step in record.steps if not step.may_pass)})
    run = _Search(repository, folder, record, check, tell)
    if not run.record.steps:
        run.test(record.bad)
    if run.record.steps[0].outcome != "bad":
        return BisectResult(run.record, ())
    while (commit := next_commit(repository, run.oldest_bad, run.good, run.skipped)) is not None:
        tell(f"{count_suspects(repository, run.oldest_bad, run.good)} commits may be the first bad one")
        run.test(commit)
    return BisectResult(run.record, tuple(remaining(repository, run.oldest_bad, run.good)))


class _Search:
    """The state of a search, all of which stands in its record."""

    def __init__(
        self,
        repository: Repository,
        folder: Path,
        record: BisectRecord,
        check: CheckCommit,
        tell: Callable[[str], None],
    ) -> None:
        self.record = record
        self._repository = repository
        self._folder = folder
        self._check = check
        self._tell = tell

    @property
    def oldest_bad(self) -> str:
        """The last that was found bad: each tested commit is an ancestor of the bad one before."""
        return [step.commit for step in self.record.steps if step.outcome == "bad"][-1]

    @property
    def good(self) -> list[str]:
        return [self.record.good, *self._commits("good")]

    @property
    def skipped(self) -> list[str]:
        return self._commits("skipped")

    def test(self, commit: str) -> None:
        """Check a commit, and write its verdict."""
        step = self._judge(commit, subject_of(self._repository, commit))
        because = f": {step.why}" if step.why else ""
        self._tell(f"{commit[:10]} {step.subject}: {step.outcome}{because}")
        self.record = self.record.model_copy(update={"steps": (*self.record.steps, step)})
        write_bisect(self._folder, self.record)

    def _judge(self, commit: str, subject: str) -> BisectStep:
        try:
            check_id, result = self._check(commit)
        except ConfigError as error:
            if not self.record.steps:
                raise
            return BisectStep(
                commit=commit, subject=subject, outcome="skipped", check_id=None, why=str(error), may_pass=True
            )
        failed = tuple(FailedMeasure.of(one.key) for one in result.findings if one.outcome == "regression")
        wanted = set(self.record.steps[0].failed) if self.record.steps else set(failed)
        found = _judge_step(result, is_bad=bool(wanted & set(failed)), wanted=wanted)
        return BisectStep(commit=commit, subject=subject, check_id=check_id, failed=failed, **found._asdict())

    def _commits(self, outcome: StepOutcome) -> list[str]:
        return [step.commit for step in self.record.steps if step.outcome == outcome]


class _StepVerdict(NamedTuple):
    """What a check says of its commit, as `BisectStep` has it."""

    outcome: StepOutcome
    why: str | None = None
    may_pass: bool = False


def _judge_step(result: GateResult, *, is_bad: bool, wanted: set[FailedMeasure]) -> _StepVerdict:
    """Return what a check says of its commit; an inconclusive measure that nobody asked for says nothing.

    What a whole check leaves open stays so: to repeat it until it decides would add wrong verdicts.
    """
    if result.problems:
        problem = result.problems[0]
        return _StepVerdict("skipped", f"{problem.side}: {problem.trial_id} ended {problem.status}", may_pass=True)
    if is_bad:
        return _StepVerdict("bad")
    lacking = wanted - {FailedMeasure.of(one.key) for one in result.findings}
    if lacking:  # also where there was memory for one worker alone, so that the pairs took no turns
        names = ", ".join(sorted(one.measure for one in lacking))
        return _StepVerdict("skipped", f"its check did not measure {names}", may_pass=True)
    asked = [one for one in result.findings if not wanted or FailedMeasure.of(one.key) in wanted]
    if any(one.outcome == "inconclusive" for one in asked):
        too_little_ran = any(one.is_undecidable for one in asked)
        return _StepVerdict("skipped", "its check is inconclusive", may_pass=too_little_ran)
    return _StepVerdict("good")
