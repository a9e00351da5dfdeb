"""What to know before quoting a run's figures, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.summary_types import Caution, CautionCode, RunSummary
from bench.reports.kit.wording import BUDGETS_DIFFER, Escape, word_caution
from bench.reports.run.datasets import by_dataset
from bench.reports.run.sections.models import model_caveats

# What lets an accuracy be reached without learning, or makes it count for less than it seems.
_DOUBTS = frozenset({
    CautionCode.MAJORITY, CautionCode.REPEATED, CautionCode.MANY_CLASSES, CautionCode.EQUAL_SEEDS,
    CautionCode.EQUAL_CASES, CautionCode.NETWORK_DIFFERS,
})  # fmt: skip


def word_cautions(summary: RunSummary, escape: Escape) -> list[str]:
    """Return every caution with the names of the cases where it does not hold for all; see `kit.wording`."""
    budgets = [{case.case.epochs for case in cases} for cases in by_dataset(summary.cases).values()]
    cautions = [_word(summary, caution, escape) for caution in summary.cautions]
    differ = any(len(of_one_set) > 1 for of_one_set in budgets)
    return [*cautions, *model_caveats(summary, escape), *([BUDGETS_DIFFER] if differ else [])]


def word_doubts(summary: RunSummary, escape: Escape) -> list[str]:
    """Return as plain text the cautions without which no accuracy should be told, however briefly."""
    return [_word(summary, caution, escape, mark="") for caution in summary.cautions if caution.code in _DOUBTS]


def _word(summary: RunSummary, caution: Caution, escape: Escape, mark: str = "**") -> str:
    words = word_caution(caution, escape)
    is_general = {case.label for case in summary.cases} <= set(caution.labels)
    if is_general or not caution.labels:
        return words
    return f"{mark}{', '.join(escape(name) for name in _names(summary, caution.labels))}{mark}: {words}"


def _names(summary: RunSummary, labels: Sequence[str]) -> list[str]:
    """Return the cases' labels, with a data set's name for all of its cases where the run has several sets."""
    sets = {dataset: [case.label for case in cases] for dataset, cases in by_dataset(summary.cases).items()}
    whole = {dataset: of_set for dataset, of_set in sets.items() if len(sets) > 1 and set(of_set) <= set(labels)}
    named = {label: dataset for dataset, of_set in whole.items() if len(of_set) > 1 for label in of_set}
    return list(dict.fromkeys(named.get(label, label) for label in labels))
