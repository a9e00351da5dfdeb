"""The share of seeds that reached a target against training seconds: each step is a seed that reached it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.analysis.summary_types import RunSummary
from bench.analysis.trial.time_to_target import reached_shares
from bench.reports.kit.figures.axes import MAX_CASES, add_legend, case_handle, make_panels, name_axes
from bench.reports.kit.figures.theme import CaseStyle, case_styles, theme
from bench.units import format_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_TARGETS = 6
_ROOM = 0.04  # so that a line at 0 or 1 is no part of the frame
_MAX_VECTOR_MARKERS = 1000  # of a figure: more are a picture within the page's drawing, as its dots are


def draw_share_reached(summary: RunSummary) -> Figure | None:
    """Draw one panel for each of the run's first six targets, a line a case; None where no trial tells."""
    told = [case for case in summary.cases if case.curve.points]
    cases = [case for case in told if any(result.num_trials for result in case.targets)][:MAX_CASES]
    num_targets = min(len(summary.targets), _MAX_TARGETS)
    if not cases or not num_targets:
        return None
    styles = case_styles(case.label for case in summary.cases)
    num_hits = sum(result.hits for case in cases for result in case.targets[:num_targets])
    with theme():
        figure, panels = make_panels(num_targets)
        for place, panel in enumerate(panels):
            panel.set_title(f"{format_percent(summary.targets[place])} validation accuracy")
            for case in cases:
                steps = reached_shares(case.targets[place])
                _draw_steps(panel, steps, styles[case.label], is_picture=num_hits > _MAX_VECTOR_MARKERS)
        panels[0].set(ylim=(-_ROOM, 1 + _ROOM), yticks=(0, 0.25, 0.5, 0.75, 1))
        panels[0].set_xlim(left=0)
        name_axes(figure, panels, "Training time (s), validation not counted", "Share of seeds that reached it")
        add_legend(figure, panels, [case_handle(styles[case.label]) for case in cases])
    return figure


def _draw_steps(panel: Axes, steps: tuple[tuple[float, float], ...], style: CaseStyle, *, is_picture: bool) -> None:
    """Draw one case's steps with a filled marker at each hit; a hollow one ends a line whose budget gave the rest up.

    The hollow marker is the larger one and lies below, so that a hit at the budget's end still shows.
    """
    if not steps:
        return
    *hits, (end_s, share) = steps[1:]
    panel.step(
        [seconds for seconds, _ in steps], [share for _, share in steps], where="post", color=style.colour,
        linewidth=1.8, zorder=3,
    )  # fmt: skip
    if hits:
        panel.plot(
            [seconds for seconds, _ in hits], [share for _, share in hits], color=style.colour, linestyle="",
            marker=style.marker, markersize=5, zorder=5, rasterized=is_picture, clip_on=False,
        )  # fmt: skip
    if share < 1:
        panel.plot(
            [end_s], [share], color=style.colour, linestyle="", marker=style.marker, markersize=8,
            markerfacecolor="white", markeredgewidth=1.4, zorder=4, clip_on=False,
        )  # fmt: skip
