from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bench.analysis.results import CaseSummary, RunSummary
from reports.figures.reached import draw_share_reached

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_each_target_has_a_panel_and_each_case_a_line_of_steps(make_summary: MakeSummary) -> None:
    figure = draw_share_reached(make_summary())
    assert figure is not None
    assert [panel.get_title(loc="left") for panel in figure.axes] == [
        "90 % validation accuracy",
        "99 % validation accuracy",
    ]
    lstm, cnn = figure.axes[0].lines
    assert lstm.get_drawstyle() == cnn.get_drawstyle() == "steps-post"
    assert list(cnn.get_ydata()) == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])


def test_a_case_that_misses_ends_below_one_in_a_marker(make_summary: MakeSummary) -> None:
    figure = draw_share_reached(make_summary())
    assert figure is not None
    lstm, marker, cnn = figure.axes[1].lines  # lstm never reaches 99 %
    assert set(lstm.get_ydata()) == {0.0}
    assert (list(marker.get_ydata()), marker.get_marker()) == ([0.0], "o")
    assert max(cnn.get_ydata()) == 1


def test_many_targets_are_cut_and_nothing_to_show_is_no_figure(
    make_summary: MakeSummary,
    make_case_summary: MakeCaseSummary,
    make_many_cases: Callable[[int], Mapping[str, CaseSummary]],
) -> None:
    targets = (0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98)
    cases = [make_case_summary("lstm", targets=targets)]
    figure = draw_share_reached(make_summary(cases, targets=targets))
    assert figure is not None
    assert sum(panel.get_visible() for panel in figure.axes) == 6
    assert draw_share_reached(make_summary(cases, targets=())) is None
    assert draw_share_reached(make_summary([make_case_summary("lstm", curve=(), targets=())])) is None
    assert draw_share_reached(make_summary(list(make_many_cases(9).values()))) is not None
