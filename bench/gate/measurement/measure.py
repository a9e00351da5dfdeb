"""Measures a check: both sides in pairs, stage 1 for every case and stage 2 for what it flags."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.gate.check_folder import (
    LoadedCheck,
    SideName,
    load_check,
)
from bench.gate.judgement.judge_check import stage_sides
from bench.gate.judgement.judge_measures import find_flagged, find_open_cases
from bench.gate.judgement.looks import LOOK_STEP
from bench.gate.measurement.back_to_back import find_back_to_back
from bench.gate.measurement.budget import check_budget
from bench.gate.measurement.check_plan import num_stored, plan_check
from bench.gate.measurement.new_check import add_back_to_back, create_check, remove_if_refused
from bench.gate.measurement.pairing import Check, Pace, StagePairs, TimeBudget, open_sides
from bench.gate.request import CheckRequest
from bench.gate.sides.doubts import find_doubts
from bench.gate.sides.revision import Repository, Revision, find_repository
from bench.host.capture import capture_environment
from bench.host.lock import measurement_lock
from bench.host.probe import Probe
from bench.host.sensors.gpu_room import read_gpu_room
from bench.host.sensors.memory import read_free_bytes
from bench.plan.case import Case
from bench.run.session.observer import Observer

Observe = Callable[[SideName], Observer]


def measure_check(asked: CheckRequest, observe: Observe, tell: Callable[[str], None]) -> LoadedCheck:
    """Measure what is asked, and return the check as its journals read back.

    Args:
        asked: what to measure.
        observe: returns what is told of one side's trials.
        tell: called with a sentence that says how far the check is.

    Raises:
        ConfigError, DataError, StoreError, NothingSelectedError: for what cannot be checked as asked, before any
            training.
        Interrupted: on a signal; what was measured is kept, and no checkout and no process is left.
    """
    repository = find_repository(asked.repo)
    exclude = (asked.output, Path(sys.prefix))
    revisions = _resolve(asked, repository, exclude)
    environment = capture_environment(output=asked.output)
    plan = plan_check(asked, environment)
    num_base, in_turns = num_stored(asked, plan), asked.baseline is None and not asked.alone
    check_budget(asked.num_pairs, asked.num_confirm_pairs, tuple(plan.data), num_base, in_turns=in_turns)
    models = [case.model for case in plan.data]
    for sentence in find_doubts(repository, revisions, models, asked.include):
        tell(sentence)
    folder, record = create_check(asked, revisions)
    observers = {side: observe(side) for side in revisions}
    with (
        remove_if_refused(folder),
        measurement_lock(
            record.check_id, on_wait=observers["head"].waiting, allow_concurrent=asked.allow_concurrent
        ) as concurrent,
    ):
        # Another measurement, whose end was awaited here, had memory of its own.
        alone = find_back_to_back(asked, plan, read_free_bytes(Probe()), read_gpu_room)
        record = add_back_to_back(folder, record, alone.why)
        with open_sides(
            repository,
            revisions,
            models,
            environment,
            exclude=exclude,
            include=asked.include,
            install=asked.install,
        ) as sides:
            tell(f"journals: {folder}")
            if alone.why:
                tell(f"back to back: {alone.why}")
            check = Check(folder, record, plan.suite, plan.data, sides, observers, concurrent, set(alone.cases),
                          lambda case, why: _go_on_alone(folder, case, why, tell))  # fmt: skip
            measure_stages(check, asked, tell)
    return load_check(folder)


def _go_on_alone(folder: Path, case: Case, why: str, tell: Callable[[str], None]) -> None:
    """Say and write down that a case's pairs take no turns from now on."""
    why = f"{case.model}, after {why}"
    tell(f"back to back from now on: {why}")
    record = load_check(folder).record
    add_back_to_back(folder, record, "; ".join(filter(None, (record.back_to_back, why))))


def measure_stages(check: Check, asked: CheckRequest, tell: Callable[[str], None]) -> None:
    """Run stage 1, and stage 2 for what it flags; a calibration has the first alone."""
    cases = tuple(check.data)
    num_pairs = asked.calibration_pairs or asked.num_pairs
    budget = TimeBudget(asked.time_budget_s)
    # Time is kept for one flagged case, as many trials as its stage 2 needs.
    share = 1.0 if asked.calibration_pairs else _screen_share(len(cases), asked.num_pairs, asked.num_confirm_pairs)
    screen_end, end, pace = budget.until(share), budget.until(1.0), Pace()
    seeds = range(num_pairs)
    is_whole = StagePairs(check, "screen", cases, seeds, screen_end, pace).run(cases, seeds)
    if not is_whole or asked.calibration_pairs:
        return
    flagged, undecided = _flagged_cases(check, asked), _open_cases(check, asked)
    further = [case for case in cases if case.case_id in flagged | undecided]
    if further:
        tell(f"flagged: {', '.join(case.model for case in further)}; measuring fresh processes")
        fresh = range(num_pairs, num_pairs + asked.num_confirm_pairs)
        _measure_further(StagePairs(check, "confirm", further, fresh, end, pace), check, asked, flagged)


def _measure_further(stage: StagePairs, check: Check, asked: CheckRequest, flagged: frozenset[str]) -> None:
    """Run all fresh pairs of the flagged cases, and of the others, look by look, as many as turns need to decide."""
    num_fresh = asked.num_confirm_pairs
    for first in range(0, num_fresh, LOOK_STEP):
        wanted = flagged | _open_cases(check, asked)
        todo = [case for case in check.data if case.case_id in wanted]
        seeds = range(asked.num_pairs + first, asked.num_pairs + min(first + LOOK_STEP, num_fresh))
        if not todo or not stage.run(todo, seeds):
            return


def _flagged_cases(check: Check, asked: CheckRequest) -> frozenset[str]:
    """Return the cases that have a measure which stage 1 flags."""
    screen, _ = stage_sides(load_check(check.folder))
    flagged = find_flagged(screen, asked.tolerances, is_paired=asked.baseline is None)
    return frozenset(key.case_id for key in flagged)


def _open_cases(check: Check, asked: CheckRequest) -> frozenset[str]:
    """Return the cases that more turns may decide: none with a stored baseline, and none that goes on back to back."""
    if asked.baseline is not None:
        return frozenset()
    found = find_open_cases(*stage_sides(load_check(check.folder)), asked.tolerances, asked.num_confirm_pairs)
    return found - {case.case_id for case in check.back_to_back}


def _screen_share(num_cases: int, num_pairs: int, num_confirm_pairs: int) -> float:
    return num_cases * num_pairs / (num_cases * num_pairs + num_confirm_pairs)


def _resolve(asked: CheckRequest, repository: Repository, exclude: Sequence[Path]) -> dict[SideName, Revision]:
    head = repository.working_tree(exclude) if asked.head is None else repository.resolve(asked.head)
    if asked.base is not None:
        return {"base": repository.resolve(asked.base), "head": head}
    return {"base": head, "head": head} if asked.calibration_pairs else {"head": head}
