"""What failed, what is missing, and what could not run here."""

from __future__ import annotations

from bench.analysis.results import Failure, RunSummary
from bench.units import MISSING, format_count
from reports.tables import figures, render_markdown_table, words
from reports.text import escape_markdown, fence_markdown

_NO_RECORD = "the process vanished without a word"


def render_failures(summary: RunSummary) -> str:
    """Return the trials that did not end ok with what they said, or one sentence where all did."""
    parts = [_failure_table(summary), *(_fold(failure) for failure in summary.failures if failure.output_tail.strip())]
    parts += [_list("Damaged journals, set aside", summary.set_aside)] if summary.set_aside else []
    parts += [_list("Planned and never started", summary.missing)] if summary.missing else []
    parts += [_not_run_table(summary)] if summary.not_run else []
    return "\n\n".join(part for part in parts if part) or "Nothing: every planned trial ended ok."


def _failure_table(summary: RunSummary) -> str:
    columns = [*words("trial", "status"), *figures("epochs kept"), *words("why")]
    rows = [
        (failure.trial_id, failure.status, format_count(failure.num_epochs), _why(failure))
        for failure in summary.failures
    ]
    return render_markdown_table(columns, rows) if rows else ""


def _not_run_table(summary: RunSummary) -> str:
    rows = [(left.case.case_id, left.reason) for left in summary.not_run]
    return render_markdown_table(words("cannot run here", "why"), rows)


def _why(failure: Failure) -> str:
    if failure.message is None:
        return failure.type or _NO_RECORD
    return f"{failure.type}: {failure.message}" if failure.type else failure.message


def _fold(failure: Failure) -> str:
    title = escape_markdown(f"The last output of {failure.trial_id}")
    return f"<details><summary>{title}</summary>\n\n{fence_markdown(failure.output_tail)}\n\n</details>"


def _list(title: str, names: tuple[str, ...]) -> str:
    return f"{title}: {', '.join(escape_markdown(name) for name in names) or MISSING}."
