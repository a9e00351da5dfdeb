from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.figures.epoch_times import draw_ledger

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_the_parts_of_an_epoch_stack_to_its_seconds_with_training_at_the_bottom(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    figure = draw_ledger(make_summary([make_case_summary("lstm", epoch_s=60.0)]))
    assert figure is not None
    first_epoch = sorted(
        (bar.get_y(), bar.get_height()) for bar in figure.axes[0].patches if 0.5 < bar.get_x() < 1 and bar.get_height()
    )
    parts = [(0.0, 58.0), (58.0, 2.0), (60.0, 3.0), (63.0, 0.125)]
    assert first_epoch == [pytest.approx(part) for part in parts]


def test_the_axes_name_epochs_and_seconds(make_summary: MakeSummary) -> None:
    figure = draw_ledger(make_summary())
    assert figure is not None
    assert (figure.get_supxlabel(), figure.get_supylabel()) == ("Epoch", "Seconds per epoch")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["lstm", "cnn"]


def test_the_legend_names_every_part_from_the_top_down(make_summary: MakeSummary) -> None:
    figure = draw_ledger(make_summary())
    assert figure is not None
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["other", "validation", "iterator", "first step", "steps"]


def test_no_epoch_is_no_figure(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    assert draw_ledger(make_summary([make_case_summary("lstm", curve=())])) is None


def test_of_many_cases_each_is_a_row_of_its_first_epoch_and_the_mean_of_the_later_ones(
    make_summary: MakeSummary, make_many_cases: Callable[[int], Mapping[str, CaseSummary]]
) -> None:
    cases = list(make_many_cases(7).values())
    figure = draw_ledger(make_summary(cases))
    assert figure is not None
    (panel,) = figure.axes
    assert [tick.get_text() for tick in panel.get_yticklabels()] == [case.label for case in cases]
    first = [sum(bar.get_width() for bar in panel.patches if abs(bar.get_y() + 0.36) < 1e-9)]
    later = [sum(bar.get_width() for bar in panel.patches if abs(bar.get_y()) < 1e-9)]
    total = [sum((e.steady_s, e.first_step_s, e.iterator_s, e.val_s, e.other_s)) for e in cases[0].ledger]
    assert first == pytest.approx(total[:1])
    assert later == pytest.approx([sum(total[1:]) / len(total[1:])])
    assert next(text.get_text() for text in figure.legends[0].get_texts()) == "steps"


def test_hundreds_of_epochs_have_bars_without_gaps_and_edges(
    make_summary: MakeSummary, make_case_summary: Callable[..., CaseSummary]
) -> None:
    widths = {}
    for num_epochs in (100, 101):
        figure = draw_ledger(make_summary([make_case_summary("cnn", curve=(0.5,) * num_epochs)]))
        assert figure is not None
        bar = figure.axes[0].patches[0]
        widths[num_epochs] = (bar.get_width(), bar.get_linewidth())
    assert widths == {100: (0.75, 0.4), 101: (1.0, 0.0)}
