"""How figures read: units, digits and bounds, as the pages write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tests.recompute.values.interval import Interval
from tests.recompute.values.planning import More

NONE = "–"
OVER = "> budget"
Format = Callable[[float], str]


def three_digits(value: float) -> str:
    """Return three significant digits, with thousands separators and without an exponent."""
    exponent = int(f"{abs(value):.2e}".partition("e")[2]) if value else 0
    return f"{value:,.{min(max(2 - exponent, 0), 4)}f}"


def in_units(unit: float) -> Format:
    return lambda value: three_digits(value / unit)


def rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else three_digits(value)


def count(value: float) -> str:
    return f"{value:,}"


def fraction(value: float) -> str:
    return f"{value:.4f}"


def accuracy(value: float) -> str:
    return f"{value * 100:.2f} %"


def points(value: float) -> str:
    return f"{value * 100:+z.2f} pp".replace("-", "−")


def signed(value: float) -> str:
    return f"{value:+z.4f}".replace("-", "−")


def ratio(value: float) -> str:
    """Return a ratio with three digits, and with three decimals beside 1, where the third tells."""
    text = f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
    return f"{value:.3f}×" if text == "1.00" and abs(value - 1) >= 0.0005 else f"{text}×"


def percent(value: float) -> str:
    return f"{value * 100:.6g} %"


def whole_percent(value: float) -> str:
    return f"{value * 100:.0f} %"


def share_of_ceiling(value: float) -> str:
    return f"{value * 100:.1f} %" if value >= 0.01 else f"{value * 100:.2g} %"


def si(value: float, unit: str) -> str:
    """Return three digits with a decimal prefix."""
    if not value:
        return f"0 {unit}"
    for prefix in ("", "k", "M", "G", "T"):
        if value < 999.5:
            return f"{_trimmed(value)} {prefix}{unit}"
        value /= 1000
    raise ValueError(f"expected less than 10¹⁵, received {value}e15 {unit}")


def binary(value: float) -> str:
    """Return bytes with three digits and a binary prefix."""
    exponent = min(int(math.log2(value) // 10), 4) if value else 0
    unit = ("B", "KiB", "MiB", "GiB", "TiB")[exponent]
    return f"{_trimmed(value / 1024**exponent)} {unit}"


def _trimmed(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def seconds(value: float) -> str:
    """Return a duration in words: three digits below a minute, then minutes and seconds, then hours and minutes."""
    if round(value, 1) < 60:
        unit, size = next((one for one in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)) if value >= one[1]), ("µs", 1e-6))
        return f"{_trimmed(value / size)} {unit}"
    if round(value) < 3600:
        return f"{round(value) // 60} min {round(value) % 60:02d} s"
    return f"{round(value / 60) // 60} h {round(value / 60) % 60:02d} min"


def epochs(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.1f}"


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def shape(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def cell(interval: Interval | None, form: Format) -> str:
    """Return `figure (low … high)`; the figure alone where there are no bounds or they are equal."""
    if interval is None:
        return NONE
    if interval.low is None or interval.high is None or interval.low == interval.high:
        return form(interval.value)
    return f"{form(interval.value)} ({form(interval.low)} … {form(interval.high)})"


def word_more(more: More, noun: str = "more seed") -> str:
    return f"{plural(more.number, noun)} ({more.low:,} to {more.high:,})"
