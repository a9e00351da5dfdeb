"""Where each epoch's seconds went: training, first step, validation, the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.analysis.results import CaseSummary, RunSummary
from reports.figures.axes import MAX_CASES, add_legend, make_panels, mark_epochs, name_axes
from reports.theme import case_styles, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# From the bottom up, each lighter than the one below but for the first step, which must be seen however thin it is.
_PARTS = {
    "training": "#0072B2",
    "first step": "#D55E00",
    "validation": "#9AD0F0",
    "other": "#D9D9D9",
}


def draw_ledger(summary: RunSummary) -> Figure | None:
    """Draw the seconds of each epoch as stacked bars, one panel a case on common axes."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - see `reports.theme.theme`

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
    import seaborn as sns  # noqa: PLC0415 - see `reports.theme.theme`

    cells = [
        (epoch.epoch, part, seconds)
        for epoch in case.ledger
        for part, seconds in zip(_PARTS, (epoch.train_s, epoch.first_step_s, epoch.val_s, epoch.other_s), strict=True)
    ]
    sns.histplot(
        x=[epoch for epoch, _, _ in cells], hue=[part for _, part, _ in cells],
        weights=[seconds for _, _, seconds in cells],
        # histplot stacks the last of the order at the bottom.
        hue_order=list(reversed(_PARTS)), palette=list(reversed(_PARTS.values())), multiple="stack", discrete=True,
        shrink=0.75, alpha=1, edgecolor="white", linewidth=0.4, legend=False, ax=panel,
    )  # fmt: skip
    panel.grid(visible=False, axis="x")
