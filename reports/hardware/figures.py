"""Throughput and cost ratio against batch size, and speed-up against threads: one line for each place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from bench.analysis.statistics.interval import Interval
from bench.hardware.hardware_types import Crossover, HardwareRow, HardwareSummary, Place, ThreadScaling
from bench.reports.hardware.wording import name_place
from bench.reports.kit.figures.axes import add_legend, case_handle, make_panels, mark_logarithm, name_axes, plain_ticks
from bench.reports.kit.figures.theme import FAINT, INK, CaseStyle, case_styles, draw_labels, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Point = tuple[float, Interval]
Line = TypeVar("Line")
_DODGE = 0.02  # of the axis, from one line's whisker to the next one's
_CROWD = 0.35  # of a doubling, the most that all lines' whiskers at one place take
_MAX_LETTERS = 20  # of each network's name in one axis's name
_YELLOW = "#F0E442"


def place_styles(summary: HardwareSummary) -> Mapping[Place, CaseStyle]:
    """Return how each place looks in every figure."""
    names = {place: name_place(place, summary) for place in summary.places}
    styles = case_styles(names.values())
    return {place: styles[name] for place, name in names.items()}


def draw_hardware_throughput(summary: HardwareSummary) -> Figure | None:
    """Draw throughput as `fit` costs by batch size, a panel a network; a star is where one place overtakes another."""
    variants = list(dict.fromkeys(row.variant for row in summary.rows if row.fit_throughput))
    if not variants:
        return None
    styles = place_styles(summary)
    shifts = _shifts([place for place in styles if place in _shown(summary)], _batch_sizes(summary))
    with theme():
        figure, panels = make_panels(len(variants))
        for panel, variant, title in zip(panels, variants, draw_labels(variants), strict=True):
            for place, points in _by_place([row for row in summary.rows if row.variant == variant]).items():
                _draw_line(panel, points, styles[place], shifts[place])
            panel.set_title(title)
            _mark_passing(panel, summary, variant)
        _scale(panels, _batch_sizes(summary))
        name_axes(figure, panels, "Batch size (examples)", "Training examples per second, as fit costs")
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
    shifts = _shifts(list(dict.fromkeys(one.place for one in ratios)), _batch_sizes(summary))
    with theme():
        figure, panels = make_panels(1)
        for place, shift in shifts.items():
            points = [(float(one.batch_size), one.ratio) for one in ratios if one.place == place]
            _draw_line(panels[0], points, styles[place], shift)
        panels[0].axhline(1, color=INK, linewidth=1.0, linestyle=":", zorder=1)
        for one in summary.crossovers:
            if one.kind == "models" and (one.a, one.b) == pair and isinstance(one.where, Place):
                _draw_star(panels[0], one, 1.0, shifts[one.where])
        _scale(panels, _batch_sizes(summary))
        names = draw_labels(pair, _MAX_LETTERS)
        name_axes(figure, panels, "Batch size (examples)", f"Cost of {names[0]} / cost of {names[1]}")
        add_legend(figure, panels, [*_handles(summary, styles), *_stars(summary, "models", "the answer changes")])
    return figure


def draw_scaling(summary: HardwareSummary) -> Figure | None:
    """Draw the speed-up against the number of threads, a panel a network and machine; the ideal is dashed.

    Where only two numbers of threads were measured, each line would be two points: then it is against the batch size.
    """
    groups = list(dict.fromkeys((one.variant, one.machine) for one in summary.scalings))
    if not groups:
        return None
    if has_two_thread_counts(summary):
        return _draw_speedup(summary, groups)
    sizes = sorted({one.batch_size for one in summary.scalings})
    styles = dict(zip(sizes, case_styles(f"batch {size:,}" for size in sizes).values(), strict=True))
    threads = sorted({point.num_threads for one in summary.scalings for point in one.points})
    shifts = _shifts(sizes, threads)
    titles = draw_labels([group[0] if len(summary.machines) == 1 else " · ".join(group) for group in groups])
    with theme():
        figure, panels = make_panels(len(groups))
        for panel, group, title in zip(panels, groups, titles, strict=True):
            chosen = [one for one in summary.scalings if (one.variant, one.machine) == group]
            for one in chosen:
                _draw_line(panel, _scaling_points(one), styles[one.batch_size], shifts[one.batch_size])
            _draw_ideal(panel, sorted({point.num_threads for one in chosen for point in one.points}))
            panel.set_title(title)
        _scale(panels, threads)
        name_axes(figure, panels, "Threads", "Speed-up over the fewest threads")
        add_legend(figure, panels, [*map(case_handle, styles.values()), _ideal()])
    return figure


def has_two_thread_counts(summary: HardwareSummary) -> bool:
    """Tell whether scaling is from one number of threads to one other, everywhere the same two."""
    return len({tuple(point.num_threads for point in one.points) for one in summary.scalings}) == 1 and all(
        len(one.points) == 2  # noqa: PLR2004 - from one number to another
        for one in summary.scalings
    )


def _draw_speedup(summary: HardwareSummary, groups: Sequence[tuple[str, str]]) -> Figure:
    """Draw the speed-up from the fewer threads to the more against the batch size, a line a network and machine."""
    fewer, more = (point.num_threads for point in summary.scalings[0].points)
    sizes = sorted({one.batch_size for one in summary.scalings})
    names = [group[0] if len(summary.machines) == 1 else " · ".join(group) for group in groups]
    styles = dict(zip(groups, case_styles(names).values(), strict=True))
    shifts = _shifts(groups, sizes)
    with theme():
        figure, panels = make_panels(1)
        for group in groups:
            chosen = [one for one in summary.scalings if (one.variant, one.machine) == group]
            points = [(float(one.batch_size), one.points[1].speedup) for one in chosen]
            _draw_line(panels[0], sorted(points, key=lambda point: point[0]), styles[group], shifts[group])
        panels[0].axhline(1, color=INK, linewidth=1.0, linestyle=":", zorder=1)
        panels[0].axhline(more / fewer, color=FAINT, linestyle="--", linewidth=1.2, zorder=1)
        _scale(panels, sizes)
        name_axes(figure, panels, "Batch size (examples)", f"Speed-up from {fewer:,} to {more:,} threads")
        add_legend(figure, panels, [*map(case_handle, styles.values()), _ideal()])
    return figure


def _scaling_points(scaling: ThreadScaling) -> list[Point]:
    return [(float(point.num_threads), point.speedup) for point in scaling.points]


def _draw_ideal(panel: Axes, threads: Sequence[int]) -> None:
    ideal = [number / threads[0] for number in threads]
    panel.plot(threads, ideal, color=FAINT, linestyle="--", linewidth=1.2, zorder=1)


def _shifts(lines: Sequence[Line], ticks: Sequence[int]) -> Mapping[Line, float]:
    """Return the factor by which each line's points move sideways, so that none hides another's whisker.

    All keep close to the tick that they belong to, however many they are.
    """
    most = _CROWD / max(1, len(lines) - 1)
    step = min(_DODGE * max(1.0, math.log2(ticks[-1] / ticks[0])), most)
    return {line: 2 ** (step * (number - (len(lines) - 1) / 2)) for number, line in enumerate(lines)}


def _by_place(rows: Sequence[HardwareRow]) -> Mapping[Place, list[Point]]:
    places: dict[Place, list[Point]] = {}
    for row in rows:
        if row.fit_throughput is not None:
            places.setdefault(row.place, []).append((float(row.case.batch_size), row.fit_throughput))
    return places


def _draw_line(panel: Axes, points: Sequence[Point], style: CaseStyle, shift: float) -> None:
    """Draw one line with its bounds as whiskers, all moved sideways by a factor."""
    x, y = [x * shift for x, _ in points], [interval.value for _, interval in points]
    panel.plot(x, y, color=style.colour, marker=style.marker, markersize=5.5, markeredgecolor="white", linewidth=1.8)
    for place, (_, interval) in zip(x, points, strict=True):
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


def _draw_star(panel: Axes, crossover: Crossover, y: float, shift: float = 1.0) -> None:
    colour = _YELLOW if crossover.is_clear else "white"
    panel.plot(
        [crossover.crossing.x * shift], [y], marker="*", markersize=13, color=colour, markeredgecolor=INK, linestyle="",
        zorder=4,
    )  # fmt: skip


def _scale(panels: Sequence[Axes], ticks: Sequence[int]) -> None:
    """Take logarithmic axes, with a tick at each measured x, and figures without exponents."""
    from matplotlib.ticker import FixedLocator, NullLocator  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    panel = panels[0]
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    if len(ticks) == 1:
        panel.set_xlim(ticks[0] / 2, ticks[0] * 2)
    panel.xaxis.set_major_locator(FixedLocator(list(ticks)))
    panel.xaxis.set_minor_locator(NullLocator())
    mark_logarithm(panel.yaxis)
    plain_ticks(panel)


def _batch_sizes(summary: HardwareSummary) -> list[int]:
    return sorted({row.case.batch_size for row in summary.rows if row.fit_throughput})


def _handles(summary: HardwareSummary, styles: Mapping[Place, CaseStyle]) -> list[Line2D]:
    return [case_handle(style) for place, style in styles.items() if place in _shown(summary)]


def _shown(summary: HardwareSummary) -> set[Place]:
    return {row.place for row in summary.rows if row.fit_throughput}


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
