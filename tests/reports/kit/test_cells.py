from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.summary_types import Interval, TargetResult
from bench.reports.kit.cells import (
    epochs_text,
    explain_intervals,
    format_number,
    number_cell,
    seconds_cell,
    share_text,
    target_cell,
    yes_no,
)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(None, 1.0, "–"), (0.0, 1.0, "0.00"), (0.125, 1.0, "0.125"), (61.04, 1.0, "61.0"), (1034.4, 1.0, "1,034"),
     (0.0325, 1e-3, "32.5"), (34.8e9, 1e9, "34.8"), (0.00001, 1.0, "0.0000"),
     (0.09996, 1.0, "0.100"), (9.996, 1.0, "10.0"), (99.96, 1.0, "100")],
)  # fmt: skip
def test_a_figure_has_three_digits_and_no_exponent(value: float | None, unit: float, text: str) -> None:
    assert format_number(value, unit) == text


@given(st.floats(min_value=0.01, max_value=1e15))
def test_a_figure_is_never_off_by_more_than_half_a_percent(value: float) -> None:
    assert float(format_number(value).replace(",", "")) == pytest.approx(value, rel=0.00501)


def test_a_cell_shows_its_bounds() -> None:
    assert number_cell(Interval(1034.0, 994.0, 1074.0, 3, "range")) == "1,034 (994 … 1,074)"


def test_bounds_that_read_like_the_figure_are_bounds_and_equal_ones_are_none() -> None:
    assert number_cell(Interval(668.0, 667.9, 668.1, 3, "range")) == "668 (668 … 668)"
    assert number_cell(Interval(668.0, 668.0, 668.0, 3, "range")) == "668"


def test_a_single_value_has_no_bounds() -> None:
    assert number_cell(Interval(5.0, None, None, 1, "none")) == "5.00"
    assert number_cell(None) == "–"


def test_the_note_says_what_each_kind_of_bounds_is_once() -> None:
    ranges = [Interval(1.0, 0.0, 2.0, 3, "range")] * 2
    note = explain_intervals([*ranges, None, Interval(1.0, 0.0, 2.0, 9, "t")])
    assert note == "In parentheses: smallest to largest of 3, or 95 % interval (t) over 9 trials."
    many = [Interval(1.0, 0.0, 2.0, n, "t") for n in (7, 6, 7, 9)]
    assert explain_intervals(many[:3]) == "In parentheses: 95 % interval (t) over 6 or 7 trials."
    assert explain_intervals(many, "Of the rate", "rounds") == "Of the rate: 95 % interval (t) over 6 to 9 rounds."


def test_an_interval_by_the_signs_of_five_says_its_level() -> None:
    by_signs = [Interval(1.0, 0.0, 2.0, n, "sign-flip") for n in (5, 6, 8)]
    assert (
        explain_intervals(by_signs[:1], values="pairs") == "In parentheses: 93.75 % interval (sign-flip) over 5 pairs."
    )
    assert (
        explain_intervals(by_signs[1:], values="pairs")
        == "In parentheses: 95 % interval (sign-flip) over 6 or 8 pairs."
    )
    assert "93.75 % or 95 % interval (sign-flip) over 5 or 6 pairs" in explain_intervals(by_signs[:2], values="pairs")


def test_figures_without_bounds_need_no_note() -> None:
    assert explain_intervals([None, Interval(5.0, None, None, 1, "none")]) == ""


def test_a_miss_is_over_the_budget_and_no_trial_is_no_figure() -> None:
    missed = TargetResult(0.99, 3, 0, 2, 0, None, None, None, None, None, ())
    assert target_cell(None, missed, format_number) == "> budget"
    crashed = TargetResult(0.99, 3, 0, 0, 2, None, None, None, None, None, ())
    assert target_cell(None, crashed, format_number) == "–"
    assert target_cell(61.0, missed, format_number) == "61.0"
    assert seconds_cell(None, missed, is_bound=False) == "> budget"
    assert seconds_cell(None, replace(missed, reports_times=False), is_bound=True) == "–"


@pytest.mark.parametrize(("epochs", "text"), [(3.0, "3"), (2.5, "2.5"), (None, "–"), (2.96, "3.0")])
def test_epochs_have_a_decimal_where_they_are_not_whole(epochs: float | None, text: str) -> None:
    assert epochs_text(epochs) == text


def test_the_unknown_is_neither_yes_nor_no() -> None:
    assert [yes_no(value) for value in (True, False, None)] == ["yes", "no", "–"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "–"), (0.00044, "0.044 %"), (0.0099, "0.99 %"), (0.206, "20.6 %"), (0.996, "99.6 %"), (1.02, "102.0 %")],
)
def test_a_share_of_a_ceiling_is_never_rounded_to_nothing_and_has_no_exponent(share: float | None, text: str) -> None:
    assert share_text(share) == text
