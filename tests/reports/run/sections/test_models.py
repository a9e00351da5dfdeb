from __future__ import annotations

from collections.abc import Callable

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.sections.models import layer_tables, model_caveats, models_table

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_cases_of_one_network_share_its_sheet(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    cases = [make_case_summary("lstm", label=f"lstm · batch {size}") for size in (32, 128)]
    tables = layer_tables(make_summary([*cases, make_case_summary("cnn")]))
    assert [table.title for table in tables] == ["Layers of lstm · batch 32, lstm · batch 128", "Layers of cnn"]


def test_a_network_from_outside_is_named_as_such(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    (row,) = models_table(make_summary([make_case_summary("mine.module:build", label="mine")])).rows
    assert row[:2] == ("mine", "mine.module:build, from outside this program")


def test_a_caveat_is_told_once_a_network(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    cases = [make_case_summary("cnn", label=f"cnn · batch {size}") for size in (32, 128)]
    assert len(model_caveats(make_summary(cases), str)) == 1
