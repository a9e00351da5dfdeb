"""What a comparison of devices says on a run's page: which network is cheaper where, with hardware.md's figures."""

from __future__ import annotations

from collections.abc import Iterator

from bench.hardware.hardware_types import HardwareSummary
from bench.reports.hardware.page import HARDWARE_PLOTS, word_curves
from bench.reports.hardware.sections import (
    ceilings_table,
    cost_ratio_table,
    crossovers_table,
    curves_table,
    hardware_noise_table,
    hardware_throughput_table,
    machines_table,
    scaling_table,
    to_target_tables,
)
from bench.reports.hardware.wording import answer, caveats
from bench.reports.kit.answer import Answer, AnswerFigure, AnswerPart
from bench.reports.kit.escaping import escape_html
from bench.reports.kit.tables import Table
from bench.reports.kit.values import hardware_notes


def hardware_answer(summary: HardwareSummary) -> Answer:
    """Return the answer to "which device", with a part for each section of hardware.md that has anything to show."""
    parts = (part for part in _parts(summary) if part.figures or part.tables or part.notes)
    runs = f"Runs: {', '.join(summary.run_ids)}."
    return Answer("hardware", "On which hardware?", answer(summary), (runs,), parts=tuple(parts))


def _parts(summary: HardwareSummary) -> Iterator[AnswerPart]:
    notes = hardware_notes()
    yield _part(
        summary, "Throughput", "hardware-throughput", (hardware_throughput_table(summary),), notes["throughput"]
    )
    yield _part(summary, "Cost ratio", "hardware-cost-ratio", (cost_ratio_table(summary),), notes["cost_ratio"])
    yield _part(summary, "Where the answer changes", "", (crossovers_table(summary),), notes["crossover"])
    yield _part(summary, "Scaling over threads", "hardware-scaling", (scaling_table(summary),), notes["scaling"])
    yield _part(summary, "Roofline", "hardware-roofline", (), "")
    yield AnswerPart("To know before quoting these", notes=tuple(caveats(summary, escape_html)))
    yield _folded("What a target accuracy costs", to_target_tables(summary), notes["target"])
    curves = curves_table(summary)
    yield _folded("The same seeds on different hardware", (curves,), word_curves(summary), notes["agreement"])
    machines = (machines_table(summary), ceilings_table(summary), hardware_noise_table(summary))
    yield _folded("The machines, and how quiet they were", machines)


def _part(summary: HardwareSummary, title: str, stem: str, tables: tuple[Table | None, ...], note: str) -> AnswerPart:
    """Return one section with its figure and its tables; a note is about a table, so that without one it goes, too."""
    shown = tuple(table for table in tables if table and table.rows)
    plot = next((plot for plot in HARDWARE_PLOTS if plot.stem == stem), None)
    drawn = plot.draw(summary) if plot else None
    figures = (AnswerFigure(stem, drawn, plot.alternative(summary), plot.caption),) if plot and drawn else ()
    return AnswerPart(title, figures, shown, (note,) if shown and note else ())


def _folded(title: str, tables: tuple[Table | None, ...], *notes: str) -> AnswerPart:
    shown = tuple(table for table in tables if table and table.rows)
    return AnswerPart(title, tables=shown, notes=notes if shown else (), is_folded=True)
