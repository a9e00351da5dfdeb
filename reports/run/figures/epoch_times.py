"""Where each epoch's seconds went: steps, first step, iterator, validation, what is between two epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.figures.axes import MAX_CASES, add_legend, make_panels, mark_epochs, name_axes
from bench.reports.kit.figures.theme import case_styles, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# From the bottom up, each lighter than the one below but for the first step, which must be seen however thin it is.
_PARTS = {
    "steps": "#0072B2",
    "first step": "#D55E00",
    "iterator": "#E8B95A",
    "validation": "#9AD0F0",
    "other": "#D9D9D9",
}


def draw_ledger(summary: RunSummary) -> Figure | None:
    """Draw the seconds of each epoch as stacked bars, one panel a case on common axes."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    cases = [case for case in summary.cases if case.ledger][:MAX_CASES]
    if not cases:
        return None
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


def _draw_stack(panel: Axes, case: CaseSummary) -> None:
    epochs = [epoch.epoch for epoch in case.ledger]
    parts = zip(*((e.steady_s, e.first_step_s, e.iterator_s, e.val_s, e.other_s) for e in case.ledger), strict=True)
    feet = np.zeros(len(epochs))
    for colour, seconds in zip(_PARTS.values(), parts, strict=True):
        panel.bar(epochs, seconds, width=0.75, bottom=feet, color=colour, edgecolor="white", linewidth=0.4)
        feet += seconds
    panel.grid(visible=False, axis="x")
