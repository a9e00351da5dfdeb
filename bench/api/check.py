"""Checks a revision against another: measure both in pairs, judge, and say what the gate can see here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.errors import NothingSelectedError
from bench.gate.check_folder import LoadedCheck, SideName
from bench.gate.judgement.calibration import MIN_ROUNDS, Calibration, calibrate
from bench.gate.judgement.findings import GateResult, Tolerances
from bench.gate.judgement.judge_check import judge_check, stage_sides
from bench.gate.measurement.measure import measure_check
from bench.gate.request import CheckRequest
from bench.run.session.observer import Observer


@dataclass(frozen=True)
class JudgedCheck:
    """A check as its journals read back, with its verdict; `calibration` where that was asked for and could be made."""

    check: LoadedCheck
    result: GateResult
    calibration: Calibration | None = None


def check(
    request: CheckRequest, observe: Callable[[SideName], Observer], tell: Callable[[str], None] = lambda _: None
) -> JudgedCheck:
    """Measure what is asked, and judge it.

    Args:
        request: what to measure, and by how much it may become worse.
        observe: returns what is told of one side's trials.
        tell: called with a sentence that says how far the check is.

    Raises:
        ConfigError, DataError, StoreError, NothingSelectedError: for what cannot be checked as asked.
        Interrupted: on a signal; what was measured is kept, and no checkout and no process is left.
    """
    measured = measure_check(request, observe, tell)
    return judge(measured, request.tolerances) if request.calibration_pairs is None else _calibrate(measured, request)


def judge(check: LoadedCheck, tolerances: Tolerances) -> JudgedCheck:
    """Judge what a check measured, also an earlier one.

    Raises:
        NothingSelectedError: no trial of it ended.
    """
    result = judge_check(check, tolerances)
    if not (result.findings or result.problems):
        raise NothingSelectedError(f"check: no trial of {check.record.check_id} ended; there is nothing to judge")
    return JudgedCheck(check, result)


def _calibrate(check: LoadedCheck, request: CheckRequest) -> JudgedCheck:
    """Say what the gate can see here, of one code's pairs with itself; a trial that failed leaves nothing to say."""
    result = judge_check(check, request.tolerances)
    if result.problems:
        return JudgedCheck(check, result)
    screen, _ = stage_sides(check)
    calibration = calibrate(screen, request.tolerances, request.num_pairs, request.num_confirm_pairs)
    if calibration is None:
        raise NothingSelectedError(
            f"check: --calibrate needs at least {MIN_ROUNDS} whole rounds of every case, and the time was over before; "
            "give it more with --time-budget"
        )
    return JudgedCheck(check, result, calibration)
