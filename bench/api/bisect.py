"""Finds the commit that made a network slower, larger or less accurate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.api.check import JudgedCheck, check, judge
from bench.errors import ConfigError
from bench.gate.bisect.bisect_record import BisectRecord, BisectStep, create_bisect, load_bisect
from bench.gate.bisect.commits import Range, resolve_range
from bench.gate.bisect.search import BisectResult, Search
from bench.gate.check_folder import SideName, load_check
from bench.gate.judgement.findings import GateResult, Tolerances
from bench.gate.measurement.pairing import TimeBudget
from bench.gate.request import CheckRequest
from bench.gate.sides.revision import find_repository
from bench.run.session.observer import Observer


@dataclass(frozen=True)
class FinishedBisect:
    """A search that came to its end, in its folder.

    `shown` is the check that its exit status and report are of: the first bad commit's, or the bad end's.
    """

    folder: Path
    result: BisectResult
    shown: JudgedCheck


def bisect(
    request: CheckRequest,
    commits: str,
    observe: Callable[[SideName], Observer],
    tell: Callable[[str], None] = lambda _: None,
    *,
    resume: Path | None = None,
) -> FinishedBisect:
    """Check commits of `GOOD..BAD` against the good one until the first bad one is found.

    Args:
        request: what to measure of each; base and head are set for each check. Its time budget is of the whole search:
            each check gets what is left, and none is begun of which the slowest so far would not end in time.
        commits: `GOOD..BAD`.
        observe: returns what is told of one side's trials.
        tell: called with a sentence that says how far the search is.
        resume: the folder of an earlier search of the same, to go on with.

    Raises:
        ConfigError, DataError, StoreError, NothingSelectedError: for what cannot be searched as asked.
        Interrupted: on a signal; what was decided is kept, to be resumed.
    """
    deadline = TimeBudget(request.time_budget_s).until(1.0)
    slowest_s = 0.0
    repository = find_repository(request.repo)
    ends = resolve_range(repository, commits)
    asked = _word_request(request)
    if resume is None:
        folder, record = create_bisect(request.output, ends.good, ends.bad, asked)
    else:
        folder, record = resume, _load(resume, ends, asked)
    tell(f"go on with --resume {folder}")

    def check_commit(commit: str) -> tuple[str, GateResult]:
        nonlocal slowest_s
        begin_s = deadline.clock()
        asked = replace(request, base=ends.good, head=commit, output=folder, time_budget_s=deadline.left_s)
        judged = check(asked, observe, tell)
        slowest_s = max(slowest_s, deadline.clock() - begin_s)
        return judged.check.record.check_id, judged.result

    def judge_again(check_id: str) -> GateResult:
        return judge(load_check(folder / check_id), request.tolerances).result

    def has_time() -> bool:
        return deadline.allows(slowest_s)

    result = Search(repository, folder, record, check_commit, judge_again, tell, has_time).run()
    return FinishedBisect(folder, result, _judge(folder, result.culprit or result.record.steps[0], request.tolerances))


def load_results(folder: Path, record: BisectRecord, tolerances: Tolerances) -> dict[str, GateResult]:
    """Return the result of each commit's check, by commit; those that could not be checked have none.

    Raises:
        StoreError: a check's folder is gone.
    """
    return {step.commit: _judge(folder, step, tolerances).result for step in record.steps if step.check_id}


def _judge(folder: Path, step: BisectStep, tolerances: Tolerances) -> JudgedCheck:
    return judge(load_check(folder / (step.check_id or "")), tolerances)


def _load(folder: Path, ends: Range, asked: str) -> BisectRecord:
    record = load_bisect(folder)
    if (record.good, record.bad) != (ends.good, ends.bad):
        raise ConfigError(f"--resume: {record.bisect_id} is of {record.good[:10]}..{record.bad[:10]}; name that range")
    if record.asked != asked:
        raise ConfigError(
            f"--resume: {record.bisect_id} was begun with other settings, and its verdicts would not be comparable: "
            f"{record.asked} then, {asked} now"
        )
    return record


def _word_request(request: CheckRequest) -> str:
    """Return what decides a verdict, in a form that is equal where the request is."""
    same = (request.request, request.tolerances, request.num_pairs, request.num_confirm_pairs, request.alone,
            request.install, request.include)  # fmt: skip
    return ", ".join(map(str, same))
