"""Which seeds reached a target after how many training seconds: steps of their share, or of many cases a row each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bench.analysis.summary_types import CaseSummary, RunSummary, TargetResult
from bench.analysis.trial.time_to_target import reached_shares
from bench.reports.kit.figures.axes import MAX_CASES, MAX_COLUMNS, add_legend, case_handle, make_panels, name_axes
from bench.reports.kit.figures.theme import COLOURS, GRID, CaseStyle, case_styles, new_figure, theme
from bench.units import format_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_LINES = len(COLOURS)  # with more, two lines would have one colour
_MAX_TARGETS = 6
_ROW_IN = 0.24
_ROOM = 0.04  # so that a line at 0 or 1 is no part of the frame
_MAX_VECTOR_MARKERS = 1000  # of a figure: more are a picture within the page's drawing, as its dots are


def draw_share_reached(summary: RunSummary) -> Figure | None:
    """Draw one panel for each of the run's first six targets, a line a case; None where no trial tells."""
    cases = tried_cases(summary)
    num_targets = min(len(summary.targets), _MAX_TARGETS)
    if not cases or not num_targets:
        return None
    styles = case_styles(case.label for case in summary.cases)
    results = [result for case in cases for result in case.targets[:num_targets]]
    if len(cases) > MAX_LINES:
        is_picture = sum(result.num_trials for result in results) > _MAX_VECTOR_MARKERS
        return _draw_rows(cases, summary.targets[:num_targets], styles, is_picture=is_picture)
    is_picture = sum(result.hits for result in results) > _MAX_VECTOR_MARKERS
    with theme():
        figure, panels = make_panels(num_targets)
        for place, panel in enumerate(panels):
            panel.set_title(f"{format_percent(summary.targets[place])} validation accuracy")
            for case in cases:
                steps = reached_shares(case.targets[place])
                _draw_steps(panel, steps, styles[case.label], is_picture=is_picture)
        panels[0].set(ylim=(-_ROOM, 1 + _ROOM), yticks=(0, 0.25, 0.5, 0.75, 1))
        panels[0].set_xlim(left=0)
        name_axes(figure, panels, "Training time (s) until a validation saw it", "Share of seeds that reached it")
        add_legend(figure, panels, [case_handle(styles[case.label]) for case in cases])
    return figure


def tried_cases(summary: RunSummary) -> list[CaseSummary]:
    """Return the cases that the figure shows."""
    told = [case for case in summary.cases if case.curve.points and case.case.reports_times]
    return [case for case in told if any(result.num_trials for result in case.targets)][:MAX_CASES]


def _draw_rows(
    cases: Sequence[CaseSummary], targets: Sequence[float], styles: Mapping[str, CaseStyle], *, is_picture: bool
) -> Figure:
    """Draw a panel for each target, a row a case, and a marker a seed at the seconds that it took."""
    columns = min(len(targets), MAX_COLUMNS)
    rows = math.ceil(len(targets) / columns)
    with theme():
        figure = new_figure(0.6 + (0.5 + _ROW_IN * len(cases)) * rows)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        panels = [panel for row in grid for panel in row]
        for panel in panels[len(targets) :]:
            panel.set_visible(False)
        for place, (panel, target) in enumerate(zip(panels, targets, strict=False)):
            panel.set_title(f"{format_percent(target)} validation accuracy")
            panel.grid(visible=False, axis="y")
            for height, case in enumerate(cases):
                _draw_row(panel, height, case.targets[place], styles[case.label], is_picture=is_picture)
        panels[0].set_yticks(range(len(cases)), [styles[case.label].name for case in cases])
        panels[0].set(ylim=(len(cases) - 0.5, -0.5))
        panels[0].set_xlim(left=0)
        figure.supxlabel("Training time (s) until a validation saw it", fontsize=9)
    return figure


def _draw_row(panel: Axes, height: int, result: TargetResult, style: CaseStyle, *, is_picture: bool) -> None:
    """Draw a filled marker at each hit, and a hollow one where a budget ended without."""
    panel.axhline(height, color=GRID, linewidth=0.8, zorder=1)
    for outcome, face, size in (("miss", "white", 7), ("hit", style.colour, 5)):
        seconds = [trial.train_s for trial in result.trials if trial.outcome == outcome]
        if seconds:
            panel.plot(
                seconds, [height] * len(seconds), color=style.colour, linestyle="", marker=style.marker,
                markersize=size, markerfacecolor=face, markeredgewidth=1.2, zorder=3, clip_on=False,
                rasterized=is_picture,
            )  # fmt: skip


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
