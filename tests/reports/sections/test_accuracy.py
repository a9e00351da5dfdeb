from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.analysis.results import CaseSummary, Comparison, Contrast, RunSummary
from reports.sections.accuracy import render_accuracy, render_comparisons, render_targets

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_an_epoch_that_a_budget_does_not_have_is_an_empty_cell(make_summary: MakeSummary) -> None:
    rows = render_accuracy(make_summary()).splitlines()
    assert [cell.strip() for cell in rows[4].split("|")[1:4]] == ["3", "0.9811 (0.9801 … 0.9821)", "0.9711"]
    assert [cell.strip() for cell in rows[5].split("|")[1:4]] == ["4", "", ""]


def test_many_cases_are_spread_over_tables_that_fit_a_page(
    make_summary: MakeSummary, make_many_cases: Callable[[int], Mapping[str, CaseSummary]]
) -> None:
    text = render_accuracy(make_summary(list(make_many_cases(7).values())))
    assert text.count("|   epoch |") == 3


def test_a_target_that_nobody_reached_is_over_the_budget(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    row = render_targets(make_summary([make_case_summary("lstm", targets=(0.99,))], targets=(0.99,))).splitlines()[-1]
    assert "0/1" in row
    assert row.count("&gt; budget") == 3


def test_no_target_is_no_table(make_summary: MakeSummary) -> None:
    assert not render_targets(make_summary(targets=()))


def test_a_side_that_missed_is_over_its_budget_in_a_comparison(
    make_summary: MakeSummary, make_contrast: Callable[..., Contrast]
) -> None:
    missed = make_contrast("epochs_to_target", 1.0, 3.0, "ratio", target=0.99, a_value=None, effect=None, leader="b")
    text = render_comparisons(make_summary(comparisons=(Comparison("lstm", "cnn", (missed,)),)))
    cells = [cell.strip() for cell in text.splitlines()[-1].split("|")[1:-1]]
    assert cells == ["epochs to 99 %", "&gt; budget", "3", "–", "3", "cnn", "yes"]
