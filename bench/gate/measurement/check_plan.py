"""What both sides of a check train: a suite's cases, or those of a stored run, checked before anything is trained."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from bench.analysis.run_journals import RunJournals, planned_cases
from bench.analysis.trial.turn_series import shared_turns
from bench.data.registry import builtin_datasets
from bench.errors import ConfigError, DataError, NothingSelectedError
from bench.gate.judgement.two_stages import MIN_SCREEN_PAIRS
from bench.gate.request import CheckRequest
from bench.host.environment import Environment
from bench.host.fingerprint import explain_difference
from bench.plan.case import Case
from bench.run.session.planning import Plan, Request, check_data, make_plan
from bench.store.run_folder import LoadedRun


def plan_check(asked: CheckRequest, environment: Environment) -> Plan:
    """Return what both sides train: the suite's cases, or those of the stored run that the flags leave."""
    if asked.baseline is None:
        plan = make_plan(asked.request, environment)
        cases = [_absolute(case) for case in plan.data]
        return Plan(plan.suite, check_data(cases) if cases != list(plan.data) else plan.data)
    _check_machine(asked.baseline, environment)
    cases = _stored_cases(asked.baseline, asked.request)
    data = check_data(cases)
    _check_baseline(asked.baseline, data)
    suite = asked.baseline.record.suite
    return Plan(suite.model_copy(update={"timeout_s": asked.request.timeout_s or suite.timeout_s}), data)


def num_stored(asked: CheckRequest, plan: Plan) -> int | None:
    """Return the fewest trials of a planned case that a stored baseline has; None without a baseline."""
    if asked.baseline is None:
        return None
    sizes = Counter(one.start.case.case_id for one in asked.baseline.journals if one.status == "ok")
    return min(sizes[case.case_id] for case in plan.data)


def _stored_cases(baseline: LoadedRun, request: Request) -> list[Case]:
    """Return the cases of a stored run that the flags leave.

    Raises:
        ConfigError: for a suite beside the run, or a data file that the run names by where it was typed.
        NothingSelectedError: none is left.
    """
    if request.suite is not None:
        raise ConfigError("--baseline trains the cases of the stored run; leave the suite out")
    wanted = request.flags.given()
    stored = planned_cases([RunJournals(baseline.record, baseline.journals)])
    cases = [case for case in stored if all(_is_wanted(getattr(case, name), wanted[name]) for name in wanted)]
    if not cases:
        raise NothingSelectedError(f"--baseline: no case of {baseline.record.run_id} is what the flags ask for")
    if relative := next((case.dataset for case in cases if _absolute(case) != case), None):
        raise ConfigError(f"--baseline: its data set {relative!r} has a relative path; store a run with the full one")
    return cases


def _is_wanted(value: object, wanted: object) -> bool:
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def _check_machine(baseline: LoadedRun, environment: Environment) -> None:
    """Refuse a run of another machine: its times are not comparable, which is no regression."""
    difference = explain_difference(baseline.record.environment, environment)
    if difference or baseline.record.environment.fingerprint != environment.fingerprint:
        shown = "; ".join(f"{field}: {before} then, {now} now" for field, before, now in difference)
        raise ConfigError(
            f"--baseline: not comparable: {baseline.record.run_id} is of fingerprint "
            f"{baseline.record.environment.fingerprint}, this machine is {environment.fingerprint} ({shown}); "
            "check against a revision with --base, or store a baseline here"
        )


def _check_baseline(baseline: LoadedRun, data: Mapping[Case, object]) -> None:
    """Refuse a run that is too small to know its own spread, or that trained in turns or on other data."""
    for case, info in data.items():
        found = [one for one in baseline.journals if one.start.case.case_id == case.case_id and one.status == "ok"]
        if len(found) < MIN_SCREEN_PAIRS:
            raise ConfigError(
                f"--baseline: {case.case_id} needs at least {MIN_SCREEN_PAIRS} trials that ended ok to tell a spread, "
                f"has {len(found)}; store a run of --seeds {MIN_SCREEN_PAIRS} or more, with --alone"
            )
        if any(map(shared_turns, found)):
            raise ConfigError(
                f"--baseline: {case.case_id} trained in turns with others in {baseline.record.run_id}, which slows the "
                "first step of each turn, and the head trains alone; store a run with --alone"
            )
        if any(journal.start.data != info for journal in found):
            raise DataError(f"--baseline: the data set {case.dataset} is not what {baseline.record.run_id} trained on")


def _absolute(case: Case) -> Case:
    """Name a file of data by its full path: the workers' current folder is the revision's, and data are the user's."""
    if case.dataset in builtin_datasets() or not os.path.exists(os.path.expanduser(case.dataset)):  # noqa: PTH110, PTH111
        return case  # also ~user of an unknown user, which `Path` raises for
    return case.model_copy(update={"dataset": str(Path(case.dataset).expanduser().resolve())})
