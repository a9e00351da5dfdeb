from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.sections.machine import evidence_table, settings_table, what_ran_table

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_what_ran_is_read_back_from_the_built_model(make_summary: MakeSummary) -> None:
    table = what_ran_table(make_summary())
    assert table is not None
    assert table.rows[0] == ("lstm", "generic loop", "none", "cpu (Example CPU)", "float32",
                             "tensorflow 2.21.0, Keras 3.15.1", "2 intra, 2 inter", "1", "no", "Adam", "0.001",
                             "1e-05")  # fmt: skip
    assert table.rows[1][1] == "no recurrent layer"


@pytest.mark.parametrize(("backend", "compiler"), [("tensorflow", "XLA"), ("torch", "TorchInductor")])
def test_what_compiled_the_step_is_named_with_the_loss_and_a_layer_that_scales(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary, backend: str, compiler: str
) -> None:
    changes = {"backend": backend, "jit_compile": True, "loss": "binary cross-entropy", "prepared_by": "Rescaling"}
    case = make_case_summary("lstm")
    assert case.resolved is not None
    table = what_ran_table(make_summary([replace(case, resolved=case.resolved.model_copy(update=changes))]))
    assert table is not None
    row = dict(zip((column.title for column in table.columns), table.rows[0], strict=True))
    shown = (row["compiler"], row["loss"], row["scaled by its own layer"])
    assert shown == (compiler, "binary cross-entropy", "Rescaling")


def test_a_pytorch_network_is_trained_without_keras(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm")
    assert case.resolved is not None
    changes = {"backend": "torch", "backend_version": "2.14.1", "keras_version": ""}
    table = what_ran_table(make_summary([replace(case, resolved=case.resolved.model_copy(update=changes))]))
    assert table is not None
    assert table.rows[0][5] == "torch 2.14.1"


def test_threads_left_to_the_framework_are_called_default(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm")
    assert case.resolved is not None
    resolved = case.resolved.model_copy(update={"intra_op_threads": 0, "inter_op_threads": None})
    table = what_ran_table(make_summary([make_case_summary("lstm", resolved=resolved)]))
    assert table is not None
    assert table.rows[-1][6] == "default"


def test_models_that_were_never_built_leave_the_table_out(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    summary = make_summary([make_case_summary("lstm", resolved=None)])
    assert what_ran_table(summary) is None
    assert evidence_table(summary) is None


def test_settings_stand_even_where_no_data_were_loaded(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    (row,) = settings_table(make_summary([make_case_summary("lstm", data=None)])).rows
    assert row == ("lstm", "3", "mnist", "32", "float32", "cpu", "tensorflow", "unit", "–", "–", "adam", "0.001",
                   "1e-05", "0")  # fmt: skip


def test_a_setting_that_is_not_the_default_has_a_column_and_the_optimizer_always_has(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    plain = make_case_summary("lstm")
    sized = make_case_summary("lstm", case=plain.case.model_copy(update={"units": 64, "optimizer": "sgd"}))
    table = settings_table(make_summary([plain, sized]))
    titles = [column.title for column in table.columns]
    shown = [dict(zip(titles, row, strict=True)) for row in table.rows]
    assert [row["units"] for row in shown] == ["default", "64"]
    assert [(row["optimizer"], row["first rate"]) for row in shown] == [("adam", "0.001"), ("sgd", "0.01")]
    assert "filters" not in titles


def test_a_network_that_keeps_its_own_compile_was_not_asked_to_use_the_benchmarks_optimizer(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    plain = make_case_summary("lstm")
    assert plain.resolved is not None
    own = make_case_summary(
        "lstm", case=plain.case.model_copy(update={"training": "own"}),
        resolved=plain.resolved.model_copy(update={"optimizer": "RMSprop", "learning_rate": 0.5, "decay": None}),
    )  # fmt: skip
    table = settings_table(make_summary([plain, own]))
    titles = [column.title for column in table.columns]
    rows = [dict(zip(titles, row, strict=True)) for row in table.rows]
    shown = ("trained by", "optimizer", "first rate", "decay per update")
    assert [[row[title] for title in shown] for row in rows] == [
        ["bench", "adam", "0.001", "1e-05"], ["own", "RMSprop", "0.5", "–"],
    ]  # fmt: skip
