"""Of whom a caution is told, and when a run's budgets are one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.analysis.summary_types import CaseSummary, Caution, CautionCode, RunSummary
from bench.reports.kit.wording import BUDGETS_DIFFER
from bench.reports.run.sections.cautions import word_cautions

MakeSummary = Callable[..., RunSummary]
SPOKEN = ("lstm · spoken-digits", "cnn · spoken-digits")


def cautions_of(summary: RunSummary, labels: Sequence[str]) -> list[str]:
    about = Caution(CautionCode.VALIDATION_IS_TEST, tuple(labels), {"num_test": 600})
    return word_cautions(replace(summary, cautions=(about,)), str)


def test_a_caution_about_all_cases_of_a_data_set_names_the_set(
    make_summary: MakeSummary, cases_of_two_sets: tuple[CaseSummary, ...]
) -> None:
    summary = make_summary(cases_of_two_sets)
    assert cautions_of(summary, SPOKEN)[0].startswith("**spoken-digits**: The 600 test examples")
    one_more = cautions_of(summary, [*SPOKEN, "cnn · word-languages"])
    assert one_more[0].startswith("**spoken-digits, cnn · word-languages**: ")
    assert cautions_of(summary, SPOKEN[1:])[0].startswith("**cnn · spoken-digits**: ")


def test_a_caution_about_all_cases_names_none(
    make_summary: MakeSummary, cases_of_two_sets: tuple[CaseSummary, ...]
) -> None:
    labels = [case.label for case in cases_of_two_sets]
    assert cautions_of(make_summary(cases_of_two_sets), labels)[0].startswith("The 600 test examples")


def test_budgets_differ_only_among_the_cases_of_one_data_set(
    make_summary: MakeSummary, cases_of_two_sets: tuple[CaseSummary, ...]
) -> None:
    assert BUDGETS_DIFFER in word_cautions(make_summary(cases_of_two_sets), str)
    budgets = {"spoken-digits": 30, "word-languages": 12}
    of_the_set = [
        replace(case, case=case.case.model_copy(update={"epochs": budgets[case.case.dataset]}))
        for case in cases_of_two_sets
    ]
    assert BUDGETS_DIFFER not in word_cautions(make_summary(of_the_set), str)
