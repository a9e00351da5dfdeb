from __future__ import annotations

from collections.abc import Callable

from bench.analysis.results import CaseSummary, RunSummary
from reports.sections.models import model_caveats, render_layer_sheets, render_models

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_cases_of_one_network_share_its_sheet(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    cases = [make_case_summary("lstm", label=f"lstm · batch {size}") for size in (32, 128)]
    sheets = render_layer_sheets(make_summary([*cases, make_case_summary("cnn")]))
    assert sheets.count("<details>") == 2
    assert "<summary>Layers of lstm · batch 32, lstm · batch 128</summary>" in sheets


def test_a_network_from_outside_is_named_as_such(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    table = render_models(make_summary([make_case_summary("mine.module:build", label="mine")]))
    assert "mine.module:build, from outside this program" in table


def test_a_caveat_is_told_once_a_network(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    cases = [make_case_summary("cnn", label=f"cnn · batch {size}") for size in (32, 128)]
    assert len(model_caveats(make_summary(cases))) == 1
