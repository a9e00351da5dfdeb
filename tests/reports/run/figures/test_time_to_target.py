from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.figures.theme import render_svg
from bench.reports.run.figures.time_to_target import MAX_LINES, draw_share_reached

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_each_target_has_a_panel_and_each_case_a_line_of_steps(make_summary: MakeSummary) -> None:
    figure = draw_share_reached(make_summary())
    assert figure is not None
    assert [panel.get_title(loc="left") for panel in figure.axes] == [
        "90 % validation accuracy",
        "99 % validation accuracy",
    ]
    lstm, cnn = (line for line in figure.axes[0].lines if line.get_linestyle() == "-")
    assert lstm.get_drawstyle() == cnn.get_drawstyle() == "steps-post"
    assert list(cnn.get_ydata()) == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])


def test_every_hit_has_its_cases_marker(make_summary: MakeSummary) -> None:
    figure = draw_share_reached(make_summary())
    assert figure is not None
    _, lstm, _, cnn = figure.axes[0].lines  # the steps first
    assert (lstm.get_marker(), cnn.get_marker()) == ("o", "s")
    assert list(cnn.get_ydata()) == pytest.approx([1 / 3, 2 / 3, 1])
    assert cnn.get_markerfacecolor() == cnn.get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["lstm", "cnn"]


def test_a_case_that_misses_ends_below_one_in_a_hollow_marker(make_summary: MakeSummary) -> None:
    figure = draw_share_reached(make_summary())
    assert figure is not None
    lstm, end, cnn, _ = figure.axes[1].lines  # lstm never reaches 99 %
    assert set(lstm.get_ydata()) == {0.0}
    assert (list(end.get_ydata()), end.get_marker(), end.get_markerfacecolor()) == ([0.0], "o", "white")
    assert max(cnn.get_ydata()) == 1


def test_a_hit_at_the_budgets_end_shows_within_the_hollow_marker(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("cnn", seeds=(0, 1), targets=(0.9,))
    hit, other = case.targets[0].trials
    result = replace(case.targets[0], trials=(hit, replace(other, outcome="miss", train_s=hit.train_s)))
    figure = draw_share_reached(make_summary([replace(case, targets=(result,))], targets=(0.9,)))
    assert figure is not None
    _, dot, end = figure.axes[0].lines
    assert list(dot.get_xdata()) == list(end.get_xdata()) == [hit.train_s]
    assert dot.get_zorder() > end.get_zorder()
    assert dot.get_markersize() < end.get_markersize()


@pytest.mark.parametrize("num_cases", [2, MAX_LINES + 1], ids=["lines", "rows"])
def test_thousands_of_trials_are_a_picture_in_the_page(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary, num_cases: int
) -> None:
    for num_trials, has_picture in ((900, False), (1100, True)):
        seeds = range(num_trials // num_cases)
        cases = [
            make_case_summary("lstm", epoch_s=600.0, seeds=seeds, targets=(0.9,), label=f"lstm {number}")
            for number in range(num_cases)
        ]
        figure = draw_share_reached(make_summary(cases, targets=(0.9,)))
        assert figure is not None
        assert (b"<image" in render_svg(figure)) == has_picture


def test_many_targets_are_cut_and_nothing_to_show_is_no_figure(
    make_summary: MakeSummary,
    make_case_summary: MakeCaseSummary,
) -> None:
    targets = (0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98)
    cases = [make_case_summary("lstm", targets=targets)]
    figure = draw_share_reached(make_summary(cases, targets=targets))
    assert figure is not None
    assert sum(panel.get_visible() for panel in figure.axes) == 6
    assert draw_share_reached(make_summary(cases, targets=())) is None
    assert draw_share_reached(make_summary([make_case_summary("lstm", curve=(), targets=())])) is None


def test_more_cases_than_colours_have_a_row_each_and_a_marker_a_seed(
    make_summary: MakeSummary, make_many_cases: Callable[[int], Mapping[str, CaseSummary]]
) -> None:
    cases = list(make_many_cases(9).values())
    figure = draw_share_reached(make_summary(cases))
    assert figure is not None
    easy, hard = figure.axes
    assert [tick.get_text() for tick in easy.get_yticklabels()] == [case.label for case in cases]
    dots = [line for line in easy.lines if line.get_marker() != "None"]
    assert len(dots) == 9
    assert list(dots[1].get_xdata()) == [trial.train_s for trial in cases[1].targets[0].trials]
    hollow = [line for line in hard.lines if line.get_marker() != "None" and line.get_markerfacecolor() == "white"]
    assert next(list(line.get_ydata()) for line in hollow) == [1, 1, 1]  # the LSTM, which never gets there
