"""The figure of a history: panels, levels, change points, units and dates."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bench.analysis.statistics.interval import Interval
from bench.compare.history_types import METRICS, CaseHistory, History, HistoryLevel, HistoryPoint, LevelChange
from bench.reports.compare.history_figure import draw_history
from tests.conftest import NOW


def make_case(means, cuts=(), label="lstm", step=timedelta(days=1)):
    points = [
        HistoryPoint(f"run-{place:03d}", NOW + place * step, Interval(mean, 0.99 * mean, 1.01 * mean, 3, "range"))
        for place, mean in enumerate(means)
    ]
    edges = [0, *cuts, len(means)]
    levels = tuple(HistoryLevel(a, b - 1, sum(means[a:b]) / (b - a)) for a, b in pairwise(edges) if b > a)
    changes = tuple(
        LevelChange(cut, points[cut].run_id, points[cut].created_at, before.mean, after.mean,
                    after.mean / before.mean, 0.01, "slower")
        for cut, before, after in zip(cuts, levels, levels[1:], strict=False)
    )  # fmt: skip
    return CaseHistory(label, label, tuple(points), levels, changes, 8, ())


def make_history(*cases, measure="throughput"):
    return History(measure, None, "a1b2c3d4e5f6", "Example CPU", 12, 0.05, cases, ())


def test_each_case_has_a_panel_with_its_levels_and_a_line_where_one_begins():
    figure = draw_history(
        make_history(make_case([1000.0] * 6 + [800.0] * 6, (6,)), make_case([500.0] * 12, label="cnn"))
    )
    lstm, cnn = figure.axes
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["lstm", "cnn"]
    assert [text.get_text() for text in lstm.texts] == ["0.800×"]
    assert [line.get_xdata()[0] for line in lstm.lines if len(line.get_xdata()) == 2] == [5.5]
    assert not cnn.texts
    assert figure.get_supylabel() == "Training examples per second, steady"


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e-9, 0.5, 1.0])
def test_no_value_is_cut_off(value):
    figure = draw_history(make_history(make_case([value] * 3), measure="final_val_accuracy"))
    low, high = figure.axes[0].get_ylim()
    assert low <= value <= high
    assert low < high


@pytest.mark.parametrize("measure", METRICS.values())
def test_every_metric_that_a_user_can_name_has_an_axis(measure):
    figure = draw_history(make_history(make_case([0.5] * 3), measure=measure))
    assert figure.axes[0].get_ylabel()


def test_memory_is_in_gib():
    figure = draw_history(make_history(make_case([2.0**31] * 3), measure="peak_rss_bytes"))
    low, high = figure.axes[0].get_ylim()
    assert low < 2 < high
    assert figure.axes[0].get_ylabel() == "Peak memory (GiB)"


def test_change_points_too_close_for_two_figures_keep_their_lines():
    figure = draw_history(make_history(make_case([1.0 + place % 4 for place in range(60)], (20, 22, 40, 59))))
    (panel,) = figure.axes
    assert len([line for line in panel.lines if len(line.get_xdata()) == 2]) == 4
    assert len(panel.texts) == 3
    assert panel.texts[-1].get_ha() == "right"  # the last would else leave the panel


@pytest.mark.parametrize(
    ("step", "num_runs", "first"),
    [(timedelta(hours=1), 5, "11-22 08:15"), (timedelta(days=3), 40, "2026-11-22")],
)
def test_dates_have_room(step, num_runs, first):
    figure = draw_history(make_history(make_case([1.0] * num_runs, step=step)))
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert labels[0] == first
    assert len(labels) <= 7


def test_nothing_to_draw_is_no_figure_and_many_cases_are_cut():
    assert draw_history(make_history(make_case([]))) is None
    many = [make_case([1.0] * 4, label=f"case {number}") for number in range(14)]
    assert len(draw_history(make_history(*many)).axes) == 12


def test_an_upper_bound_is_a_hollow_triangle_without_an_interval():
    case = make_case([60.0] * 4)
    points = (replace(case.points[0], is_bound=True), *case.points[1:])
    (panel,) = draw_history(make_history(replace(case, points=points), measure="train_s_to_target")).axes
    (bounds,) = [line for line in panel.lines if line.get_marker() == "v"]
    assert (list(bounds.get_xdata()), bounds.get_markerfacecolor()) == ([0], "white")
    assert [segment[0][0] for segment in panel.collections[0].get_segments()] == [1, 2, 3]
