from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.sample_size import More
from bench.analysis.summary_types import CaseSummary, Comparison, Contrast, RunSummary, Wins
from bench.reports.run.sections.accuracy import accuracy_tables, classes_table, comparison_tables, word_wins

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_an_epoch_that_a_budget_does_not_have_is_an_empty_cell(make_summary: MakeSummary) -> None:
    (table,) = accuracy_tables(make_summary())
    assert table.rows[2][:3] == ("3", "98.11 % (98.01 % … 98.21 %)", "97.11 %")
    assert table.rows[3][:3] == ("4", "", "")


def test_many_cases_are_spread_over_tables_that_fit_a_page(
    make_summary: MakeSummary, make_many_cases: Callable[[int], Mapping[str, CaseSummary]]
) -> None:
    tables = accuracy_tables(make_summary(list(make_many_cases(7).values())))
    assert [len(table.columns) for table in tables] == [7, 7, 3]
    assert [bool(table.note) for table in tables] == [False, False, True]


def test_no_table_mixes_data_sets(make_summary: MakeSummary, cases_of_two_sets: tuple[CaseSummary, ...]) -> None:
    tables = accuracy_tables(make_summary(cases_of_two_sets))
    assert [table.title for table in tables] == [
        "Accuracy per epoch: lstm · spoken-digits, cnn · spoken-digits",
        "Accuracy per epoch: lstm · word-languages, cnn · word-languages",
    ]


def test_a_side_that_missed_is_over_its_budget_in_a_comparison(
    make_summary: MakeSummary, make_contrast: Callable[..., Contrast]
) -> None:
    missed = make_contrast("epochs_to_target", 1.0, 3.0, "ratio", target=0.99, a_value=None, effect=None, leader="b")
    (table,) = comparison_tables(make_summary(comparisons=(Comparison("lstm", "cnn", (missed,)),)))
    assert table.rows == (("epochs to 99 %", "> budget", "3", "3", "cnn on 3 of 3 seeds", "cnn", "yes"),)


def test_a_difference_that_is_not_decided_says_how_many_further_seeds_would_tell(
    make_summary: MakeSummary, make_contrast: Callable[..., Contrast]
) -> None:
    undecided = make_contrast("throughput", 1.0, 2.0, "ratio", decided=False, num_more_pairs=More(12, 4, 160))
    (table,) = comparison_tables(make_summary(comparisons=(Comparison("lstm", "cnn", (undecided,)),)))
    assert table.rows[0][-1] == "no; 12 more seeds (4 to 160)"
    assert [column.title for column in table.columns[4:6]] == ["pairs", "better on"]


@pytest.mark.parametrize(
    ("wins", "pairing", "words"),
    [
        (Wins(1, 4, 5), "seed", "cnn on 4 of 5 seeds"),
        (Wins(3, 0, 3), "time", "lstm on 3 of 3 pairs"),
        (Wins(2, 2, 5), "seed", "each on 2 of 5 seeds"),
        (Wins(0, 0, 0), "seed", "–"),
    ],
)
def test_on_how_many_seeds_a_side_is_better_is_said(
    make_contrast: Callable[..., Contrast], wins: Wins, pairing: str, words: str
) -> None:
    assert word_wins(make_contrast("throughput", 1.0, 2.0, "ratio", wins=wins, pairing=pairing)) == words


def test_from_ten_seeds_the_probability_has_a_column(
    make_summary: MakeSummary, make_contrast: Callable[..., Contrast]
) -> None:
    known = make_contrast("throughput", 1.0, 2.0, "ratio", superiority=Interval(0.05, 0.01, 0.2, 10, "newcombe"))
    (table,) = comparison_tables(make_summary(comparisons=(Comparison("lstm", "cnn", (known,)),)))
    assert table.columns[6].title == "P(lstm > cnn)"
    assert table.rows[0][6] == "0.05 (0.01 … 0.20)"


def test_a_comparison_says_of_each_ratio_whether_it_was_measured_in_turns(
    make_summary: MakeSummary, make_contrast: Callable[..., Contrast]
) -> None:
    counts = {"throughput": 3, "fit_epoch_s": 2, "steady_epoch_s": 0, "epochs_to_target": None}
    contrasts = tuple(make_contrast(measure, 2.0, 1.0, "ratio", num_in_turns=n) for measure, n in counts.items())
    (table,) = comparison_tables(make_summary(comparisons=(Comparison("lstm", "cnn", contrasts),)))
    place = [column.title for column in table.columns].index("in turns")
    assert [row[place] for row in table.rows] == ["yes", "2 of 3", "no", "–"]
    assert "of the turns that both had" in table.note


def test_a_run_without_turns_has_no_word_of_them(
    make_summary: MakeSummary, make_contrast: Callable[..., Contrast]
) -> None:
    contrasts = (make_contrast("throughput", 2.0, 1.0, "ratio"),)
    (table,) = comparison_tables(make_summary(comparisons=(Comparison("lstm", "cnn", contrasts),)))
    assert "in turns" not in [column.title for column in table.columns]
    assert "neighbouring trials in the order they ran" in table.note


@pytest.mark.parametrize(("num_classes", "columns"), [(3, 6), (13, 3)])
def test_each_class_has_a_recall_where_they_are_few(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary, num_classes: int, columns: int
) -> None:
    case = make_case_summary("lstm")
    assert case.data is not None
    names = tuple(f"class {number}" for number in range(num_classes))
    recalls = (1.0, 0.25, None, *[1.0] * (num_classes - 3))
    known = replace(
        case,
        data=case.data.model_copy(update={"class_names": names}),
        recalls=recalls,
        balanced_accuracy=Interval(0.625, None, None, 1, "none"),
    )
    table = classes_table(make_summary([known]))
    assert table is not None
    assert len(table.columns) == columns
    assert table.rows[0][:3] == ("lstm", "62.50 %", "25.00 %")
    assert classes_table(make_summary()) is None
