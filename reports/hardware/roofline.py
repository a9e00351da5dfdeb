"""Where each case stands under the roof of its device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from bench.hardware.hardware_types import HardwareRow, HardwareSummary
from bench.hardware.roofline import roof
from bench.host.ceilings.ceilings import Ceiling
from bench.reports.hardware.wording import name_place
from bench.reports.kit.figures.axes import add_legend, make_panels, mark_logarithm, name_axes, plain_ticks
from bench.reports.kit.figures.theme import FAINT, INK, CaseStyle, case_styles, draw_labels, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_GIGA = 1e9
_ROOM = 2.0  # how far the axis goes on beyond the outermost case and ridge, as a factor
_ROOM_BELOW = 1.1  # so that no marker is cut by the axis


def draw_roofline(summary: HardwareSummary) -> Figure | None:
    """Draw achieved GFLOP/s against FLOP/byte, a panel a device; the marker grows with the batch size."""
    rows = [row for row in summary.rows if row.ceiling and row.intensity and row.achieved_flops_per_s]
    places = [place for place in summary.places if any(row.place == place for row in rows)]
    if not places:
        return None
    styles = case_styles(dict.fromkeys(row.variant for row in rows))
    marks = [row.intensity for row in rows if row.intensity] + [_ridge(row.ceiling) for row in rows if row.ceiling]
    with theme():
        figure, panels = make_panels(len(places))
        titles = draw_labels([name_place(place, summary) for place in places])
        for panel, place, title in zip(panels, places, titles, strict=True):
            here = [row for row in rows if row.place == place]
            _draw_roofs(panel, here, (min(marks) / _ROOM, max(marks) * _ROOM))
            for row in sorted(here, key=lambda row: -row.case.batch_size):  # the small markers above the large ones
                _draw_case(panel, row, styles[row.variant])
            panel.set_title(title)
        panels[0].set_xscale("log")
        panels[0].set_yscale("log")
        panels[0].set_ylim(bottom=panels[0].get_ylim()[0] / _ROOM_BELOW)
        mark_logarithm(panels[0].xaxis)
        mark_logarithm(panels[0].yaxis)
        plain_ticks(panels[0])
        name_axes(figure, panels, "FLOP per byte, at most", "GFLOP/s")
        handles = [_marker(style) for style in styles.values()]
        add_legend(figure, panels, [*handles, _line("large products", "-"), _line("one LSTM step at batch 32", "--")])
    return figure


def _ridge(ceiling: Ceiling) -> float:
    """Return the FLOP per byte from which on arithmetic is the limit."""
    return ceiling.gemm_flops_per_s / ceiling.bandwidth_bytes_per_s


def _draw_roofs(panel: Axes, rows: Sequence[HardwareRow], span: tuple[float, float]) -> None:
    """Draw the roof of large products, and below it that of the LSTM's own shapes, for each precision."""
    for ceiling in dict.fromkeys(row.ceiling for row in rows if row.ceiling):
        _draw_roof(panel, ceiling, ceiling.gemm_flops_per_s, span, INK, "-")
        _draw_roof(panel, ceiling, ceiling.lstm_gemm_flops_per_s, span, FAINT, "--")


def _draw_roof(
    panel: Axes, ceiling: Ceiling, flops_per_s: float, span: tuple[float, float], colour: str, linestyle: str
) -> None:
    ridge = flops_per_s / ceiling.bandwidth_bytes_per_s
    x = sorted({span[0], *((ridge,) if span[0] < ridge < span[1] else ()), span[1]})
    y = [roof(place, flops_per_s, ceiling.bandwidth_bytes_per_s) / _GIGA for place in x]
    panel.plot(x, y, color=colour, linestyle=linestyle, linewidth=1.4, zorder=1)


def _draw_case(panel: Axes, row: HardwareRow, style: CaseStyle) -> None:
    if row.achieved_flops_per_s is None or row.intensity is None:
        return
    size = 4.0 + row.case.batch_size.bit_length() / 2
    panel.plot(
        [row.intensity], [row.achieved_flops_per_s.value / _GIGA], color=style.colour, marker=style.marker,
        markersize=size, markerfacecolor="none", markeredgewidth=1.4, linestyle="",
    )  # fmt: skip


def _marker(style: CaseStyle) -> Line2D:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - half a second that only a report pays for

    return Line2D(
        [], [], color=style.colour, marker=style.marker, markerfacecolor="none", markeredgewidth=1.4, linestyle="",
        label=style.name,
    )  # fmt: skip


def _line(label: str, linestyle: Literal["-", "--"]) -> Line2D:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - see `_marker`

    return Line2D([], [], color=INK if linestyle == "-" else FAINT, linestyle=linestyle, label=f"roof: {label}")
