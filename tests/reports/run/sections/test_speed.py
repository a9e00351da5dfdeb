from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.sections.speed import (
    epoch_times_table,
    ledger_table,
    memory_table,
    noise_table,
    throughput_table,
)

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_throughput_stands_with_its_bounds_and_they_are_explained(make_summary: MakeSummary) -> None:
    table = throughput_table(make_summary())
    assert table.rows[0][:3] == ("lstm", "1,000 (960 … 1,040)", "1,034 (994 … 1,074)")
    assert table.note == "In parentheses: smallest to largest of 3 trials."


def test_an_epoch_is_split_into_its_seconds(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    table = epoch_times_table(make_summary([make_case_summary("lstm")]))
    assert table.rows == (("lstm", "60.0", "58.0", "3.00", "2.00"),)


def test_a_trials_seconds_add_up_to_the_whole_as_they_are_printed(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    table = ledger_table(make_summary([make_case_summary("lstm", seeds=(0, 1))]))
    assert table is not None
    assert table.rows == (("lstm", "3.75", "174.00", "2.00", "4.00", "9.00", "0.38", "1.50", "194.62"),)
    assert sum(map(float, table.rows[0][1:-1])) == pytest.approx(float(table.rows[0][-1]), abs=0.02)
    assert ledger_table(make_summary([replace(make_case_summary("lstm"), seconds=None)])) is None


def test_a_machine_without_a_device_memory_has_no_figure_for_it(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    table = memory_table(make_summary([make_case_summary("lstm")]))
    assert ([column.title for column in table.columns], table.rows) == (
        ["case", "process, resident (MiB)"],
        (("lstm", "668"),),
    )


def test_trials_stand_in_the_order_in_which_they_ran(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    first, second = make_case_summary("lstm", seeds=(0, 1)), make_case_summary("cnn", seeds=(0, 1))
    first = replace(first, trials=tuple(replace(trial, index=2 * trial.seed) for trial in first.trials))
    second = replace(second, trials=tuple(replace(trial, index=2 * trial.seed + 1) for trial in second.trials))
    table = noise_table(make_summary([first, second]))
    assert table is not None
    assert [row[:3] for row in table.rows] == [
        ("1", "lstm", "0"), ("2", "cnn", "0"), ("3", "lstm", "1"), ("4", "cnn", "1"),
    ]  # fmt: skip


def test_of_thousands_of_trials_the_first_stand_and_the_note_says_where_the_others_are(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm")
    trials = tuple(replace(case.trials[0], index=index, seed=index) for index in reversed(range(1200)))
    summary = make_summary([replace(case, trials=trials)])
    table = noise_table(summary)
    assert table is not None
    assert [row[0] for row in table.rows] == [str(place) for place in range(1, 501)]
    assert table.note == f"The first 500 of 1,200 trials; python -m bench export {summary.run_id} writes all of them."


def test_a_deterministic_case_has_no_row_and_the_note_says_why(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("cnn").case.model_copy(update={"deterministic": True})
    exact = make_case_summary("cnn", label="cnn · deterministic", case=case)
    for make_table in (throughput_table, epoch_times_table):
        table = make_table(make_summary([make_case_summary("lstm"), exact]))
        assert [row[0] for row in table.rows] == ["lstm"]
        assert table.note.endswith("Left out, since deterministic operations can be slower: cnn · deterministic.")


def test_where_some_trials_took_turns_the_table_says_which(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm", seeds=(0, 1))
    partners = [replace(trial, num_partners=number) for trial, number in zip(case.trials, (2, 0), strict=True)]
    table = noise_table(make_summary([replace(case, trials=tuple(partners))]))
    assert table is not None
    assert table.columns[-1].title == "in turns with"
    assert [row[-1] for row in table.rows] == ["2 others of its seed", "none: alone"]
    without = noise_table(make_summary([case]))
    assert without is not None
    assert without.columns[-1].title == "trial (s)"
