from __future__ import annotations

from bench.analysis.summary_types import CaseSummary
from bench.reports.run.datasets import by_dataset


def test_the_cases_of_each_data_set_are_together_in_their_order(cases_of_two_sets: tuple[CaseSummary, ...]) -> None:
    first, second, *others = cases_of_two_sets
    groups = by_dataset([first, *others, second])
    assert {name: [case.label for case in cases] for name, cases in groups.items()} == {
        "spoken-digits": ["lstm · spoken-digits", "cnn · spoken-digits"],
        "word-languages": ["lstm · word-languages", "cnn · word-languages"],
    }
    assert by_dataset([]) == {}
