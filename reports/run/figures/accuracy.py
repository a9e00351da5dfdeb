"""Accuracy per epoch, and validation accuracy against training seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bench.analysis.statistics.interval import Floats
from bench.analysis.summary_types import CaseSummary, RunSummary, SeedCurve
from bench.analysis.trial.validations import Validation
from bench.reports.kit.figures.axes import (
    MAX_CASES,
    MAX_COLUMNS,
    add_legend,
    case_handle,
    kind_handle,
    make_panels,
    mark_epochs,
    name_axes,
    scale_accuracy,
)
from bench.reports.kit.figures.direct_labels import NamedCurve, name_ends
from bench.reports.kit.figures.theme import FAINT, INK, CaseStyle, case_styles, theme
from bench.reports.run.thin_curves import most_seeds
from bench.units import format_percent

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Curve = tuple[Sequence[float], Sequence[float | None]]
# Above these a single panel is a thicket and each case gets its own.
_MAX_TOGETHER_EPOCHS = 4
_MAX_TOGETHER_SECONDS = 8
_MAX_LINEAR_RATIO = 20
_MAX_MARKERS = 30  # of a curve
# What a target's two lines of text need of a panel's height.
_LABEL_ROOM_ALONE = 0.08
_LABEL_ROOM_BESIDE = 0.16


def draw_accuracy_per_epoch(summary: RunSummary) -> Figure | None:
    """Draw training (dashed) and validation accuracy (solid) per epoch, seeds thin and the aggregate thick."""
    cases = [case for case in summary.cases if case.curve.points][:MAX_CASES]
    if not cases:
        return None
    styles = case_styles(case.label for case in summary.cases)
    together = len(cases) <= _MAX_TOGETHER_EPOCHS
    with theme():
        figure, panels = make_panels(1 if together else len(cases))
        for place, case in enumerate(cases):
            panel = panels[0 if together else place]
            _draw_epoch_curves(panel, case, styles[case.label], most_seeds(summary))
            if not together:
                panel.set_title(styles[case.label].name)
        unit = scale_accuracy(panels, _all_accuracies(cases))
        _draw_majority(panels, summary.majority)
        mark_epochs(panels, max(case.curve.points[-1].epoch for case in cases))
        name_axes(figure, panels, "Epoch", f"Accuracy ({unit})")
        is_named = together and name_ends(panels[0], [_epoch_ends(case, styles[case.label]) for case in cases])
        handles = _handles(cases, styles) if together and not is_named else []
        add_legend(figure, panels, [*handles, *_kinds(cases)])
    return figure


def draw_accuracy_against_seconds(summary: RunSummary) -> Figure | None:
    """Draw validation accuracy against the training seconds that it took, with the targets as lines."""
    cases = [case for case in summary.cases if case.curve.points and case.case.reports_times][:MAX_CASES]
    if not cases:
        return None
    styles = case_styles(case.label for case in summary.cases)
    together = len(cases) <= _MAX_TOGETHER_SECONDS
    with theme():
        figure, panels = make_panels(1 if together else len(cases))
        for place, case in enumerate(cases):
            panel = panels[0 if together else place]
            _draw_second_curves(panel, case, styles[case.label], most_seeds(summary))
            if not together:
                panel.set_title(styles[case.label].name)
        unit = scale_accuracy(panels, [*_validation_accuracies(cases), *summary.targets])
        scale = _scale_seconds(panels[0], cases)
        _draw_targets(panels, summary.targets)
        _draw_majority(panels, summary.majority)
        name_axes(
            figure,
            panels,
            f"Training time (s{scale}), validation not counted",
            f"Validation accuracy ({unit})",
        )
        if together and not name_ends(panels[0], [_second_ends(case, styles[case.label]) for case in cases]):
            add_legend(figure, panels, _handles(cases, styles))
    return figure


def _handles(cases: Sequence[CaseSummary], styles: Mapping[str, CaseStyle]) -> list[Artist]:
    return [case_handle(styles[case.label]) for case in _best_first(cases)]


def _kinds(cases: Sequence[CaseSummary]) -> list[Artist]:
    """Tell validation from training, by a dot too where a case has one epoch and so no line."""
    has_dots = any(len(case.curve.points) == 1 for case in cases)
    return [
        kind_handle("validation", "-", "full" if has_dots else None),
        kind_handle("training", "--", "none" if has_dots else None),
    ]


def _epoch_ends(case: CaseSummary, style: CaseStyle) -> NamedCurve:
    training = [(point.epoch, point.accuracy) for point in case.curve.points if point.accuracy is not None]
    points = [(point.epoch, point.val_accuracy.value) for point in case.curve.points]
    return NamedCurve(style.name, style.colour, points, (training,) if training else ())


def _second_ends(case: CaseSummary, style: CaseStyle) -> NamedCurve:
    points = [(point.train_elapsed_s, point.val_accuracy.value) for point in case.curve.points]
    return NamedCurve(style.name, style.colour, points)


def _draw_epoch_curves(panel: Axes, case: CaseSummary, style: CaseStyle, num_seeds: int) -> None:
    seeds = case.curve.seeds[:num_seeds]
    _draw_thin(panel, _validation_curves(seeds, lambda one: one.epochs), style, "-")
    _draw_thin(panel, [(seed.epochs, seed.accuracy) for seed in seeds], style, "--")
    training = [(point.epoch, point.accuracy) for point in case.curve.points if point.accuracy is not None]
    _draw_thick(panel, training, style, linestyle="--", marker=style.marker if len(training) == 1 else "")
    _draw_thick(panel, [(point.epoch, point.val_accuracy.value) for point in case.curve.points], style)


def _draw_second_curves(panel: Axes, case: CaseSummary, style: CaseStyle, num_seeds: int) -> None:
    _draw_thin(panel, _validation_curves(case.curve.seeds[:num_seeds], lambda one: one.train_s), style, "-")
    _draw_thick(panel, [(point.train_elapsed_s, point.val_accuracy.value) for point in case.curve.points], style)


def _validation_curves(seeds: Sequence[SeedCurve], place: Callable[[Validation], float]) -> list[_Curve]:
    return [
        ([place(one) for one in seed.validations], [one.val_accuracy for one in seed.validations]) for seed in seeds
    ]


def _draw_thin(panel: Axes, curves: Sequence[_Curve], style: CaseStyle, linestyle: str) -> None:
    """Draw each seed's curve; an epoch whose figure was not finite breaks the line and is never a zero.

    As one artist, and a second for epochs that stand alone: layout asks each for its size, and a thousand seeds would
    be a thousand.
    """
    from matplotlib.collections import LineCollection  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    # Every curve ends in a gap, so that in one long line no two are neighbours.
    places = [place for x, y in curves for place in (*zip(x, y, strict=True), (math.nan, None))]
    line = np.array(places, dtype=np.float64).reshape(-1, 2)
    ends = np.cumsum([len(x) + 1 for x, _ in curves])
    lines = [line[start : end - 1] for start, end in pairwise((0, *ends))]
    thin = LineCollection(lines, colors=style.colour, linestyles=linestyle, linewidths=0.7, alpha=0.35, zorder=2)
    panel.add_collection(thin)
    alone = line[_stands_alone(line[:, 1])]
    if len(alone):
        panel.plot(
            alone[:, 0], alone[:, 1], color=style.colour, linestyle="", marker="o", markersize=3, markeredgewidth=0.7,
            fillstyle="full" if linestyle == "-" else "none", alpha=0.6, zorder=2,
        )  # fmt: skip
    panel.autoscale_view()


def _stands_alone(values: Floats) -> npt.NDArray[np.bool_]:
    """Tell which values have no finite neighbour: a line through them has no length."""
    there = np.pad(np.isfinite(values), 1)
    alone: npt.NDArray[np.bool_] = there[1:-1] & ~there[:-2] & ~there[2:]
    return alone


def _draw_thick(
    panel: Axes, points: Sequence[tuple[float, float]], style: CaseStyle, *, linestyle: str = "-",
    marker: str | None = None,
) -> None:  # fmt: skip
    """Draw an aggregate, with the case's marker unless told otherwise; a dashed one's is hollow.

    Each of few epochs has a marker; a hundred would be a band in which no line is seen.
    """
    face, edge = (style.colour, "white") if linestyle == "-" else ("white", style.colour)
    panel.plot(
        [x for x, _ in points], [y for _, y in points], color=style.colour, linestyle=linestyle, linewidth=2.0,
        marker=style.marker if marker is None else marker, markersize=5.5, markerfacecolor=face, markeredgecolor=edge,
        markeredgewidth=0.75, markevery=math.ceil(len(points) / _MAX_MARKERS) or 1, zorder=3,
    )  # fmt: skip


def _draw_targets(panels: Sequence[Axes], targets: Sequence[float]) -> None:
    """Draw a line at each target, named right of the first row's last panel, where no curve can run through.

    From the highest down, a name is left out where it would touch the one above; the targets' table has them all.
    """
    for panel in panels:
        for target in targets:
            panel.axhline(target, color=FAINT, linewidth=1.0, linestyle=":", zorder=1)
    room = _LABEL_ROOM_ALONE if len(panels) == 1 else _LABEL_ROOM_BESIDE
    heights = panels[0].transScale + panels[0].transLimits
    lowest_named = math.inf
    for target in sorted(targets, reverse=True):
        _, height = heights.transform((1, target))
        if lowest_named - height < room:
            continue
        lowest_named = height
        panels[:MAX_COLUMNS][-1].annotate(
            f"target\n{format_percent(target)}", (1, target), xycoords=("axes fraction", "data"), xytext=(3, 0),
            textcoords="offset points", ha="left", va="center", fontsize=7.5, color=INK, linespacing=0.95,
        )  # fmt: skip


def _draw_majority(panels: Sequence[Axes], majority: float | None) -> None:
    """Draw what always answering the largest class reaches, where the curves come near enough for it to be seen."""
    if majority is None or not panels[0].get_ylim()[0] <= majority:
        return
    for panel in panels:
        panel.axhline(majority, color=INK, linewidth=1.0, linestyle="-.", zorder=1)
    panels[0].annotate(
        f"largest class {format_percent(round(majority, 3))}", (0, majority), xycoords=("axes fraction", "data"),
        xytext=(3, -2), textcoords="offset points", ha="left", va="top", fontsize=7.5, color=INK,
    )  # fmt: skip


def _scale_seconds(panel: Axes, cases: Sequence[CaseSummary]) -> str:
    """Start at 0, or take a logarithmic axis where the slowest case would squeeze the fastest to the left edge.

    Returns what the axis's name must add.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: PLC0415 - see `bench.reports.kit.figures.theme.theme`

    firsts = [case.curve.points[0].train_elapsed_s for case in cases]
    lasts = [case.curve.points[-1].train_elapsed_s for case in cases]
    if min(lasts) > 0 and min(firsts) > 0 and max(lasts) / min(lasts) > _MAX_LINEAR_RATIO:
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        panel.xaxis.set_minor_formatter(NullFormatter())
        return ", logarithmic"
    panel.set_xlim(left=0)
    return ""


def _best_first(cases: Sequence[CaseSummary]) -> list[CaseSummary]:
    """Order a legend as its curves end, the highest first."""
    return sorted(cases, key=lambda case: -case.curve.points[-1].val_accuracy.value)


def _validation_accuracies(cases: Sequence[CaseSummary]) -> list[float]:
    seeds = [one.val_accuracy for case in cases for seed in case.curve.seeds for one in seed.validations]
    return [value for value in seeds if value is not None] + [
        point.val_accuracy.value for case in cases for point in case.curve.points
    ]


def _all_accuracies(cases: Sequence[CaseSummary]) -> list[float]:
    training = [value for case in cases for seed in case.curve.seeds for value in seed.accuracy if value is not None]
    return training + _validation_accuracies(cases)
