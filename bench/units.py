"""The one place that turns seconds, bytes, rates and counts into text for people.

Every function takes None for a figure that does not exist and returns `MISSING` for it.
"""

from __future__ import annotations

from collections.abc import Sequence

MISSING = "–"
_NOT_ONE = 0.0005  # what three decimals of a ratio can tell from 1
_SECONDS_PER_MINUTE = 60
_MINUTES_PER_HOUR = 60
_PREFIXES = ("", "k", "M", "G", "T", "P", "E")


def format_seconds(seconds: float | None) -> str:
    """Format a duration in seconds with three significant digits below a minute, and as `3 min 07 s` above."""
    if seconds is None:
        return MISSING
    if seconds < 0:
        raise ValueError(f"a duration is never negative, received {seconds}")
    if round(seconds, 1) < _SECONDS_PER_MINUTE:
        return _format_short(seconds)
    minutes, rest = divmod(round(seconds), _SECONDS_PER_MINUTE)
    if minutes < _MINUTES_PER_HOUR:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / _SECONDS_PER_MINUTE), _MINUTES_PER_HOUR)
    return f"{hours} h {minutes:02d} min"


def _format_short(seconds: float) -> str:
    """Format less than a minute in the largest unit that leaves a figure of one or more."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{_three_digits(seconds * 1e6)} µs" if seconds else "0 s"


def format_bytes(num_bytes: float | None) -> str:
    """Format a size in bytes with binary units: `1.50 GiB`."""
    if num_bytes is None:
        return MISSING
    value = float(num_bytes)
    for prefix in _PREFIXES:
        if abs(value) < 1024 or prefix == _PREFIXES[-1]:  # noqa: PLR2004 - the binary unit
            unit = f"{prefix.upper()}iB" if prefix else "B"
            return f"{value:.0f} {unit}" if not prefix else f"{_three_digits(value)} {unit}"
        value /= 1024
    raise AssertionError("unreachable: the last prefix always returns")


def format_rate(per_second: float | None) -> str:
    """Format a rate per second as a whole number with thousands separators, or three digits below 100."""
    if per_second is None:
        return MISSING
    return f"{per_second:,.0f}" if abs(per_second) >= 100 else _three_digits(per_second)  # noqa: PLR2004


def format_si(value: float | None, unit: str) -> str:
    """Format a large figure with a decimal prefix: `35.2 MFLOP`, `171 GFLOP/s`."""
    if value is None:
        return MISSING
    if value == 0:
        return f"0 {unit}"
    scaled = float(value)
    for prefix in _PREFIXES:
        if abs(scaled) < 999.5 or prefix == _PREFIXES[-1]:  # noqa: PLR2004 - 999.6 would round to 1000
            return f"{_three_digits(scaled)} {prefix}{unit}"
        scaled /= 1000
    raise AssertionError("unreachable: the last prefix always returns")


def format_count(count: int | None) -> str:
    """Format a count with thousands separators: `216,426`."""
    return MISSING if count is None else f"{count:,}"


def format_fraction(fraction: float | None) -> str:
    """Format an accuracy or share between 0 and 1 with four decimals: one test image in 10,000 is visible."""
    return MISSING if fraction is None else f"{fraction:.4f}"


def format_accuracy(share: float | None) -> str:
    """Format an accuracy between 0 and 1 as a percentage with two decimals: one test image in 10,000 is visible."""
    return MISSING if share is None else f"{share * 100:.2f} %"


def format_points(difference: float | None, form: str = "+.2f") -> str:
    """Format a difference of two accuracies in percentage points, `+0.12 pp`, `−0.12 pp`; unsigned with form `.2f`."""
    return MISSING if difference is None else f"{signed(difference * 100, form)} pp"


def format_percent(fraction: float | None) -> str:
    """Format a share between 0 and 1 as a percentage without needless decimals: `90 %`, `97.5 %`."""
    return MISSING if fraction is None else f"{fraction * 100:.6g} %"


def format_ratio(ratio: float | None) -> str:
    """Format a ratio as `1.82×`; one beside 1, where the third decimal tells, as `0.997×`."""
    if ratio is None:
        return MISSING
    text = _three_digits(ratio)
    return f"{ratio:.3f}×" if text == "1.00" and abs(ratio - 1) >= _NOT_ONE else f"{text}×"


def signed(value: float | None, form: str = "+.4f") -> str:
    """Format a figure that may be below 0, with a minus sign as wide as the plus: `+0.0012`, `−0.0012`.

    What rounds to 0 has no minus.
    """
    sign = "+" if form.startswith("+") else ""
    return MISSING if value is None else f"{value:{sign}z{form.removeprefix('+')}}".replace("-", "−")


def counted(count: int, noun: str) -> str:
    """Return `1 trial` or `1,034 trials`; for nouns whose plural takes an s."""
    return f"{format_count(count)} {noun}{'' if count == 1 else 's'}"


def format_shape(shape: Sequence[int | None]) -> str:
    """Format the shape of one example as `26 × 26 × 64`; `?` stands for an open size."""
    return " × ".join("?" if size is None else str(size) for size in shape) or MISSING


def _three_digits(value: float) -> str:
    """Round to three significant digits without an exponent: 1.23, 12.3, 123, 1234."""
    magnitude = abs(value)
    for decimals, limit in ((2, 9.995), (1, 99.95)):
        if magnitude < limit:
            return f"{value:.{decimals}f}"
    return f"{value:.0f}"
