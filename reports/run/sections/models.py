"""The networks: sizes, costs, budgets, and each one's layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.networks.flops import LayerSheet
from bench.networks.registry import builtin_models
from bench.reports.kit.tables import Table, numbers, words
from bench.reports.kit.wording import word_model
from bench.units import format_count, format_shape, format_si


def models_table(summary: RunSummary) -> Table:
    """Return the table of the networks, one row a case."""
    columns = (
        *words("case", "network"),
        *numbers("parameters", "cost per training example", "epoch budget"),
    )
    return Table("The networks", columns, tuple(_model_row(case) for case in summary.cases))


def layer_tables(summary: RunSummary) -> tuple[Table, ...]:
    """Return each network's layers; cases that share their layers share the table."""
    sharing: dict[tuple[LayerSheet, ...], list[str]] = {}
    for case in summary.cases:
        if case.layers:
            sharing.setdefault(case.layers, []).append(case.label)
    return tuple(_layer_table(f"Layers of {', '.join(labels)}", layers) for layers, labels in sharing.items())


def model_caveats(summary: RunSummary, escape: Callable[[str], str]) -> list[str]:
    """Return what the registry says a reader must know of the networks in this run; see `bench.reports.kit.wording`."""
    known = builtin_models()
    names = dict.fromkeys(case.case.model for case in summary.cases)
    return [word_model(name, known[name].caveat, escape) for name in names if name in known and known[name].caveat]


def _model_row(case: CaseSummary) -> tuple[str, ...]:
    spec = builtin_models().get(case.case.model)
    return (
        case.label,
        spec.summary if spec else f"{case.case.model}, from outside this program",
        format_count(case.num_params),
        format_si(case.flops_per_example, "FLOP"),
        format_count(case.case.epochs),
    )


def _layer_table(title: str, layers: Iterable[LayerSheet]) -> Table:
    columns = (*words("layer", "kind"), *numbers("output", "parameters", "cost of one forward pass"))
    rows = tuple(
        (
            layer.name,
            layer.kind,
            format_shape(layer.output_shape),
            format_count(layer.num_params),
            format_si(layer.flops, "FLOP"),
        )
        for layer in layers
    )
    return Table(title, columns, rows, is_mixed=True)
