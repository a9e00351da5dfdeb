from __future__ import annotations

from collections.abc import Callable

from bench.analysis.results import CaseSummary, RunSummary
from reports.sections.machine import render_evidence, render_settings, render_what_ran

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")[1:-1]]


def test_what_ran_is_read_back_from_the_built_model(make_summary: MakeSummary) -> None:
    rows = [cells(row) for row in render_what_ran(make_summary()).splitlines()[2:]]
    assert rows[0] == ["lstm", "generic loop", "no", "cpu (Example CPU)", "float32",
                       "tensorflow 2.21.0, Keras 3.15.1", "2 intra, 2 inter", "1", "no"]  # fmt: skip
    assert rows[1][1] == "no recurrent layer"


def test_threads_left_to_the_framework_are_called_default(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm")
    assert case.resolved is not None
    resolved = case.resolved.model_copy(update={"intra_op_threads": 0, "inter_op_threads": None})
    table = render_what_ran(make_summary([make_case_summary("lstm", resolved=resolved)]))
    assert "default intra, default inter" in table


def test_models_that_were_never_built_leave_the_table_out(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    summary = make_summary([make_case_summary("lstm", resolved=None)])
    assert not render_what_ran(summary)
    assert not render_evidence(summary)


def test_settings_stand_even_where_no_data_were_loaded(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    row = cells(render_settings(make_summary([make_case_summary("lstm", data=None)])).splitlines()[-1])
    assert row == ["lstm", "mnist", "–", "–", "32", "3", "0", "float32", "cpu", "tensorflow", "yes"]
