from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes

from bench.reports.kit.figures.axes import (
    accuracy_limits,
    legend_columns,
    make_panels,
    mark_epochs,
    scale_accuracy,
    spread_ticks,
)
from bench.reports.kit.figures.theme import theme

SHARES = st.floats(min_value=0.0, max_value=1.0)


@given(st.lists(SHARES, min_size=1))
def test_no_accuracy_is_ever_cut_off(values: list[float]) -> None:
    low, high = accuracy_limits(values)
    assert 0.0 <= low <= min(values)
    assert max(values) < high <= 1.02


@pytest.mark.parametrize(
    ("values", "low"), [([0.9498, 0.99], 0.935), ([0.95, 0.99], 0.945), ([0.108, 0.98], 0.05), ([0.0, 1.0], 0.0)]
)
def test_an_accuracy_axis_begins_just_below_the_lowest_value(values: list[float], low: float) -> None:
    assert accuracy_limits(values)[0] == pytest.approx(low)


def show(values: list[float], num_panels: int = 1) -> tuple[Axes, str]:
    with theme():
        _, panels = make_panels(num_panels)
        unit = scale_accuracy(panels, values)
    return panels[0], unit


@settings(max_examples=30)  # each is a figure
@given(st.lists(SHARES, min_size=1), st.booleans())
def test_every_accuracy_has_its_place_on_the_axis_the_best_on_top(values: list[float], crowded: bool) -> None:
    values = [*values, *[0.95] * crowded * (len(values) + 1)]
    panel, _ = show(values)
    places = (panel.transScale + panel.transLimits).transform([(1, value) for value in sorted(values)])[:, 1]
    assert (places >= 0).all()
    assert (places < 1).all()
    assert (np.diff(places) >= 0).all()


@pytest.mark.parametrize(
    ("values", "num_panels", "names"),
    [
        ([0.11, 0.945, 0.976, 0.99], 1, ["0 %", "50 %", "80 %", "90 %", "95 %", "98 %", "99 %"]),
        ([0.11, 0.945, 0.976, 0.99], 2, ["0 %", "70 %", "90 %", "97 %", "99 %"]),
        ([1.0, 1.0], 1, ["95 %"]),
    ],
)
def test_where_accuracies_crowd_below_1_the_axis_shows_errors(
    values: list[float], num_panels: int, names: list[str]
) -> None:
    panel, unit = show(values, num_panels)
    assert [label.get_text() for label in panel.get_yticklabels()] == names
    assert unit == "%, error logarithmic"


def test_accuracies_that_are_spread_have_a_linear_axis() -> None:
    panel, unit = show([0.2, 0.5, 0.85])
    assert (panel.get_yscale(), unit) == ("linear", "% of examples")
    assert panel.get_yticklabels()[1].get_text() == "20 %"


@pytest.mark.parametrize(
    ("num_panels", "num_epochs", "ticks"),
    [
        (1, 1, [1]),
        (1, 10, list(range(1, 11))),
        (2, 10, [1, 3, 5, 7, 9]),
        (1, 24, list(range(1, 25, 2))),
        (2, 60, [1, 20, 40, 60]),
        (1, 100, [1, *range(10, 101, 10)]),
        (1, 500, [1, *range(50, 501, 50)]),
    ],
)
def test_epoch_ticks_are_whole_and_begin_with_the_first(num_panels: int, num_epochs: int, ticks: list[int]) -> None:
    with theme():
        _, panels = make_panels(num_panels)
        mark_epochs(panels, num_epochs)
    assert list(panels[0].get_xticks()) == ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (50.0, 200_000.0, [100, 1_000, 10_000, 100_000]),
        (2.0, 450.0, [3, 10, 30, 100, 300]),
        (40.0, 230.0, [50, 100, 200]),
        (0.66, 2.25, [0.7, 1, 1.5, 2]),
        (0.98, 1.12, [1.0, 1.04, 1.08, 1.12]),
    ],
)
def test_a_logarithmic_axis_has_round_ticks_whatever_it_spans(low: float, high: float, ticks: list[float]) -> None:
    assert spread_ticks(low, high) == pytest.approx(ticks)


@given(st.floats(1e-6, 1e9), st.floats(1.02, 1e9))
def test_the_ticks_lie_within_the_axis_and_are_at_least_two(low: float, factor: float) -> None:
    ticks = spread_ticks(low, low * factor)
    assert len(ticks) >= 2
    assert all(low <= tick <= low * factor for tick in ticks)


@given(st.floats(1e-3, 1.0), st.floats(1.02, 1e3))
def test_a_ratio_of_one_has_a_tick_wherever_it_is_in_view(low: float, factor: float) -> None:
    assert (1.0 in spread_ticks(low, low * factor)) == (low * factor >= 1)


@pytest.mark.parametrize(
    ("labels", "columns"), [(["batch 1,024"] * 5, 5), (["x" * 30] * 4, 3), (["x" * 200] * 3, 1), ([], 1), (["a"], 1)]
)
def test_a_legend_is_as_low_as_can_be_and_no_wider_than_the_figure(labels: list[str], columns: int) -> None:
    assert legend_columns(labels) == columns


def test_a_spare_panel_is_hidden_and_the_one_above_shows_its_ticks() -> None:
    with theme():
        figure, panels = make_panels(5)
        figure.canvas.draw()
    assert len(panels) == 5
    assert [axes.get_visible() for axes in figure.axes] == [True] * 5 + [False]
    assert panels[2].xaxis.get_major_ticks()[0].label1.get_visible()
