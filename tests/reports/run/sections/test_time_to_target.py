"""What a report says of the way to a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.sections.time_to_target import targets_tables

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_a_target_that_nobody_reached_is_over_the_budget(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    (table,) = targets_tables(make_summary([make_case_summary("lstm", targets=(0.99,))], targets=(0.99,)))
    assert table.rows[0][:3] == ("99 %", "lstm", "0/1")
    assert table.rows[0][4:7] == ("> budget",) * 3


def test_cases_that_were_validated_at_different_intervals_are_said_to_be(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    one, other = make_case_summary("lstm"), make_case_summary("cnn")
    often = replace(one, case=one.case.model_copy(update={"validate_every": 188}))
    notes = [targets_tables(make_summary(cases))[0].note for cases in ([one, other], [often, other])]
    assert ["validated equally often" in note for note in notes] == [False, True]


def test_no_target_is_no_table(make_summary: MakeSummary) -> None:
    assert targets_tables(make_summary(targets=())) == ()


def test_the_same_target_after_more_examples_stands_in_another_table(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    whole = make_case_summary("lstm")
    assert whole.data is not None
    part = replace(whole, label="part", data=whole.data.model_copy(update={"num_train": 5_632}))
    less, more = targets_tables(make_summary([whole, part], targets=(0.9,)))
    assert (less.title, {row[1] for row in less.rows}) == ("Trained on 5,632 examples", {"part"})
    assert (more.title, {row[1] for row in more.rows}) == ("Trained on 60,000 examples", {"lstm"})


def test_data_sets_of_one_size_stand_in_tables_of_their_own(
    make_summary: MakeSummary, cases_of_two_sets: tuple[CaseSummary, ...]
) -> None:
    tables = targets_tables(make_summary(cases_of_two_sets, targets=(0.9,)))
    assert [table.title for table in tables] == [
        "Data set spoken-digits. Trained on 60,000 examples", "Data set word-languages. Trained on 60,000 examples",
    ]  # fmt: skip
    assert [row[1] for row in tables[1].rows] == ["lstm · word-languages", "cnn · word-languages"]


def test_what_passed_within_the_first_epoch_is_told_as_a_bound(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("cnn", targets=(0.9,))
    bound = replace(
        case,
        targets=(
            replace(case.targets[0], median_train_s=36.8, expected_train_s=40.0, is_bound=True, is_expected_bound=True),
        ),
    )
    (table,) = targets_tables(make_summary([bound], targets=(0.9,)))
    assert table.rows[0][5:7] == ("≤ 36.8", "≤ 40.0")
