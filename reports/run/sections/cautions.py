"""What to know before quoting a run's figures, one line each."""

from __future__ import annotations

from bench.analysis.summary_types import Caution, RunSummary
from bench.reports.kit.wording import BUDGETS_DIFFER, Escape, word_caution
from bench.reports.run.sections.models import model_caveats


def word_cautions(summary: RunSummary, escape: Escape) -> list[str]:
    """Return every caution with the names of the cases where it does not hold for all; see `kit.wording`."""
    budgets = {case.case.epochs for case in summary.cases}
    cautions = [_word(summary, caution, escape) for caution in summary.cautions]
    return [*cautions, *model_caveats(summary, escape), *([BUDGETS_DIFFER] if len(budgets) > 1 else [])]


def _word(summary: RunSummary, caution: Caution, escape: Escape) -> str:
    words = word_caution(caution, escape)
    is_general = {case.label for case in summary.cases} <= set(caution.labels)
    if is_general or not caution.labels:
        return words
    return f"**{', '.join(escape(label) for label in caution.labels)}**: {words}"
