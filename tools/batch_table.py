"""How pairs of a published run's cases differ, as a table: a row a pair and measure, a column a batch size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.statistics.interval import Interval
from bench.analysis.summary_types import ContrastMeasure, RunSummary
from bench.host.ceilings.ceilings import Ceilings
from bench.reports.kit.cells import cell, explain_intervals, format_number
from bench.reports.kit.tables import Table, numbers, words
from bench.units import format_points, format_ratio

_GIGA = 1e9
BFLOAT16 = "mixed_bfloat16"


@dataclass(frozen=True)
class Row:
    """One measure of two networks, each in a precision; `heads` are the row's first cells."""

    heads: tuple[str, ...]
    a: tuple[str, str]
    b: tuple[str, str]
    measure: ContrastMeasure = "fit_throughput"


# What is divided by what: the twins by what they are twins of, and both by PyTorch.
PEERS = tuple(
    Row((f"{a} / {b}",), (a, "float32"), (b, "float32"), "whole_fit_throughput")
    for a, b in (
        ("lstm-fast", "lstm"),
        ("lstm-cpu-fast", "lstm-cpu"),
        ("lstm-cpu-fast", "lstm-pytorch"),
        ("cnn-fast", "cnn"),
        ("cnn-fast", "cnn-pytorch"),
        ("lstm-cpu", "lstm-pytorch"),
        ("cnn", "cnn-pytorch"),
    )
)


def precision_rows(summary: RunSummary) -> list[Row]:
    """Return for each network of a run what it gains in bfloat16, and what it loses in accuracy."""
    measures: dict[str, ContrastMeasure] = {"speed": "fit_throughput", "accuracy": "val_accuracy_budget"}
    models = dict.fromkeys(case.case.model for case in summary.cases)
    return [
        Row((model, word), (model, BFLOAT16), (model, "float32"), measure)
        for model in models
        for word, measure in measures.items()
    ]


def batch_table(summary: RunSummary, heads: Sequence[str], rows: Sequence[Row]) -> Table:
    """Return the effects of a run's comparisons.

    Args:
        summary: the run's.
        heads: the headings of the rows' first cells.
        rows: the pairs; a cell whose cases the run does not compare is empty.
    """
    labels = {(case.case.model, case.case.precision, case.case.batch_size): case.label for case in summary.cases}
    effects = {
        (comparison.a, comparison.b, contrast.measure): contrast.effect
        for comparison in summary.comparisons
        for contrast in comparison.contrasts
    }
    sizes = sorted({size for _, _, size in labels})

    def find(row: Row, size: int) -> Interval | None:
        a, b = (labels.get((*side, size), "") for side in (row.a, row.b))
        return effects.get((a, b, row.measure))

    lines = tuple(
        (*row.heads, *(cell(find(row, size), _FORMS.get(row.measure, format_points)) for size in sizes)) for row in rows
    )
    columns = (*words(*heads), *numbers(*(f"batch {size:,}" for size in sizes)))
    note = explain_intervals((find(row, size) for row in rows for size in sizes), values="pairs")
    return Table("", columns, lines, note)


_FORMS = dict.fromkeys(("fit_throughput", "whole_fit_throughput"), format_ratio)


def word_ceilings(ceilings: Ceilings) -> str:
    """Say what a large product reaches in each precision."""
    parts = [f"{format_number(one.gemm_flops_per_s, _GIGA)} GFLOP/s in {one.precision}" for one in ceilings.devices]
    return f"A large product of matrices reaches {' and '.join(parts)} there."
