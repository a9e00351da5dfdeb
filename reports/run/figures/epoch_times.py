"""Where each epoch's seconds went: steps, first step, iterator, validation, what is between two epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.analysis.summary_types import CaseSummary, EpochSeconds, RunSummary
from bench.reports.kit.figures.axes import MAX_CASES, add_legend, make_panels, mark_epochs, name_axes, name_rows
from bench.reports.kit.figures.theme import FAINT, case_styles, new_figure, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# From the bottom up, in colours that a page has on dark paper, too.
_PARTS = {
    "steps": "#0072B2",
    "first step": "#D55E00",
    "iterator": "#E69F00",
    "validation": "#56B4E9",
    "other": FAINT,
}
MAX_PANELS = 6  # a panel each for more cases is two pages of the same
_MAX_APART = 100  # epochs
_ROW_IN = 0.4
_BAR = 0.36  # of a row, which has two


def draw_ledger(summary: RunSummary) -> Figure | None:
    """Draw the seconds of each epoch as stacked bars, one panel a case on common axes; of many cases one row each."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    cases = timed_cases(summary)
    if not cases:
        return None
    if len(cases) > MAX_PANELS:
        return _draw_rows(summary, cases)
    styles = case_styles(case.label for case in summary.cases)
    with theme():
        figure, panels = make_panels(len(cases))
        for panel, case in zip(panels, cases, strict=True):
            _draw_stack(panel, case)
            panel.set_title(styles[case.label].name)
        mark_epochs(panels, max(case.ledger[-1].epoch for case in cases))
        name_axes(figure, panels, "Epoch", "Seconds per epoch")
        patches = [Patch(facecolor=colour, label=part) for part, colour in reversed(_PARTS.items())]
        add_legend(figure, panels, patches)
    return figure


def timed_cases(summary: RunSummary) -> list[CaseSummary]:
    """Return the cases that the figure shows."""
    return [case for case in summary.cases if case.ledger][:MAX_CASES]


def _draw_rows(summary: RunSummary, cases: Sequence[CaseSummary]) -> Figure:
    """Draw two bars a case: the first epoch, and below it the mean of the later ones."""
    with theme():
        figure = new_figure(1.1 + _ROW_IN * len(cases))
        panel = figure.subplots()
        firsts = [_parts(case.ledger[:1]) for case in cases]
        later = [_parts(case.ledger[1:]) for case in cases]
        for shift, bars in ((-_BAR / 2, firsts), (_BAR / 2, later)):
            _draw_row_bars(panel, shift, bars)
        name_rows(panel, [case.label for case in cases], [case.label for case in summary.cases])
        panel.set(xlabel="Seconds per epoch")
        panel.grid(visible=False, axis="y")
        handles = [panel.containers[place] for place in range(len(_PARTS))]
        figure.legend(handles=handles, labels=list(_PARTS), loc="outside upper right", ncols=len(_PARTS))
    return figure


def _draw_row_bars(panel: Axes, shift: float, bars: Sequence[Sequence[float]]) -> None:
    places, feet = np.arange(len(bars)) + shift, np.zeros(len(bars))
    for number, colour in enumerate(_PARTS.values()):
        widths = np.array([parts[number] for parts in bars])
        panel.barh(places, widths, height=_BAR, left=feet, color=colour, edgecolor="white", linewidth=0.4)
        feet += widths


def _parts(epochs: Sequence[EpochSeconds]) -> list[float]:
    """Return the mean seconds of each part over some epochs, in the order of `_PARTS`; zeros of none."""
    told = [(epoch.steady_s, epoch.first_step_s, epoch.iterator_s, epoch.val_s, epoch.other_s) for epoch in epochs]
    return [math.fsum(part) / len(told) for part in zip(*told, strict=True)] if told else [0.0] * len(_PARTS)


def _draw_stack(panel: Axes, case: CaseSummary) -> None:
    epochs = [epoch.epoch for epoch in case.ledger]
    parts = zip(*(_parts([epoch]) for epoch in case.ledger), strict=True)
    feet = np.zeros(len(epochs))
    # Edges and gaps would leave nothing of hundreds of bars.
    apart, together = {"width": 0.75, "edgecolor": "white", "linewidth": 0.4}, {"width": 1.0, "linewidth": 0.0}
    shape: dict[str, Any] = apart if len(epochs) <= _MAX_APART else together
    for colour, seconds in zip(_PARTS.values(), parts, strict=True):
        panel.bar(epochs, seconds, bottom=feet, color=colour, **shape)
        feet += seconds
    panel.grid(visible=False, axis="x")
