from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.collections import PathCollection

from bench.analysis.summary_types import CaseSummary, Interval, RunSummary
from bench.reports.kit.figures.theme import INK, render_png, render_svg
from bench.reports.run.figures.throughput import draw_throughput

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_throughput_and_first_step_stand_apart_with_their_units(make_summary: MakeSummary) -> None:
    figure = draw_throughput(make_summary())
    assert figure is not None
    steady, first = figure.axes
    assert (steady.get_title(loc="left"), steady.get_xlabel()) == (
        "Throughput as fit costs",
        "Training examples per second",
    )
    assert (first.get_title(loc="left"), first.get_xlabel()) == ("First step, not in the throughput", "Seconds")


def test_every_trial_has_its_dot(make_summary: MakeSummary) -> None:
    figure = draw_throughput(make_summary())
    assert figure is not None
    dots = [group for group in figure.axes[0].collections if isinstance(group, PathCollection)]
    assert [len(group.get_offsets()) for group in dots] == [3, 3]


def test_thousands_of_dots_are_one_picture_in_the_page(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    few, many = (make_case_summary("lstm", epoch_s=600.0, seeds=range(number)) for number in (900, 1100))
    for case, num_pictures in ((few, 0), (many, 2)):
        figure = draw_throughput(make_summary([case]))
        assert figure is not None
        assert render_svg(figure).count(b"<image") == num_pictures


def test_every_bar_is_as_long_as_its_case_is_fast_and_says_so(make_summary: MakeSummary) -> None:
    figure = draw_throughput(make_summary())
    assert figure is not None
    steady = figure.axes[0]
    assert [round(bar.get_width()) for bar in steady.patches] == [1000, 1765]
    assert [text.get_text() for text in steady.texts] == ["1,000", "1,765"]


def test_a_case_without_a_first_step_keeps_its_row(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    figure = draw_throughput(make_summary([make_case_summary("lstm", first_step_s=None), make_case_summary("cnn")]))
    assert figure is not None
    assert [text.get_text() for text in figure.axes[1].texts] == ["2.00"]
    assert render_png(figure) == render_png(figure)


def test_no_throughput_is_no_figure(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    assert draw_throughput(make_summary([make_case_summary("lstm", fit_throughput=None)])) is None


def test_a_bars_figure_stands_right_of_everything_in_its_row_in_the_usual_ink(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    slow = make_case_summary("lstm", epoch_s=600.0, fit_throughput=Interval(100.0, 90.0, 130.0, 3, "t"))
    figure = draw_throughput(make_summary([slow, make_case_summary("cnn")]))
    assert figure is not None
    assert [text.xy[0] for text in figure.axes[0].texts] == [130.0, pytest.approx(1000.0)]
    assert {text.get_color() for text in figure.axes[0].texts} == {INK}


def test_rows_of_long_labels_have_names_that_differ(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    labels = [
        f"lstm-fast · batch {size} · 8 steps per execution · 1 intra-op thread · 2 inter-op threads · float64"
        for size in (128, 512)
    ]
    figure = draw_throughput(make_summary([make_case_summary("lstm", label=label) for label in labels]))
    assert figure is not None
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["batch 128", "batch 512"]


def test_a_long_name_stands_beside_its_bar_whole_on_three_lines(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    label = "lstm-fast · batch 128 · 8 steps per execution · 1 intra-op thread · 2 inter-op threads"
    figure = draw_throughput(make_summary([make_case_summary("cnn"), make_case_summary("lstm-fast", label=label)]))
    assert figure is not None
    usual = draw_throughput(make_summary())
    assert usual is not None
    small, full = (drawn.axes[0].get_yticklabels()[0].get_size() for drawn in (figure, usual))
    assert small < full
    short, long = (tick.get_text() for tick in figure.axes[0].get_yticklabels())
    assert short == "cnn"
    assert long.split("\n") == [
        "lstm-fast · batch 128 · 8 steps", "per execution · 1 intra-op", "thread · 2 inter-op threads",
    ]  # fmt: skip
