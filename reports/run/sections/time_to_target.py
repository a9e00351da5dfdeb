"""What it takes to reach a target: epochs and seconds to a validation accuracy, a row a case."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.summary_types import CaseSummary, RunSummary, TargetResult
from bench.reports.kit.cells import (
    cell,
    epochs_text,
    seconds_cell,
    target_cell,
)
from bench.reports.kit.tables import Column, Table, numbers, rare, without_empty_columns, words
from bench.reports.kit.values import note_on
from bench.reports.run.datasets import by_dataset
from bench.units import (
    MISSING,
    counted,
    format_count,
    format_percent,
)

TARGET_COLUMNS: tuple[Column, ...] = (
    *words("case"),
    *numbers("hits", "share of trials", "median epochs", "median training time (s)", "expected training time (s)"),
    *rare("crashed before"),
)  # fmt: skip
_UNEQUAL_LOOKS = (
    "Not all of these cases were validated equally often, and who looks more often sees a target sooner, and in more "
    "trials."
)
SHARES = "In parentheses, of the share of trials: 95 % interval (Wilson)."


def targets_tables(summary: RunSummary) -> tuple[Table, ...]:
    """Return what each target took, one row a target and case, and a table for each data set and number of examples."""
    return tuple(_targets_table(summary, cases, title) for title, cases in by_data(summary) if summary.targets)


def by_data(summary: RunSummary) -> tuple[tuple[str, list[CaseSummary]], ...]:
    """Return the cases by data set, and by how many of its examples they trained on: each has targets of its own."""
    sets = by_dataset(case for case in summary.cases if case.data)
    return tuple(
        (f"Data set {dataset}. {size}" if len(sets) > 1 else size, group)
        for dataset, cases in sets.items()
        for size, group in _by_num_examples(cases)
    )


def _by_num_examples(cases: Sequence[CaseSummary]) -> list[tuple[str, list[CaseSummary]]]:
    groups: dict[int, list[CaseSummary]] = {}
    for case in cases:
        if case.data:
            groups.setdefault(case.data.num_train, []).append(case)
    return [(f"Trained on {counted(size, 'example')}", groups[size]) for size in sorted(groups)]


def _targets_table(summary: RunSummary, cases: Sequence[CaseSummary], title: str) -> Table:
    rows = tuple(
        (format_percent(target), *target_row(case, case.targets[place]))
        for place, target in enumerate(summary.targets)
        for case in cases
        if place < len(case.targets)
    )
    has_bounds = any(result.is_bound for case in cases for result in case.targets)
    notes = [SHARES, *([note_on("train_s_to_target")] if has_bounds else [])]
    if len({case.case.validate_every for case in cases}) > 1:
        notes.append(_UNEQUAL_LOOKS)
    return without_empty_columns(Table(title, (*words("target"), *TARGET_COLUMNS), rows, " ".join(notes)))


def target_row(case: CaseSummary, result: TargetResult) -> tuple[str, ...]:
    """Return one case's cells below `TARGET_COLUMNS` for one target."""
    return (
        case.label,
        f"{result.hits}/{result.num_trials}" if result.num_trials else MISSING,
        cell(result.hit_rate, format_percent_whole),
        target_cell(result.median_epochs, result, epochs_text),
        seconds_cell(result.median_train_s, result, is_bound=result.is_bound),
        seconds_cell(result.expected_train_s, result, is_bound=result.is_expected_bound),
        format_count(result.num_crashed),
    )


def format_percent_whole(share: float | None) -> str:
    """Format a share of trials as whole percents: a handful of trials carries no decimals."""
    return MISSING if share is None else f"{share * 100:.0f} %"
