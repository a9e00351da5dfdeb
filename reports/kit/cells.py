"""Turns figures with their bounds into the text of one cell, and says once below a table what the bounds are.

A column of durations, sizes or rates keeps one unit, named in its heading, so that its figures compare at a glance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from bench.analysis.statistics.sample_size import More
from bench.analysis.summary_types import Interval, IntervalKind, TargetResult
from bench.reports.kit.wording import word_interval
from bench.units import MISSING, counted, format_accuracy, format_count

Format = Callable[[float | None], str]
_MAX_DECIMALS = 4
_ONE_PERCENT = 0.01


def format_number(value: float | None, unit: float = 1.0) -> str:
    """Format a figure in units of `unit` with three significant digits: `0.125`, `61.0`, `1,034`."""
    if value is None:
        return MISSING
    scaled = value / unit
    rounded = float(f"{abs(scaled):.2e}")  # 0.09996 has the digits of 0.100
    magnitude = math.floor(math.log10(rounded)) if rounded else 0
    return f"{scaled:,.{min(max(2 - magnitude, 0), _MAX_DECIMALS)}f}"


def cell(interval: Interval | None, text_of: Format) -> str:
    """Return `1,034 (994 … 1,074)`; the figure alone where there are no bounds or they are equal; `–` for no figure."""
    if interval is None:
        return MISSING
    if interval.low is None or interval.low == interval.high:
        return text_of(interval.value)
    return f"{text_of(interval.value)} ({text_of(interval.low)} … {text_of(interval.high)})"


def accuracy_cell(interval: Interval | None) -> str:
    """Return an accuracy with its bounds."""
    return cell(interval, format_accuracy)


def number_cell(interval: Interval | None, unit: float = 1.0) -> str:
    """Return a figure in units of `unit`, with its bounds."""
    return cell(interval, lambda value: format_number(value, unit))


def explain_intervals(intervals: Iterable[Interval | None], of: str = "In parentheses", values: str = "trials") -> str:
    """Return one sentence on what the parentheses hold, or an empty string where no figure has bounds.

    `of` begins it where a table has several kinds of figures, and `values` are what each figure is over.
    """
    numbers: dict[IntervalKind, set[int]] = {}
    for interval in intervals:
        if interval is not None and interval.low is not None:
            numbers.setdefault(interval.kind, set()).add(interval.n)
    if not numbers:
        return ""
    kinds = ", or ".join(word_interval(kind, *sorted(found)) for kind, found in numbers.items())
    return f"{of}: {kinds} {values}."


def target_cell(value: float | None, result: TargetResult, text_of: Format) -> str:
    """Return a target's value; `> budget` if trials ran and too few of them reached it."""
    if value is None:
        return "> budget" if result.num_trials else MISSING
    return text_of(value)


def seconds_cell(seconds: float | None, result: TargetResult, *, is_bound: bool) -> str:
    """Return a target's training seconds; `≤ 36.8` where a trial came before its first validation.

    A dash where the case's times are not reported.
    """
    if not result.reports_times:
        return MISSING
    return f"{'≤ ' if is_bound and seconds is not None else ''}{target_cell(seconds, result, format_number)}"


def epochs_text(epochs: float | None) -> str:
    """Return a number of epochs, with a decimal only where it is not whole."""
    if epochs is None:
        return MISSING
    return format_count(int(epochs)) if epochs == int(epochs) else f"{epochs:.1f}"


def share_text(share: float | None) -> str:
    """Return a share of a ceiling as a percentage that also tells a GPU's thousandths apart from nothing."""
    if share is None:
        return MISSING
    return f"{share * 100:.1f} %" if share >= _ONE_PERCENT else f"{share * 100:.2g} %"


def word_more(more: More, noun: str = "more seed") -> str:
    """Return `1 more seed (1 to 5)` or `12 more seeds (4 to 160)`: the number for 90 % power with its range."""
    return f"{counted(more.number, noun)} ({format_count(more.low)} to {format_count(more.high)})"


def yes_no(value: bool | None) -> str:
    """Return `yes`, `no`, or `–` for what is not known."""
    return MISSING if value is None else "yes" if value else "no"
