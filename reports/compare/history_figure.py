"""A metric over many runs: a panel a case, each run's mean with its bounds, the levels, and where one begins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bench.analysis.trial.measures import Measure
from bench.compare.history_types import CaseHistory, History, HistoryPoint
from bench.reports.kit.figures.axes import name_axes
from bench.reports.kit.figures.theme import FAINT, INK, CaseStyle, case_styles, new_figure, theme
from bench.reports.kit.measures import format_effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_PANELS = 12
_PANEL_HEIGHT_IN = 1.75
_MAX_TICKS = 7
_MAX_LETTERS = 60  # of a title, which has the figure's width
_NARROWEST = 0.05  # of the middle value: an axis that shows less would blow noise up
_ROOM = 0.15  # above and below the values, as a share of their span
_LABEL_WIDTH = 0.09  # of a panel: change points closer than this have no room for two figures
_GIB = 2**30


@dataclass(frozen=True)
class _Axis:
    """What the y axis says, and the unit that the values are divided by."""

    name: str
    unit: float = 1.0


_AXES: Mapping[Measure, _Axis] = {
    "throughput": _Axis("Training examples per second, steady"),
    "fit_throughput": _Axis("Training examples per second, as fit costs"),
    "first_step_s": _Axis("First step (s)"),
    "train_s_to_target": _Axis("Training time to the target (s)"),
    "peak_rss_bytes": _Axis("Peak memory (GiB)", _GIB),
    "peak_device_bytes": _Axis("Peak device memory (GiB)", _GIB),
    "final_val_accuracy": _Axis("Final validation accuracy"),
}


def draw_history(history: History) -> Figure | None:
    """Draw the first twelve cases that have a point; None where none has.

    The runs stand at even distances in the order of time: a night of many runs would be a blot on a scale of weeks.
    """
    cases = [case for case in history.cases if case.points][:MAX_PANELS]
    if not cases:
        return None
    moments = _moments(cases)
    styles = case_styles((case.label for case in history.cases), _MAX_LETTERS)
    axis = _AXES[history.measure]
    with theme():
        figure = new_figure(0.8 + _PANEL_HEIGHT_IN * (len(cases) + (len(cases) == 1)))
        panels = list(figure.subplots(len(cases), 1, sharex=True, squeeze=False)[:, 0])
        for panel, case in zip(panels, cases, strict=True):
            _draw_case(panel, case, list(moments), styles[case.label], axis, history.measure)
            panel.set_title(styles[case.label].name)
        _mark_dates(panels[-1], list(moments.values()))
        name_axes(figure, panels, "Run, oldest first (UTC)", axis.name)
    return figure


def _moments(cases: Sequence[CaseHistory]) -> Mapping[str, datetime]:
    """Return when each run that has a point was made, the oldest first."""
    points = {point.run_id: point.created_at for case in cases for point in case.points}
    return dict(sorted(points.items(), key=lambda item: (item[1], item[0])))


def _draw_case(
    panel: Axes, case: CaseHistory, run_ids: Sequence[str], style: CaseStyle, axis: _Axis, measure: Measure
) -> None:
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    places = [run_ids.index(point.run_id) for point in case.points]
    lows, highs = _bounds(case.points, axis.unit)
    _draw_points(panel, list(zip(places, lows, highs, case.points, strict=True)), style, axis)
    for level in case.levels:
        panel.hlines(
            level.mean / axis.unit, places[level.first] - 0.4, places[level.last] + 0.4, color=style.colour,
            linewidth=2.0,
        )  # fmt: skip
    panel.set(xlim=(-0.7, len(run_ids) - 0.3), ylim=_limits(lows, highs, is_share=measure == "final_val_accuracy"))
    panel.grid(visible=False, axis="x")
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    _mark_changes(panel, case, places, len(run_ids), measure)


def _draw_points(
    panel: Axes, places: Sequence[tuple[int, float, float, HistoryPoint]], style: CaseStyle, axis: _Axis
) -> None:
    """Draw each mean with its bounds, and what is an upper bound itself as a hollow triangle that points down."""
    known = [place for place in places if not place[3].is_bound]
    panel.vlines(
        [x for x, *_ in known], [low for _, low, _, _ in known], [high for _, _, high, _ in known], color=style.colour,
        linewidth=1.0, alpha=0.5,
    )  # fmt: skip
    panel.plot(
        [x for x, *_ in known], [point.mean.value / axis.unit for *_, point in known], color=style.colour,
        marker=style.marker, markersize=4.5, markeredgecolor="white", markeredgewidth=0.5, linestyle="", zorder=4,
    )  # fmt: skip
    bounds = [(x, point.mean.value / axis.unit) for x, _, _, point in places if point.is_bound]
    panel.plot(
        [x for x, _ in bounds], [y for _, y in bounds], marker="v", markersize=5.5, markerfacecolor="white",
        markeredgecolor=style.colour, markeredgewidth=1.0, linestyle="", zorder=4,
    )  # fmt: skip


def _bounds(points: Sequence[HistoryPoint], unit: float) -> tuple[list[float], list[float]]:
    lows = [point.mean.value if point.mean.low is None else point.mean.low for point in points]
    highs = [point.mean.value if point.mean.high is None else point.mean.high for point in points]
    return [low / unit for low in lows], [high / unit for high in highs]


def _limits(lows: Sequence[float], highs: Sequence[float], *, is_share: bool) -> tuple[float, float]:
    """Return y limits around all values, no narrower than a twentieth of them: noise must not fill the panel."""
    low, high = min(lows), max(highs)
    middle = (low + high) / 2
    span = max(high - low, abs(middle) * _NARROWEST) or 1.0
    reach = span / 2 + span * _ROOM
    top = middle + reach
    return max(0.0, middle - reach), min(top, 1.0 + span * _ROOM) if is_share else top


def _mark_changes(panel: Axes, case: CaseHistory, places: Sequence[int], num_runs: int, measure: Measure) -> None:
    """Draw a line where a level begins, with how much it changed by where two figures do not meet."""
    last = -math.inf
    for change in case.changes:
        at = (places[change.index - 1] + places[change.index]) / 2
        panel.axvline(at, color=INK, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        if at - last >= _LABEL_WIDTH * num_runs:
            is_late = at > (1 - _LABEL_WIDTH) * num_runs
            panel.annotate(
                format_effect(change.effect, measure), (at, 1), xycoords=panel.get_xaxis_transform(),
                xytext=(-4 if is_late else 4, -2), textcoords="offset points", ha="right" if is_late else "left",
                va="top", fontsize=8.5, color=INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            )  # fmt: skip
            last = at


def _mark_dates(panel: Axes, moments: Sequence[datetime]) -> None:
    """Name some runs by their date, by their hour too where all are of a day or two."""
    step = math.ceil(len(moments) / _MAX_TICKS)
    is_short = (moments[-1] - moments[0]).days < 2  # noqa: PLR2004 - days
    chosen = range(0, len(moments), step)
    pattern = "%m-%d %H:%M" if is_short else "%Y-%m-%d"
    panel.set_xticks(list(chosen), [f"{moments[place]:{pattern}}" for place in chosen])
    panel.tick_params(axis="x", color=FAINT)
