"""Which exit status a verb ends with; what an error ends with is beside the errors, in `bench.errors`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bench.errors import EXIT_FLAWED, EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_TRIAL_FAILED

if TYPE_CHECKING:
    from bench.api.run import FinishedRun
    from bench.api.tune import FinishedTuning
    from bench.gate.judgement.findings import GateResult
    from bench.validate.flaws import CheckedRun


def status_of_runs(runs: Iterable[FinishedRun]) -> int:
    """Return the gravest: 130 or 143 for an interrupt, 1 for a trial that did not end ok, else 0."""
    return max(map(_status_of_run, runs), default=EXIT_OK)


def _status_of_run(run: FinishedRun) -> int:
    if run.interrupt:
        return run.interrupt.exit_code
    return EXIT_OK if run.is_whole else EXIT_TRIAL_FAILED


def status_of_proof(run: FinishedRun) -> int:
    """Return 130 or 143 for an interrupt, 1 where a check is refuted, else 0.

    That a trial ran out of memory is one of the checks, and that others did not begin is on the page.
    """
    if run.interrupt:
        return run.interrupt.exit_code
    return EXIT_TRIAL_FAILED if run.gpu and any(one.verdict == "refuted" for one in run.gpu.proofs) else EXIT_OK


def status_of_tuning(tuning: FinishedTuning) -> int:
    """Return 130 or 143 for an interrupt, 1 where a case did not run as it comes, else 0."""
    if tuning.interrupt:
        return tuning.interrupt.exit_code
    return EXIT_OK if all(outcome.stock_ran for outcome in tuning.outcomes) else EXIT_TRIAL_FAILED


def status_of_checked(runs: Iterable[CheckedRun]) -> int:
    """Return 1 where something is wrong with a stranger's run, else 0."""
    return EXIT_OK if all(run.is_valid for run in runs) else EXIT_FLAWED


def status_of_check(result: GateResult, *, strict: bool) -> int:
    """Return 1 for a trial that did not end ok, 3 for a regression, 4 for what stays open, else 0.

    What stays open for want of pairs or figures is never a success; what stays open for its spread is one but with
    `strict`.
    """
    if result.problems:
        return EXIT_TRIAL_FAILED
    if result.outcome == "regression":
        return EXIT_REGRESSION
    is_open = any(verdict.is_undecidable for verdict in result.findings) or (strict and result.outcome != "ok")
    return EXIT_INCONCLUSIVE if is_open else EXIT_OK
