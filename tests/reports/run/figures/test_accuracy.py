from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.analysis.accuracy_curves import SeedCurve
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.kit.figures.theme import render_png
from bench.reports.run.figures.accuracy import draw_accuracy_against_seconds, draw_accuracy_per_epoch

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]
MakeMany = Callable[[int], Mapping[str, CaseSummary]]


def _thin(figure: Figure) -> list[LineCollection]:
    return [artist for artist in figure.axes[0].collections if isinstance(artist, LineCollection)]


def _dots(figure: Figure) -> list[Line2D]:
    return [line for line in figure.axes[0].lines if line.get_linestyle() == "None"]


def _with_accuracies(seed: SeedCurve, values: Sequence[float | None]) -> SeedCurve:
    told = zip(seed.validations, values, strict=True)
    return replace(
        seed, val_accuracy=tuple(values), validations=tuple(replace(one, val_accuracy=value) for one, value in told)
    )


def _targets_named(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if text.get_text().startswith("target")]


def test_training_is_dashed_and_validation_solid(make_summary: MakeSummary) -> None:
    figure = draw_accuracy_per_epoch(make_summary())
    assert figure is not None
    styles = [line.get_linestyle() for line in figure.axes[0].lines]
    assert sorted(set(styles)) == ["-", "--"]
    assert styles.count("-") == styles.count("--") == 2
    dashed = [thin.get_linestyle()[0][1] is not None for thin in _thin(figure)]
    assert sorted(dashed) == [False, False, True, True]


def test_a_curve_of_many_epochs_has_few_markers(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    for num_epochs, every in ((10, 1), (30, 1), (100, 4)):
        figure = draw_accuracy_per_epoch(make_summary([make_case_summary("lstm", curve=(0.9,) * num_epochs)]))
        assert figure is not None
        assert {line.get_markevery() for line in figure.axes[0].lines if line.get_linewidth() == 2.0} == {every}


def test_every_seed_is_thin_and_the_aggregate_thick(make_summary: MakeSummary) -> None:
    figure = draw_accuracy_against_seconds(make_summary(targets=()))
    assert figure is not None
    assert [len(thin.get_segments()) for thin in _thin(figure)] == [3, 3]
    assert {thin.get_linewidth()[0] for thin in _thin(figure)} == {0.7}
    assert [line.get_linewidth() for line in figure.axes[0].lines] == [2.0, 2.0]


def test_the_first_thousand_trials_are_thin(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    summary = make_summary([make_case_summary(model, seeds=range(501)) for model in ("lstm", "cnn")], targets=())
    for draw in (draw_accuracy_per_epoch, draw_accuracy_against_seconds):
        figure = draw(summary)
        assert figure is not None
        assert {len(thin.get_segments()) for thin in _thin(figure)} == {500}


def test_an_epoch_without_a_figure_breaks_a_seeds_line(make_summary: MakeSummary) -> None:
    summary = make_summary(targets=())
    case = summary.cases[1]
    broken = _with_accuracies(case.curve.seeds[0], (0.98, None, *case.curve.seeds[0].val_accuracy[2:]))
    curve = replace(case.curve, seeds=(broken, *case.curve.seeds[1:]))
    figure = draw_accuracy_against_seconds(replace(summary, cases=(summary.cases[0], replace(case, curve=curve))))
    assert figure is not None
    places = _thin(figure)[1].get_paths()[0].vertices
    assert np.isnan(places[:, 1]).tolist() == [False, True] + [False] * 8
    assert render_png(figure)


def test_an_epoch_between_two_without_a_figure_is_a_dot(make_summary: MakeSummary) -> None:
    summary = make_summary(targets=())
    case = summary.cases[1]
    values = case.curve.seeds[0].val_accuracy
    lonely = _with_accuracies(case.curve.seeds[0], (*values[:3], None, values[4], None, *values[6:]))
    curve = replace(case.curve, seeds=(lonely, *case.curve.seeds[1:]))
    figure = draw_accuracy_against_seconds(replace(summary, cases=(summary.cases[0], replace(case, curve=curve))))
    assert figure is not None
    (dots,) = _dots(figure)
    assert list(dots.get_xdata()) == [lonely.train_elapsed_s[4]]
    assert list(dots.get_ydata()) == [values[4]]


def test_of_one_epoch_every_seed_is_a_dot_and_training_is_hollow(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    figure = draw_accuracy_per_epoch(make_summary([make_case_summary("lstm", curve=(0.95,), seeds=range(5))]))
    assert figure is not None
    validation, training = _dots(figure)
    assert (len(validation.get_xdata()), validation.get_fillstyle()) == (5, "full")
    assert (len(training.get_xdata()), training.get_fillstyle()) == (5, "none")
    thick = [line for line in figure.axes[0].lines if line.get_linewidth() == 2.0]
    assert [(line.get_marker(), line.get_markerfacecolor()) for line in thick] == [("o", "white"), ("o", "#D55E00")]
    assert [handle.get_fillstyle() for handle in figure.legends[0].get_lines()] == ["full", "none"]
    assert render_png(figure)


def test_ten_thousand_seeds_are_one_artist(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    figure = draw_accuracy_against_seconds(make_summary([make_case_summary("cnn", seeds=range(10_000))], targets=()))
    assert figure is not None
    assert len(figure.axes[0].get_children()) < 50


def test_the_axes_name_what_they_show_and_its_unit(make_summary: MakeSummary) -> None:
    epochs, seconds = draw_accuracy_per_epoch(make_summary()), draw_accuracy_against_seconds(make_summary())
    assert epochs is not None
    assert seconds is not None
    assert (epochs.axes[0].get_xlabel(), epochs.axes[0].get_ylabel()) == ("Epoch", "Accuracy (%, error logarithmic)")
    assert seconds.axes[0].get_xlabel() == "Training time (s), validation not counted"
    assert seconds.axes[0].get_ylabel() == "Validation accuracy (%, error logarithmic)"


def test_targets_are_named_beside_their_lines(make_summary: MakeSummary) -> None:
    figure = draw_accuracy_against_seconds(make_summary(targets=(0.9, 0.97)))
    assert figure is not None
    assert _targets_named(figure) == ["target\n97 %", "target\n90 %"]


def test_targets_too_close_for_their_names_keep_their_lines(make_summary: MakeSummary) -> None:
    figure = draw_accuracy_against_seconds(make_summary(targets=(0.9, 0.989, 0.99)))
    assert figure is not None
    assert _targets_named(figure) == ["target\n99 %", "target\n90 %"]
    assert sum(line.get_linestyle() == ":" for line in figure.axes[0].lines) == 3


def test_curves_that_end_apart_are_named_there_and_need_no_legend(make_summary: MakeSummary) -> None:
    figure = draw_accuracy_against_seconds(make_summary(targets=()))
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].texts] == ["lstm", "cnn"]
    assert not figure.legends


def test_a_curve_alone_is_named_at_its_end_and_the_legend_tells_the_dashes(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    figure = draw_accuracy_per_epoch(make_summary([make_case_summary("lstm")]))
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].texts] == ["lstm"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["validation", "training"]


def test_curves_that_end_together_keep_a_legend_the_highest_first(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    cases = [make_case_summary("lstm", label=label, curve=(0.95, last)) for label, last in (("a", 0.96), ("b", 0.961))]
    figure = draw_accuracy_against_seconds(make_summary(cases, targets=()))
    assert figure is not None
    assert not figure.axes[0].texts
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["b", "a"]


@pytest.mark.parametrize(("num_cases", "num_panels"), [(1, 1), (4, 1), (5, 5), (12, 12)])
def test_many_cases_get_a_panel_each(
    make_summary: MakeSummary, make_many_cases: MakeMany, num_cases: int, num_panels: int
) -> None:
    figure = draw_accuracy_per_epoch(make_summary(list(make_many_cases(num_cases).values())))
    assert figure is not None
    assert sum(axes.get_visible() for axes in figure.axes) == num_panels


def test_panels_of_long_labels_have_titles_that_differ(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    labels = [f"lstm-fast · batch {2**power} · 8 steps per execution · 2 inter-op threads" for power in range(5, 10)]
    figure = draw_accuracy_per_epoch(make_summary([make_case_summary("lstm", label=label) for label in labels]))
    assert figure is not None
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert titles == [f"batch {2**power}" for power in range(5, 10)]


def test_cases_of_very_different_speed_share_a_logarithmic_axis(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    slow, fast = make_case_summary("lstm", epoch_s=600.0), make_case_summary("cnn", epoch_s=3.0)
    figure = draw_accuracy_against_seconds(make_summary([slow, fast]))
    assert figure is not None
    assert figure.axes[0].get_xscale() == "log"
    render_png(figure)  # a tick's text that matplotlib cannot draw would warn, and warnings are errors


def test_no_curve_is_no_figure(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    summary = make_summary([make_case_summary("lstm", curve=())])
    assert draw_accuracy_per_epoch(summary) is None
    assert draw_accuracy_against_seconds(summary) is None


def test_a_hostile_label_is_drawn_without_a_warning(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    figure = draw_accuracy_per_epoch(make_summary([make_case_summary("lstm", label="_$\\frac{ 数据 \x1b[31m\n\u202e")]))
    assert figure is not None
    assert render_png(figure).startswith(b"\x89PNG")


@pytest.mark.parametrize(("majority", "is_drawn"), [(None, False), (0.11, False), (0.96, True)])
def test_the_largest_class_is_a_line_where_the_curves_come_near(
    make_summary: MakeSummary, majority: float | None, is_drawn: bool
) -> None:
    for draw in (draw_accuracy_per_epoch, draw_accuracy_against_seconds):
        figure = draw(make_summary(majority=majority))
        assert figure is not None
        texts = [text.get_text() for text in figure.axes[0].texts]
        assert ("largest class 96 %" in texts) is is_drawn
        assert any(line.get_linestyle() == "-." for line in figure.axes[0].lines) is is_drawn
