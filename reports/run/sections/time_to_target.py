"""What it takes to reach a target: epochs and seconds to a validation accuracy, a row a case."""

from __future__ import annotations

from bench.analysis.summary_types import CaseSummary, RunSummary, TargetResult
from bench.reports.kit.cells import (
    cell,
    epochs_text,
    format_number,
    target_cell,
)
from bench.reports.kit.tables import Column, Table, numbers, rare, without_empty_columns, words
from bench.units import (
    MISSING,
    format_count,
    format_percent,
)

TARGET_COLUMNS: tuple[Column, ...] = (
    *words("case"),
    *numbers("hits", "share of trials", "median epochs", "median training time (s)", "expected training time (s)"),
    *rare("crashed before"),
)  # fmt: skip
SHARES = "In parentheses, of the share of trials: 95 % interval (Wilson)."


def targets_table(summary: RunSummary) -> Table | None:
    """Return what each target took, one row a target and case."""
    rows = tuple(
        (format_percent(result.target), *target_row(case, result))
        for place, _ in enumerate(summary.targets)
        for case, result in _at(summary, place)
    )
    table = Table("Time to accuracy", (*words("target"), *TARGET_COLUMNS), rows, SHARES)
    return without_empty_columns(table) if rows else None


def target_row(case: CaseSummary, result: TargetResult) -> tuple[str, ...]:
    """Return one case's cells below `TARGET_COLUMNS` for one target."""
    return (
        case.label,
        f"{result.hits}/{result.num_trials}" if result.num_trials else MISSING,
        cell(result.hit_rate, format_percent_whole),
        target_cell(result.median_epochs, result, epochs_text),
        target_cell(result.median_train_s, result, format_number),
        target_cell(result.expected_train_s, result, format_number),
        format_count(result.num_crashed),
    )


def _at(summary: RunSummary, place: int) -> list[tuple[CaseSummary, TargetResult]]:
    return [(case, case.targets[place]) for case in summary.cases if place < len(case.targets)]


def format_percent_whole(share: float | None) -> str:
    """Format a share of trials as whole percents: a handful of trials carries no decimals."""
    return MISSING if share is None else f"{share * 100:.0f} %"
