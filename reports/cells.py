"""Turns figures with their bounds into the text of one cell, and says once below a table what the bounds are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bench.analysis.results import Interval, TargetResult
from bench.units import MISSING, format_bytes, format_fraction, format_rate, format_seconds
from reports.wording import word_interval

Format = Callable[[float | None], str]


def cell(interval: Interval | None, text_of: Format) -> str:
    """Return `1,034 [994, 1,074]`; the figure alone where it has no bounds, `–` where there is no figure."""
    if interval is None:
        return MISSING
    if interval.low is None or interval.high is None:
        return text_of(interval.value)
    return f"{text_of(interval.value)} [{text_of(interval.low)}, {text_of(interval.high)}]"


def fraction_cell(interval: Interval | None) -> str:
    """Return an accuracy with its bounds."""
    return cell(interval, format_fraction)


def rate_cell(interval: Interval | None) -> str:
    """Return a rate per second with its bounds."""
    return cell(interval, format_rate)


def seconds_cell(interval: Interval | None) -> str:
    """Return a duration with its bounds."""
    return cell(interval, format_seconds)


def bytes_cell(interval: Interval | None) -> str:
    """Return a size with its bounds."""
    return cell(interval, format_bytes)


def explain_intervals(intervals: Iterable[Interval | None]) -> str:
    """Return one sentence on what the brackets hold, or an empty string where no figure has bounds."""
    bounded = {(i.kind, i.n): None for i in intervals if i is not None and i.low is not None}
    if not bounded:
        return ""
    return f"In brackets: {', or '.join(word_interval(kind, num_values) for kind, num_values in bounded)} trials."


def target_cell(value: float | None, result: TargetResult, text_of: Format) -> str:
    """Return a target's figure; `> budget` where trials ran and too few of them came there."""
    if value is None:
        return "> budget" if result.num_trials else MISSING
    return text_of(value)


def yes_no(value: bool | None) -> str:
    """Return `yes`, `no`, or `–` for what is not known."""
    return MISSING if value is None else "yes" if value else "no"
