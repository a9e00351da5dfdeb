"""The search for the first bad commit: checks against the good one, halving what may have done it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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
    """Test commits until one is left, and keep each verdict as it comes.

    A commit is bad where it is worse by a measure by which the bad end is, good where it is not, and skipped where
    its check has no verdict: it does not train, lacks the module or a submodule, or stays inconclusive.

    Raises:
        ConfigError: where the bad end itself cannot be checked.
        Interrupted: on a signal; the verdicts so far are kept.
    """
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
            return BisectStep(commit=commit, subject=subject, outcome="skipped", check_id=None, why=str(error))
        failed = tuple(FailedMeasure.of(one.key) for one in result.findings if one.outcome == "regression")
        wanted = set(self.record.steps[0].failed) if self.record.steps else set(failed)
        outcome, why = _outcome(result, is_bad=bool(wanted & set(failed)), wanted=wanted)
        return BisectStep(commit=commit, subject=subject, outcome=outcome, check_id=check_id, why=why, failed=failed)

    def _commits(self, outcome: StepOutcome) -> list[str]:
        return [step.commit for step in self.record.steps if step.outcome == outcome]


def _outcome(result: GateResult, *, is_bad: bool, wanted: set[FailedMeasure]) -> tuple[StepOutcome, str | None]:
    """Return the outcome of a check and what kept it from one; of an inconclusive measure nobody asked, nothing."""
    if result.problems:
        problem = result.problems[0]
        return "skipped", f"{problem.side}: {problem.trial_id} ended {problem.status}"
    if is_bad:
        return "bad", None
    lacking = wanted - {FailedMeasure.of(one.key) for one in result.findings}
    if lacking:
        return "skipped", f"its check did not measure {', '.join(sorted(one.measure for one in lacking))}"
    asked = [one for one in result.findings if not wanted or FailedMeasure.of(one.key) in wanted]
    if any(one.outcome == "inconclusive" for one in asked):
        return "skipped", "its check is inconclusive"
    return "good", None
