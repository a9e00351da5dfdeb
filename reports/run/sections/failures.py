"""What failed, what is missing, and what could not run here."""

from __future__ import annotations

from bench.analysis.summary_types import Failure, RunSummary
from bench.reports.kit.tables import Table, numbers, words
from bench.units import format_count

NO_FAILURE = "Nothing: every planned trial ended ok."
_NO_RECORD = "the process vanished without a message"


def failures_table(summary: RunSummary) -> Table | None:
    """Return the trials that did not end ok, and why."""
    columns = (*words("trial", "status"), *numbers("epochs kept"), *words("why"))
    rows = tuple(
        (failure.trial_id, failure.status, format_count(failure.num_epochs), _why(failure))
        for failure in summary.failures
    )
    return Table("Trials that did not end ok", columns, rows) if rows else None


def superseded_table(summary: RunSummary) -> Table | None:
    """Return the attempts that did not end ok and were made again: they are in no other table."""
    columns = (*words("earlier attempt", "status"), *numbers("epochs kept"), *words("why"))
    rows = tuple((one.trial_id, one.status, format_count(one.num_epochs), _why(one)) for one in summary.superseded)
    return Table("Earlier attempts, trained again", columns, rows) if rows else None


def not_run_table(summary: RunSummary) -> Table | None:
    """Return the cases that this machine cannot run, and why."""
    rows = tuple((left.case.case_id, left.reason) for left in summary.not_run)
    return Table("Cases that cannot run here", words("cannot run here", "why"), rows) if rows else None


def name_lists(summary: RunSummary) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what is missing as titles with names: damaged journals, trials at work, and those that never started."""
    lists = (
        ("Damaged journals, set aside", summary.set_aside),
        ("Still running when this was written", summary.running),
        ("Planned and not yet started" if summary.running else "Planned and never started", summary.missing),
    )
    return tuple((title, names) for title, names in lists if names)


def output_tails(summary: RunSummary) -> tuple[tuple[str, str], ...]:
    """Return a title and the last output of each failed trial that said something."""
    failures = (failure for failure in summary.failures if failure.output_tail.strip())
    return tuple((f"The last output of {failure.trial_id}", failure.output_tail) for failure in failures)


def _why(failure: Failure) -> str:
    if failure.message is None:
        return failure.type or _NO_RECORD
    return f"{failure.type}: {failure.message}" if failure.type else failure.message
