"""Throughput and cost ratio against batch size, and speed-up against threads: one line for each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bench.analysis.hardware_results import Crossover, HardwareRow, HardwareSummary, Place, Scaling
from bench.analysis.stats import Interval
from reports.figures.axes import add_legend, case_handle, make_panels, mark_logarithm, name_axes, plain_ticks
from reports.hardware_wording import name_place
from reports.theme import FAINT, INK, CaseStyle, case_styles, draw_label, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Point = tuple[float, Interval]
_DODGE = 0.025  # of a doubling, from one line's whisker to the next one's
_YELLOW = "#F0E442"


def place_styles(summary: HardwareSummary) -> Mapping[Place, CaseStyle]:
    """Return how each place looks in every figure."""
    styles = case_styles(str(place) for place in summary.places)
    return {place: styles[str(place)] for place in summary.places}


def draw_hardware_throughput(summary: HardwareSummary) -> Figure | None:
    """Draw steady throughput against batch size, a panel a network, with a star where one place overtakes another."""
    variants = list(dict.fromkeys(row.variant for row in summary.rows if row.throughput))
    if not variants:
        return None
    styles = place_styles(summary)
    with theme():
        figure, panels = make_panels(len(variants))
        for panel, variant in zip(panels, variants, strict=True):
            for place, points in _by_place([row for row in summary.rows if row.variant == variant]).items():
                _draw_line(panel, points, styles[place])
            panel.set_title(draw_label(variant))
            _mark_passing(panel, summary, variant)
        _scale(panels, _batch_sizes(summary))
        name_axes(figure, panels, "Batch size (examples)", "Training examples per second")
        add_legend(
            figure, panels, [*_handles(summary, styles), *_stars(summary, "places", "one device overtakes another")]
        )
    return figure


def draw_cost_ratio(summary: HardwareSummary) -> Figure | None:
    """Draw what the first recurrent network costs in units of the first convolutional one, with a line at 1."""
    if not summary.cost_ratios:
        return None
    first = summary.cost_ratios[0]
    pair = (first.recurrent, first.convolutional)
    ratios = [one for one in summary.cost_ratios if (one.recurrent, one.convolutional) == pair]
    styles = place_styles(summary)
    with theme():
        figure, panels = make_panels(1)
        for place in dict.fromkeys(one.place for one in ratios):
            _draw_line(panels[0], [(one.batch_size, one.ratio) for one in ratios if one.place == place], styles[place])
        panels[0].axhline(1, color=INK, linewidth=1.0, linestyle=":", zorder=1)
        for one in summary.crossovers:
            if one.kind == "models" and (one.a, one.b) == pair:
                _draw_star(panels[0], one, 1.0)
        _scale(panels, _batch_sizes(summary))
        name_axes(figure, panels, "Batch size (examples)", draw_label(f"Cost of {pair[0]} / cost of {pair[1]}", 60))
        add_legend(figure, panels, [*_handles(summary, styles), *_stars(summary, "models", "the answer changes")])
    return figure


def draw_scaling(summary: HardwareSummary) -> Figure | None:
    """Draw the speed-up against the number of threads, a panel a network and machine; the ideal is dashed."""
    groups = list(dict.fromkeys((one.variant, one.machine) for one in summary.scalings))
    if not groups:
        return None
    sizes = sorted({one.batch_size for one in summary.scalings})
    styles = case_styles(f"batch {size:,}" for size in sizes)
    with theme():
        figure, panels = make_panels(len(groups))
        for panel, group in zip(panels, groups, strict=True):
            chosen = [one for one in summary.scalings if (one.variant, one.machine) == group]
            for one in chosen:
                shift = 2 ** (_DODGE * (sizes.index(one.batch_size) - (len(sizes) - 1) / 2))
                _draw_line(panel, _scaling_points(one, shift), styles[f"batch {one.batch_size:,}"])
            threads = [point.num_threads for one in chosen for point in one.points]
            ideal = [number / min(threads) for number in sorted(set(threads))]
            panel.plot(sorted(set(threads)), ideal, color=FAINT, linestyle="--", linewidth=1.2, zorder=1)
            panel.set_title(draw_label(group[0] if len(summary.machines) == 1 else " · ".join(group)))
        _scale(panels, sorted({point.num_threads for one in summary.scalings for point in one.points}))
        name_axes(figure, panels, "Threads", "Speed-up over the fewest threads")
        add_legend(figure, panels, [*(case_handle(label, style) for label, style in styles.items()), _ideal()])
    return figure


def _scaling_points(scaling: Scaling, shift: float) -> list[Point]:
    """Return the points, all but the first moved by a factor, so that one batch size hides no whisker of another."""
    first, *others = scaling.points
    return [
        (float(first.num_threads), first.speedup),
        *((point.num_threads * shift, point.speedup) for point in others),
    ]


def _by_place(rows: Sequence[HardwareRow]) -> Mapping[Place, list[Point]]:
    places: dict[Place, list[Point]] = {}
    for row in rows:
        if row.throughput is not None:
            places.setdefault(row.place, []).append((row.case.batch_size, row.throughput))
    return places


def _draw_line(panel: Axes, points: Sequence[Point], style: CaseStyle) -> None:
    """Draw one line with its bounds as whiskers."""
    x, y = [x for x, _ in points], [interval.value for _, interval in points]
    panel.plot(x, y, color=style.colour, marker=style.marker, markersize=5.5, markeredgecolor="white", linewidth=1.8)
    for place, interval in points:
        if interval.low is not None and interval.high is not None:
            panel.vlines(place, interval.low, interval.high, color=style.colour, linewidth=1.4)


def _mark_passing(panel: Axes, summary: HardwareSummary, variant: str) -> None:
    """Draw a star where one place's line crosses another's."""
    import numpy as np  # noqa: PLC0415 - only a report draws

    lines = _by_place([row for row in summary.rows if row.variant == variant])
    for one in summary.crossovers:
        if one.kind == "places" and one.where == variant and isinstance(one.a, Place):
            x, y = [x for x, _ in lines[one.a]], [interval.value for _, interval in lines[one.a]]
            height = np.exp(np.interp(np.log(one.crossing.x), np.log(x), np.log(y)))
            _draw_star(panel, one, float(height))


def _draw_star(panel: Axes, crossover: Crossover, y: float) -> None:
    colour = _YELLOW if crossover.is_clear else "white"
    panel.plot(
        [crossover.crossing.x], [y], marker="*", markersize=13, color=colour, markeredgecolor=INK, linestyle="",
        zorder=4,
    )  # fmt: skip


def _scale(panels: Sequence[Axes], ticks: Sequence[int]) -> None:
    """Take logarithmic axes, with a tick at each measured x, and figures without exponents."""
    from matplotlib.ticker import FixedLocator, NullLocator  # noqa: PLC0415 - see `reports.theme.theme`

    panel = panels[0]
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.xaxis.set_major_locator(FixedLocator(list(ticks)))
    panel.xaxis.set_minor_locator(NullLocator())
    mark_logarithm(panel.yaxis)
    plain_ticks(panel)


def _batch_sizes(summary: HardwareSummary) -> list[int]:
    return sorted({row.case.batch_size for row in summary.rows if row.throughput})


def _handles(summary: HardwareSummary, styles: Mapping[Place, CaseStyle]) -> list[Line2D]:
    shown = {row.place for row in summary.rows if row.throughput}
    return [case_handle(name_place(place, summary), style) for place, style in styles.items() if place in shown]


def _stars(summary: HardwareSummary, kind: str, label: str) -> list[Line2D]:
    """Return the stars' lines in a legend: yellow where a crossing is clear, white where it is within the bounds."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - half a second that only a report pays for

    drawn = {one.is_clear for one in summary.crossovers if one.kind == kind}
    kinds = ((True, _YELLOW, label), (False, "white", f"{label}, perhaps"))
    return [
        Line2D([], [], marker="*", markersize=11, color=colour, markeredgecolor=INK, linestyle="", label=text)
        for is_clear, colour, text in kinds
        if is_clear in drawn
    ]


def _ideal() -> Line2D:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - see `_stars`

    return Line2D([], [], color=FAINT, linestyle="--", linewidth=1.2, label="ideal")
