"""What the gate can see on this machine, as text and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.analysis.statistics.interval import Interval
from bench.gate.judgement.calibration import DETECTION, SLOWDOWNS, Calibration
from bench.reports.kit.json_document import make_document
from bench.reports.kit.tables import numbers, render_plain_table, words
from bench.units import MISSING, format_count, format_percent


def render_calibration(calibration: Calibration) -> str:
    """Return the calibration for a terminal."""
    columns = (
        *words("case"),
        *numbers(*(f"catches {format_percent(slowdown)}" for slowdown in SLOWDOWNS), "smallest seen"),
    )
    rows = [_row(calibration, case_id) for case_id in calibration.smallest]
    flagged, num_real = calibration.flagged
    return "\n".join(
        [
            f"One revision against itself, {format_count(calibration.num_rounds)} real pairs of each case.",
            "",
            f"false alarms: {_rate(calibration.false_alarms)} of {format_count(calibration.num_checks)} checks drawn "
            "from these pairs",
            f"stage 1 alone: something was flagged in {flagged} of {num_real} real checks of "
            f"{calibration.num_pairs} pairs; fresh pairs decide then",
            "",
            render_plain_table(columns, rows),
            "",
            f"A check has {calibration.num_pairs} pairs, and {_word_fresh(calibration)} of what it flags; slowdowns "
            "are injected as a factor into the measured times of real pairs, not as real work; "
            f"`smallest seen` is caught in {format_percent(DETECTION)} of the checks. In parentheses: 95 % interval "
            "(Wilson), of the drawing alone: more real pairs make it surer.",
        ]
    )


def _word_fresh(calibration: Calibration) -> str:
    fresh = f"{calibration.num_confirm_pairs} fresh ones"
    if calibration.last_look is None:
        return fresh
    return f"up to {calibration.last_look - calibration.num_pairs} fresh ones of a speed in turns and {fresh}"


def calibration_json(calibration: Calibration) -> dict[str, Any]:
    """Return every figure as values that JSON has."""
    return make_document(asdict(calibration))


def _row(calibration: Calibration, case_id: str) -> tuple[str, ...]:
    rates = {one.slowdown: one.rate for one in calibration.detections if one.case_id == case_id}
    smallest = calibration.smallest[case_id]
    seen = MISSING if smallest is None else format_percent(smallest)
    return (case_id, *(_rate(rates[slowdown]) for slowdown in SLOWDOWNS), seen)


def _rate(rate: Interval) -> str:
    bounds = "" if rate.low is None or rate.high is None else f" ({100 * rate.low:.1f} … {100 * rate.high:.1f})"
    return f"{100 * rate.value:.1f} %{bounds}"
