"""Figures as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import units


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (2.5e-9, "0.00 µs"),
        (0.000123, "123 µs"),
        (0.0123, "12.3 ms"),
        (1.2345, "1.23 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (187, "3 min 07 s"),
        (3599.6, "1 h 00 min"),
        (6276, "1 h 45 min"),  # 104.6 minutes
        (7170, "2 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_seconds(seconds, text):
    assert units.format_seconds(seconds) == text


def test_a_negative_duration_is_a_bug_and_says_so():
    with pytest.raises(ValueError, match="never negative"):
        units.format_seconds(-1)


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (units.format_bytes, 0, "0 B"),
        (units.format_bytes, 1023, "1023 B"),
        (units.format_bytes, 1536, "1.50 KiB"),
        (units.format_bytes, 25_276_510_208, "23.5 GiB"),
        (units.format_rate, 1005.4, "1,005"),
        (units.format_rate, 99.96, "100"),
        (units.format_rate, 12.34, "12.3"),
        (units.format_count, 216426, "216,426"),
        (units.format_fraction, 0.98, "0.9800"),
        (units.format_percent, 0.9, "90 %"),
        (units.format_percent, 0.975, "97.5 %"),
        (units.format_ratio, 1.8249, "1.82×"),
        (units.signed, 0.0012, "+0.0012"),
        (units.signed, -0.0012, "−0.0012"),
        (units.signed, -0.0, "+0.0000"),
        (units.signed, -0.00004, "+0.0000"),
    ],
)
def test_other_figures(function, value, text):
    assert function(value) == text
    assert function(None) == units.MISSING


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 FLOP"), (640, "640 FLOP"), (34_662_272, "34.7 MFLOP"), (999_600, "1.00 MFLOP"), (1e21, "1000 EFLOP")],
)
def test_large_figures(value, text):
    assert units.format_si(value, "FLOP") == text


def test_a_signed_figure_takes_a_form():
    assert (units.signed(-0.25, ".2f"), units.signed(0.25, ".2f"), units.signed(-10.3, "+.1f")) == (
        "−0.25",
        "0.25",
        "−10.3",
    )


@pytest.mark.parametrize(("count", "text"), [(0, "0 seeds"), (1, "1 seed"), (1_034, "1,034 seeds")])
def test_one_of_a_thing_has_no_plural(count, text):
    assert units.counted(count, "seed") == text


@given(st.floats(0, 1e7))
def test_any_duration_has_a_unit_and_no_exponent(seconds):
    text = units.format_seconds(seconds)
    assert text.endswith(("s", "min"))
    assert "e" not in text
