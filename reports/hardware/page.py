"""Writes `hardware.md` and its figures: machines and devices side by side; the same runs give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.atomic_file import write_atomic
from bench.errors import StoreError
from bench.hardware.hardware_types import HardwareSummary
from bench.reports.hardware.figures import (
    draw_cost_ratio,
    draw_hardware_throughput,
    draw_scaling,
    has_two_thread_counts,
)
from bench.reports.hardware.roofline import draw_roofline
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
from bench.reports.hardware.wording import answer, caveats, name_place
from bench.reports.kit.cells import share_text
from bench.reports.kit.escaping import escape_markdown
from bench.reports.kit.files import place_figure, render_template, write_figure
from bench.reports.kit.tables import render_markdown, render_titled
from bench.reports.kit.values import hardware_notes
from bench.store.run_folder import FIGURES_FOLDER
from bench.units import format_count, format_rate, format_ratio

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HARDWARE_REPORT_NAME = "hardware.md"
_TEMPLATE = "hardware.md.j2"
_MAX_DESCRIBED = 6


@dataclass(frozen=True)
class HardwarePlot:
    """One figure of the report: its file's stem, what draws it, its words, and what stands in its place without it."""

    stem: str
    draw: Callable[[HardwareSummary], Figure | None]
    alternative: Callable[[HardwareSummary], str]
    caption: str
    absent: str


def _describe_throughput(summary: HardwareSummary) -> str:
    parts = [
        f"{row.variant} at batch {format_count(row.case.batch_size)} on {name_place(row.place, summary)}: "
        f"{format_rate(row.fit_throughput.value)}"
        for row in summary.rows
        if row.fit_throughput
    ]
    return f"Line chart of examples per second against batch size. {_shorten(parts)}"


def _describe_ratio(summary: HardwareSummary) -> str:
    first = summary.cost_ratios[:1]
    parts = [
        f"{name_place(one.place, summary)} at batch {format_count(one.batch_size)}: {format_ratio(one.ratio.value)}"
        for one in summary.cost_ratios
        if (one.recurrent, one.convolutional) == (first[0].recurrent, first[0].convolutional)
    ]
    named = f", {first[0].recurrent} over {first[0].convolutional}" if first else ""
    return f"Line chart of the cost ratio against batch size{named}. {_shorten(parts)}"


def _describe_scaling(summary: HardwareSummary) -> str:
    parts = [
        f"{one.variant} at batch {format_count(one.batch_size)} on {format_count(one.points[-1].num_threads)} threads: "
        f"{format_ratio(one.points[-1].speedup.value)}"
        for one in summary.scalings
    ]
    against = "the batch size" if has_two_thread_counts(summary) else "threads"
    return f"Line chart of speed-up against {against}. {_shorten(parts)}"


def _describe_roofline(summary: HardwareSummary) -> str:
    parts = [
        f"{row.variant} at batch {format_count(row.case.batch_size)} on {name_place(row.place, summary)}: "
        f"{share_text(row.efficiency)} of the ceiling"
        for row in summary.rows
        if row.efficiency
    ]
    return f"Roofline chart of achieved operations against operations per byte. {_shorten(parts)}"


def _shorten(parts: list[str]) -> str:
    rest = len(parts) - _MAX_DESCRIBED
    return "; ".join(parts[:_MAX_DESCRIBED]) + (f"; and {rest} more in the table." if rest > 0 else ".")


HARDWARE_PLOTS = (
    HardwarePlot(
        "hardware-throughput",
        draw_hardware_throughput,
        _describe_throughput,
        "Both axes are logarithmic. Whiskers: the table's intervals. Devices are shifted sideways so that each is "
        "visible.",
        "No figure: no trial has a steady step.",
    ),
    HardwarePlot(
        "hardware-cost-ratio",
        draw_cost_ratio,
        _describe_ratio,
        "Above the dotted line the convolutional network is cheaper, below it the recurrent one. Whiskers: the "
        "table's intervals. Devices are shifted sideways so that each is visible.",
        "No figure: no device ran both a recurrent and a convolutional network.",
    ),
    HardwarePlot(
        "hardware-scaling",
        draw_scaling,
        _describe_scaling,
        "Dashed: ideal speed-up. Whiskers: the table's intervals, shifted sideways so that each is visible.",
        "No figure: no case ran with two thread counts. Run with --device all, or cpu:1,cpu:2.",
    ),
    HardwarePlot(
        "hardware-roofline",
        draw_roofline,
        _describe_roofline,
        "The larger the marker, the larger the batch. FLOP per byte is an upper bound, from the layers' outputs and "
        "weights alone: the true points lie further left.",
        "No figure: no run has ceilings. Run suite hardware, or any with --ceilings.",
    ),
)


def write_hardware_report(folder: Path, summary: HardwareSummary) -> Path:
    """Write `figures/hardware-*.png` and then `hardware.md` into a folder; return the report's path.

    Raises:
        StoreError: the folder cannot be written.
    """
    figures = folder / FIGURES_FOLDER
    try:
        figures.mkdir(parents=True, exist_ok=True)
        drawn = [plot.stem for plot in HARDWARE_PLOTS if write_figure(figures / f"{plot.stem}.png", plot.draw(summary))]
    except OSError as error:
        raise StoreError(
            f"cannot write figures into {figures}: {error.strerror}; name another folder with --to"
        ) from error
    report = folder / HARDWARE_REPORT_NAME
    write_atomic(report, render_hardware_report(summary, drawn).encode())
    return report


def render_hardware_report(summary: HardwareSummary, drawn: list[str]) -> str:
    """Return the report as Markdown; `drawn` are the stems of the figures that exist."""
    return render_template(_TEMPLATE, _view(summary, drawn))


def _view(summary: HardwareSummary, drawn: list[str]) -> Mapping[str, object]:
    reference = summary.reference and f"{summary.reference.machine} · {summary.reference.device}"
    return {
        "answer": escape_markdown(answer(summary)),
        "runs": escape_markdown(", ".join(summary.run_ids)),
        "reference": f" Speed-ups are against {escape_markdown(reference)}." if reference else "",
        "figures": {plot.stem: _place_figure(plot, summary, plot.stem in drawn) for plot in HARDWARE_PLOTS},
        "notes": hardware_notes(),
        "machines": render_markdown(machines_table(summary)),
        "ceilings": render_markdown(ceilings_table(summary)),
        "throughput": render_markdown(hardware_throughput_table(summary)),
        "cost_ratios": render_markdown(cost_ratio_table(summary)),
        "crossovers": render_markdown(crossovers_table(summary)),
        "to_target": render_titled(to_target_tables(summary)),
        "scaling": render_markdown(scaling_table(summary)),
        "curves": render_markdown(curves_table(summary)),
        "curves_verdict": word_curves(summary),
        "noise": render_markdown(hardware_noise_table(summary)),
        "caveats": caveats(summary, escape_markdown),
    }


def word_curves(summary: HardwareSummary) -> str:
    """Say of how many pairs of curves both agree, as Markdown."""
    pairs = summary.curve_pairs
    num_agreeing = sum(pair.agreement.agrees for pair in pairs)
    if len(pairs) == 1 == num_agreeing:
        return "The one pair of curves agrees."
    if num_agreeing == len(pairs):
        return f"All {format_count(len(pairs))} pairs of curves agree."
    return f"**{format_count(len(pairs) - num_agreeing)} of {format_count(len(pairs))} pairs of curves differ.**"


def _place_figure(plot: HardwarePlot, summary: HardwareSummary, is_drawn: bool) -> str:
    if not is_drawn:
        return escape_markdown(plot.absent)
    return place_figure(f"{FIGURES_FOLDER}/{plot.stem}.png", plot.alternative(summary), plot.caption)
