from __future__ import annotations

from collections.abc import Callable

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
