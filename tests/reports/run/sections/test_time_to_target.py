"""What a report says of the way to a target."""

from __future__ import annotations

from collections.abc import Callable

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.sections.time_to_target import targets_table

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_a_target_that_nobody_reached_is_over_the_budget(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    table = targets_table(make_summary([make_case_summary("lstm", targets=(0.99,))], targets=(0.99,)))
    assert table is not None
    assert table.rows[0][:3] == ("99 %", "lstm", "0/1")
    assert table.rows[0][4:7] == ("> budget",) * 3


def test_no_target_is_no_table(make_summary: MakeSummary) -> None:
    assert targets_table(make_summary(targets=())) is None
