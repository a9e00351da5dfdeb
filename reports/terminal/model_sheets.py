"""What `bench list models -v` prints: each network with its layers, as plain text in which every name is inert."""

from __future__ import annotations

from collections.abc import Sequence

from bench.reports.kit.escaping import escape_terminal
from bench.reports.kit.tables import numbers, render_plain_table, words
from bench.run.model_sheets import ModelSheet
from bench.units import format_count, format_shape, format_si

_COLUMNS = [*words("layer", "kind"), *numbers("output", "parameters", "cost of one forward pass")]


def render_sheets(sheets: Sequence[ModelSheet]) -> str:
    """Return each network's totals and its layers, or why it could not be built."""
    return "\n\n".join(_render_sheet(sheet) for sheet in sheets)


def _render_sheet(sheet: ModelSheet) -> str:
    name = escape_terminal(sheet.model)
    if sheet.error:
        return f"{name}: cannot be built: {escape_terminal(sheet.error)}"
    totals = (
        f"{name}: {format_shape(sheet.input_shape)} in, {format_count(sheet.num_params)} parameters, "
        f"{format_si(sheet.flops_per_example, 'FLOP')} per training example"
    )
    rows = [
        (
            layer.name,
            layer.kind,
            format_shape(layer.output_shape),
            format_count(layer.num_params),
            format_si(layer.flops, "FLOP"),
        )
        for layer in sheet.layers
    ]
    return f"{totals}\n{render_plain_table(_COLUMNS, rows)}"
