"""Throughput as `fit` costs and first step of every case, with every trial's dot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from bench.analysis.summary_types import CaseSummary, Interval, RunSummary, TrialSummary
from bench.reports.kit.figures.axes import MAX_CASES, name_rows
from bench.reports.kit.figures.theme import FAINT, INK, CaseStyle, case_styles, new_figure, theme
from bench.units import format_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROOM_AT_THE_END = 1.22  # of the axis, for the last bar's figure
_OPACITY = 0.45  # of a bar, on which dots must be seen
_MAX_VECTOR_DOTS = 1000  # more are a picture within the page's drawing: each by itself is 100 bytes and a shape

_Row = tuple[CaseSummary, Interval | None, list[float]]


def draw_throughput(summary: RunSummary) -> Figure | None:
    """Draw examples per second (left) and the first step's seconds (right), one row a case."""
    cases = [case for case in summary.cases if case.fit_throughput][:MAX_CASES]
    if not cases:
        return None
    styles = case_styles(case.label for case in summary.cases)
    with theme():
        figure = new_figure(1.3 + 0.42 * len(cases), gap=0.06)
        rates, first = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        _draw_bars(rates, _rows(cases, lambda case: case.fit_throughput, lambda trial: trial.fit_throughput), styles)
        _draw_bars(first, _rows(cases, lambda case: case.first_step_s, lambda trial: trial.first_step_s), styles)
        name_rows(rates, [case.label for case in cases], [case.label for case in summary.cases])
        rates.set(title="Throughput as fit costs", xlabel="Training examples per second")
        first.set(title="First step, not in the throughput", xlabel="Seconds")
    return figure


def _rows(
    cases: Sequence[CaseSummary],
    interval_of: Callable[[CaseSummary], Interval | None],
    value_of: Callable[[TrialSummary], float | None],
) -> list[_Row]:
    values = ([value_of(trial) for trial in case.trials] for case in cases)
    return [
        (case, interval_of(case), [value for value in row if value is not None])
        for case, row in zip(cases, values, strict=True)
    ]


def _draw_bars(panel: Axes, rows: Sequence[_Row], styles: Mapping[str, CaseStyle]) -> None:
    """Draw bars for the cases' figures, whiskers for their intervals, and dots for the trials."""
    import seaborn as sns  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    looks = [styles[case.label] for case, _, _ in rows]
    places = [str(place) for place in range(len(rows))]
    sns.barplot(
        x=[interval.value if interval else 0.0 for _, interval, _ in rows], y=places, hue=places, ax=panel,
        palette=[look.colour for look in looks], saturation=1, alpha=_OPACITY, width=0.62, errorbar=None, legend=False,
    )  # fmt: skip
    dots = [(value, place) for place, (_, _, values) in zip(places, rows, strict=True) for value in values]
    is_picture = len(dots) > _MAX_VECTOR_DOTS  # in a grey that can be seen on dark paper, too
    # No jitter: it is random, and a report must rebuild to the same bytes.
    sns.stripplot(
        x=[value for value, _ in dots], y=[place for _, place in dots], order=places, ax=panel, size=4, alpha=0.7,
        jitter=False, color=FAINT if is_picture else INK, rasterized=is_picture,
    )  # fmt: skip
    for place, (_, interval, values) in enumerate(rows):
        if interval and interval.low is not None and interval.high is not None:
            panel.hlines(place + 0.22, interval.low, interval.high, color=INK, linewidth=1.6)
        if interval:
            _write_value(panel, place, interval, values)
    panel.set(ylabel="")
    panel.grid(visible=False, axis="y")
    _, right = panel.get_xlim()
    panel.set_xlim(0, right * _ROOM_AT_THE_END)
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.xaxis.set_major_formatter("{x:,g}")


def _write_value(panel: Axes, place: int, interval: Interval, values: Sequence[float]) -> None:
    """Write a bar's figure right of everything in its row: on a bar it would need another ink for each colour."""
    end = max([interval.value, interval.high or 0.0, *values])
    panel.annotate(
        format_rate(interval.value), (end, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8,
        color=INK,
    )  # fmt: skip
