"""What the figures share: panels for few or many cases, honest accuracy limits, and a legend that covers nothing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Literal

import numpy as np

from bench.analysis.statistics.interval import Floats
from bench.reports.kit.figures.theme import INK, CaseStyle, draw_labels, new_figure
from bench.units import format_percent

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MAX_COLUMNS = 3
MAX_CASES = 18  # of a figure: more panels are no page, and a second each to lay out
_PANEL_HEIGHT_IN = 2.1
_SINGLE_HEIGHT_IN = 3.8
_NARROW_SPAN = 0.3
_CROWDED = 0.9  # above it, accuracies that differ twofold in their errors lie on one another
_ERROR_MARGIN = 0.06  # of the decades that are shown, or of half a decade
_LEAST_ERROR = 1e-6  # one example of a million
_ERROR_STEPS_ALONE = (1, 2, 5)
_ERROR_STEPS_BESIDE = (1, 3)
_MAX_TICKS_ALONE = 12
_MAX_TICKS_BESIDE = 5
_FEWEST_TICKS = 3
_TICK_STEPS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
_EPOCH_STEPS_FROM_1 = (1, 2)
_ROUND_STEPS = (1, 2, 5, 10)
_CLOSE = 0.08  # of an axis
_ROW_LETTERS = 92  # on three lines, which is what a row has room for in small letters
_LETTERS_A_LINE = 34
_LINES_OF_FULL_SIZE = 2
_SMALL = 7.5
_LETTERS_A_LEGEND = 120  # of a legend's font side by side in a figure
_LETTERS_A_HANDLE = 9  # an entry's line and the gaps around it


def make_panels(num_panels: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with so many panels on common axes, at most three in a row; spare places stay empty."""
    columns = min(num_panels, MAX_COLUMNS)
    rows = math.ceil(num_panels / columns)
    figure = new_figure(_SINGLE_HEIGHT_IN if num_panels == 1 else 0.9 + _PANEL_HEIGHT_IN * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = [panel for row in grid for panel in row]
    for place, spare in enumerate(panels[num_panels:], start=num_panels):
        spare.set_visible(False)
        # The panel above a spare place is the last of its column, so it shows the ticks.
        panels[place - columns].tick_params(labelbottom=True)
    return figure, panels[:num_panels]


def accuracy_limits(values: Iterable[float]) -> tuple[float, float]:
    """Return the y limits of an accuracy axis: never above 1, low enough for every value, on a round figure.

    A span of less than 0.3 is cut on a hundredth, a wider one on a tenth; nothing is ever drawn outside.
    """
    lowest = min(values)
    step = 0.01 if 1 - lowest < _NARROW_SPAN else 0.1
    low = max(0.0, math.floor(lowest / step + 1e-9) * step - step / 2)
    return round(low, 3), 1 + (1 - low) * 0.02


def are_crowded(values: Collection[float]) -> bool:
    """Tell whether half of some accuracies or more are so near 1 that what tells them apart is their error."""
    return statistics.median(values) > _CROWDED


def scale_accuracy(panels: Sequence[Axes], values: Collection[float]) -> str:
    """Fit the accuracy axis that panels share to its values, and return its unit, for its name.

    Where half of them or more are above 0.9, what tells curves apart is the error, 1 − accuracy: it is what is then
    drawn, on a logarithmic scale, best above. No error at all is drawn as half of the least.
    """
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415 - see `case_handle`

    panel, percent = panels[0], FuncFormatter(lambda share, _: format_percent(share))
    if not are_crowded(values):
        panel.set_ylim(accuracy_limits(values))
        panel.yaxis.set_major_formatter(percent)
        return "% of examples"
    least = max(min((1 - value for value in values if value < 1), default=1 - _CROWDED) / 2, _LEAST_ERROR)
    panel.set_yscale("function", functions=_error_scale(least))
    low, high = (-math.log10(max(1 - share, least)) for share in (min(values), max(values)))
    margin = _ERROR_MARGIN * max(high - low, 0.5)
    top = 1 - 10 ** -(high + margin)
    panel.set_ylim(1 - 10 ** (margin - low), top if top < 1 - least else 1 + margin)
    _mark_errors(panel, len(panels), least)
    panel.yaxis.set_major_formatter(percent)  # last, since a scale sets its own
    return "%, error logarithmic"


def _error_scale(least: float) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    """Return the place of a share in decades of its error, and the way back; above 1 there is room for a margin."""
    top = -math.log10(least)

    def place(share: Floats) -> Floats:
        return -np.log10(np.maximum(1 - share, least)) + np.maximum(share - 1, 0)

    def share(place: Floats) -> Floats:
        return np.where(place < top, 1 - 10.0**-place, 1 + place - top)

    return place, share


def _mark_errors(panel: Axes, num_panels: int, least: float) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator  # noqa: PLC0415 - see `case_handle`

    low, high = panel.get_ylim()[0], min(panel.get_ylim()[1], 1 - least)
    steps = _ERROR_STEPS_ALONE if num_panels == 1 else _ERROR_STEPS_BESIDE
    decades = range(math.floor(math.log10(1 - high)), 1)
    ticks = [1 - step * 10.0**decade for decade in decades for step in steps]
    panel.yaxis.set_major_locator(FixedLocator(sorted(tick for tick in ticks if max(low, 0) <= tick <= high)))
    panel.yaxis.set_minor_locator(NullLocator())


def plain_ticks(panel: Axes) -> None:
    """Write the ticks of logarithmic axes as figures, `1,024`, and none between: the theme turns mathematics off."""
    from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: PLC0415 - see `case_handle`

    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())


def spread_ticks(low: float, high: float) -> list[float]:
    """Return round ticks for a logarithmic axis, at least three of them also where it spans less than a decade.

    1 is among them wherever it is in view: of a ratio it says that there is no difference.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - see `case_handle`

    for steps in _TICK_STEPS:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= _FEWEST_TICKS:
            return inside
    ticks = [float(tick) for tick in MaxNLocator(nbins=4).tick_values(low, high) if low <= tick <= high]
    if not low <= 1 <= high:
        return ticks
    far = [tick for tick in ticks if abs(tick - 1) > (high - low) * _CLOSE]  # two figures would touch
    return sorted([*far, 1.0])


def mark_logarithm(axis: Axis) -> None:
    """Put round ticks on a logarithmic axis that shows all its data already."""
    from matplotlib.ticker import FixedLocator, NullLocator  # noqa: PLC0415 - see `case_handle`

    low, high = axis.get_view_interval()
    axis.set_major_locator(FixedLocator(spread_ticks(low, high)))
    axis.set_minor_locator(NullLocator())


def mark_epochs(panels: Sequence[Axes], num_epochs: int) -> None:
    """Put ticks on whole epochs, on the first one and, of many, on round numbers; no more of them than have room."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    most = _MAX_TICKS_ALONE if len(panels) == 1 else _MAX_TICKS_BESIDE
    step = math.ceil(num_epochs / most)
    if step in _EPOCH_STEPS_FROM_1:
        ticks = [*range(1, num_epochs + 1, step)]
    else:
        found = MaxNLocator(most, steps=_ROUND_STEPS).tick_values(0, num_epochs)
        ticks = [1, *(round(tick) for tick in found if 0 < tick <= num_epochs)]
    panels[0].set_xticks(ticks)
    panels[0].set_xlim(0.5, num_epochs + 0.5)


def name_axes(figure: Figure, panels: Sequence[Axes], x: str, y: str) -> None:
    """Name a single panel's axes on the panel, and common axes once for the whole figure."""
    for panel in panels:
        panel.set(xlabel="", ylabel="")
    if len(panels) == 1:
        panels[0].set(xlabel=x, ylabel=y)
    else:
        figure.supxlabel(x, fontsize=9)
        figure.supylabel(y, fontsize=9)


def name_rows(panel: Axes, shown: Sequence[str], labels: Sequence[str]) -> None:
    """Write beside the rows the names of `shown`, some of a report's labels, each on as many lines as it needs.

    A row has room for settings that a legend would have to leave out.
    """
    names = dict(zip(labels, draw_labels(labels, _ROW_LETTERS), strict=True))
    lines = [_break_name(names[label]) for label in shown]
    panel.set_yticks(range(len(shown)), ["\n".join(parts) for parts in lines])
    if max(map(len, lines)) > _LINES_OF_FULL_SIZE:
        panel.tick_params(axis="y", labelsize=_SMALL)
    panel.set(ylim=(len(shown) - 0.5, -0.5))


def _break_name(name: str) -> list[str]:
    """Return a name's lines, none of which begins with the dot between two settings."""
    bound = name.replace(" ·", "\N{NO-BREAK SPACE}·")
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrap(bound, _LETTERS_A_LINE, break_on_hyphens=False)]


def add_legend(figure: Figure, panels: Sequence[Axes], handles: Sequence[Artist]) -> None:
    """Put the legend where it can cover nothing: right of a single panel, above several, which need the width."""
    if len(panels) == 1:
        figure.legend(handles=handles, loc="outside right upper", alignment="left")
    else:
        columns = legend_columns([str(handle.get_label()) for handle in handles])
        figure.legend(handles=handles, loc="outside upper right", ncols=columns)


def legend_columns(labels: Sequence[str]) -> int:
    """Return in how many columns a legend above several panels is as low as can be and not wider than the figure."""
    for columns in range(len(labels), 1, -1):
        height, longer = divmod(len(labels), columns)  # matplotlib fills column by column, the first ones longer
        starts = [place * height + min(place, longer) for place in range(columns + 1)]
        widths = [max(map(len, labels[start:end])) + _LETTERS_A_HANDLE for start, end in pairwise(starts)]
        if sum(widths) <= _LETTERS_A_LEGEND:
            return columns
    return 1


def case_handle(style: CaseStyle) -> Line2D:
    """Return a legend's line for a case."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - half a second that only a report pays for

    return Line2D([], [], color=style.colour, marker=style.marker, markersize=5, linewidth=1.8, label=style.name)


def kind_handle(label: str, linestyle: Literal["-", "--"], dot: Literal["full", "none"] | None = None) -> Line2D:
    """Return a legend's line for what a dash means, and a filled or hollow dot where some lines are but one point."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - see `case_handle`

    return Line2D(
        [], [], color=INK, linestyle=linestyle, linewidth=1.4, marker="o" if dot else "", markersize=4,
        fillstyle=dot or "full", label=label,
    )  # fmt: skip
