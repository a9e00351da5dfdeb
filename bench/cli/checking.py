"""What `bench check` measures: two revisions in pairs, one against a stored run, or one against itself."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import __version__
from bench.analysis.run_journals import RunJournals, planned_cases
from bench.cli.options import typed_command
from bench.data.registry import builtin_datasets
from bench.errors import ConfigError, DataError, NothingSelectedError, StoreError
from bench.gate.budget import check_budget
from bench.gate.check_folder import (
    CheckRecord,
    LoadedCheck,
    RevisionRecord,
    SideName,
    create_check_folder,
    load_check,
    side_folder,
    write_check_record,
)
from bench.gate.findings import GateResult, Tolerances
from bench.gate.judge import find_flagged, judge
from bench.gate.measure_values import StageJournals
from bench.gate.pairing import Check, TimeBudget, measure_stage, open_sides
from bench.gate.revision import Repository, Revision, find_repository
from bench.gate.two_stages import MIN_SCREEN_PAIRS
from bench.host.capture import capture_environment
from bench.host.environment import Environment
from bench.host.fingerprint import explain_difference
from bench.host.lock import measurement_lock
from bench.plan.case import Case
from bench.reports.kit.escaping import escape_terminal
from bench.reports.terminal.check_view import CheckView
from bench.reports.terminal.lasting_stream import lasting
from bench.run.session.planning import Plan, Request, check_data, make_plan
from bench.store.records import Journal
from bench.store.run_folder import RUN_FILE, TRIALS_FOLDER, LoadedRun


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; one of `base`, `baseline` and `calibrate` stands for the base."""

    request: Request
    repo: Path
    output: Path
    tolerances: Tolerances
    head: str | None
    base: str | None
    baseline: LoadedRun | None
    calibration_pairs: int | None
    num_pairs: int
    num_confirm_pairs: int
    time_budget_s: float | None
    install: bool
    allow_concurrent: bool
    alone: bool
    quiet: bool


def run_check(asked: Asked) -> LoadedCheck:
    """Measure what is asked, and return the check as its journals read back.

    Raises:
        ConfigError, DataError, StoreError, NothingSelectedError: for what cannot be checked as asked, before any
            training.
        Interrupted: on a signal; what was measured is kept, and no checkout and no process is left.
    """
    repository = find_repository(asked.repo)
    exclude = (asked.output, Path(sys.prefix))
    revisions = _resolve(asked, repository, exclude)
    environment = capture_environment()
    plan = _plan(asked, environment)
    check_budget(asked.num_pairs, asked.num_confirm_pairs, tuple(plan.data), _num_stored(asked, plan))
    folder, record = _create(asked, revisions)
    models = [case.model for case in plan.data]
    _tell(asked, f"journals: {folder}")
    views = {side: CheckView(lasting(sys.stderr), side, is_quiet=asked.quiet) for side in revisions}
    with (
        measurement_lock(
            record.check_id, on_wait=views["head"].waiting, allow_concurrent=asked.allow_concurrent
        ) as concurrent,
        open_sides(repository, revisions, models, environment, exclude=exclude, install=asked.install) as sides,
    ):
        _measure(Check(folder, record, plan.suite, plan.data, sides, views, concurrent, asked.alone), asked)
    return load_check(folder)


def judge_check(check: LoadedCheck, tolerances: Tolerances) -> GateResult:
    """Return a check's verdict, from its journals alone."""
    screen, confirm = stage_sides(check)
    return judge(screen, confirm, tolerances, is_paired=check.record.baseline is None)


def stage_sides(check: LoadedCheck) -> tuple[StageJournals, StageJournals]:
    """Return the journals of both stages; of a stored baseline, on both of them, the cases that the head trained.

    A stored run may hold cases that the flags left out, and trials that failed in their time: neither is the head's.
    """
    of = check.journals
    if check.record.baseline is None:
        return StageJournals(of["screen", "base"], of["screen", "head"]), StageJournals(
            of["confirm", "base"], of["confirm", "head"]
        )
    stored = [journal for journal in of["screen", "base"] if journal.status == "ok"]
    return _beside(stored, of["screen", "head"]), _beside(stored, of["confirm", "head"])


def _beside(stored: Sequence[Journal], head: tuple[Journal, ...]) -> StageJournals:
    """Return the head's journals beside the stored ones of the same cases."""
    cases = {journal.start.case.case_id for journal in head}
    return StageJournals(tuple(journal for journal in stored if journal.start.case.case_id in cases), head)


def _measure(check: Check, asked: Asked) -> None:
    """Run stage 1, and stage 2 for what it flags; a calibration has the first alone."""
    cases = tuple(check.data)
    num_pairs = asked.calibration_pairs or asked.num_pairs
    budget = TimeBudget(asked.time_budget_s)
    # Time is kept for one flagged case, as many trials as its stage 2 needs.
    share = 1.0 if asked.calibration_pairs else _screen_share(len(cases), asked.num_pairs, asked.num_confirm_pairs)
    screen_end, end = budget.until(share), budget.until(1.0)
    is_whole = measure_stage(check, "screen", cases, range(num_pairs), screen_end)
    if not is_whole or asked.calibration_pairs:
        return
    screen, _ = stage_sides(load_check(check.folder))
    flagged = find_flagged(screen, asked.tolerances, is_paired=asked.baseline is None)
    again = [case for case in cases if any(key.case_id == case.case_id for key in flagged)]
    if again:
        _tell(asked, f"flagged: {', '.join(case.model for case in again)}; measuring fresh processes")
        seeds = range(num_pairs, num_pairs + asked.num_confirm_pairs)
        measure_stage(check, "confirm", again, seeds, end)


def _screen_share(num_cases: int, num_pairs: int, num_confirm_pairs: int) -> float:
    return num_cases * num_pairs / (num_cases * num_pairs + num_confirm_pairs)


def _resolve(asked: Asked, repository: Repository, exclude: Sequence[Path]) -> dict[SideName, Revision]:
    head = repository.working_tree(exclude) if asked.head is None else repository.resolve(asked.head)
    if asked.base is not None:
        return {"base": repository.resolve(asked.base), "head": head}
    return {"base": head, "head": head} if asked.calibration_pairs else {"head": head}


def _plan(asked: Asked, environment: Environment) -> Plan:
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


def _num_stored(asked: Asked, plan: Plan) -> int | None:
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
    """Refuse a run that is too small to know its own spread, or that trained on other data."""
    for case, info in data.items():
        found = [one for one in baseline.journals if one.start.case.case_id == case.case_id and one.status == "ok"]
        if len(found) < MIN_SCREEN_PAIRS:
            raise ConfigError(
                f"--baseline: {case.case_id} needs at least {MIN_SCREEN_PAIRS} trials that ended ok to tell a spread, "
                f"has {len(found)}; store a run of --seeds {MIN_SCREEN_PAIRS} or more"
            )
        if any(journal.start.data != info for journal in found):
            raise DataError(f"--baseline: the data set {case.dataset} is not what {baseline.record.run_id} trained on")


def _absolute(case: Case) -> Case:
    """Name a file of data by its full path: the workers' current folder is the revision's, and data are the user's."""
    if case.dataset in builtin_datasets() or not Path(case.dataset).expanduser().exists():
        return case
    return case.model_copy(update={"dataset": str(Path(case.dataset).expanduser().resolve())})


def _create(asked: Asked, revisions: Mapping[SideName, Revision]) -> tuple[Path, CheckRecord]:
    """Create the check's folder before anything is checked out or trained; a stored baseline is copied into it."""
    now = datetime.now(UTC)
    check_id, folder = create_check_folder(asked.output, now)
    head = _record(revisions["head"])
    record = CheckRecord(
        check_id=check_id,
        created_at=now,
        version=__version__,
        command=tuple(typed_command()),
        base=_record(revisions["base"]) if asked.baseline is None else _record_of_run(asked.baseline),
        head=head,
        baseline=asked.baseline.record.run_id if asked.baseline else None,
        num_pairs=asked.calibration_pairs or asked.num_pairs,
        num_confirm_pairs=asked.num_confirm_pairs,
        order_seed=secrets.randbits(32),
    )
    write_check_record(folder, record)
    if asked.baseline is not None:
        _copy_run(asked.baseline.folder, side_folder(folder, "screen", "base"))
    return folder, record


def _copy_run(source: Path, target: Path) -> None:
    """Keep a stored baseline with the check, so that its verdict can be made again without that run."""
    try:
        shutil.copytree(source / TRIALS_FOLDER, target / TRIALS_FOLDER)
        shutil.copy(source / RUN_FILE, target / RUN_FILE)
    except OSError as error:
        raise StoreError(f"cannot copy {source} to {target}: {error.strerror or error}") from None


def _record(revision: Revision) -> RevisionRecord:
    return RevisionRecord(name=revision.name, commit=revision.commit, is_dirty=revision.is_dirty)


def _record_of_run(run: LoadedRun) -> RevisionRecord:
    environment = run.record.environment
    return RevisionRecord(name="its code", commit=environment.git_commit, is_dirty=bool(environment.git_dirty))


def _tell(asked: Asked, message: str) -> None:
    if not asked.quiet:
        click.echo(escape_terminal(message), err=True)
