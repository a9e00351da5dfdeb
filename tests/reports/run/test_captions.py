from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.reports.run.captions import PLOTS, Plot, drawings_of
from bench.reports.run.html import render_page

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]
BY_STEM = {plot.stem: plot for plot in PLOTS}


def test_the_words_for_a_curve_give_its_ends(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    summary = make_summary([make_case_summary("lstm"), make_case_summary("cnn", curve=(0.98,))])
    assert BY_STEM["accuracy-per-epoch"].alternative(summary) == (
        "Line chart of accuracy per epoch. lstm: validation from 94.98 % after epoch 1 to 98.11 % after epoch 3; "
        "cnn: validation 98.00 % after epoch 1."
    )
    assert BY_STEM["accuracy-against-seconds"].alternative(summary) == (
        "Line chart of validation accuracy against training time. "
        "lstm: 98.11 % after 3 min 00 s; cnn: 98.00 % after 1 min 00 s."
    )


def test_the_words_for_bars_give_their_figures(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    summary = make_summary([make_case_summary("lstm")])
    assert "lstm: 1,000 examples per second, first step 2.00 s." in BY_STEM["throughput"].alternative(summary)
    told = BY_STEM["epoch-seconds"].alternative(summary)
    assert told.endswith("lstm: 1 min 00 s of training and 3.00 s of validation per epoch.")


@pytest.mark.parametrize("plot", [plot for plot in PLOTS if plot.stem != "networks"], ids=lambda plot: plot.stem)
def test_many_cases_are_not_all_read_out(
    make_summary: MakeSummary, make_many_cases: Callable[[int], Mapping[str, CaseSummary]], plot: Plot
) -> None:
    assert plot.alternative(make_summary(list(make_many_cases(12).values()))).endswith("; and 6 more in the table.")


def test_a_caption_says_what_the_thick_line_is(make_summary: MakeSummary) -> None:
    assert (
        BY_STEM["accuracy-per-epoch"].caption(make_summary()).startswith("Thick: the mean over seeds. Thin: each seed.")
    )


def test_the_words_for_the_networks_name_their_layers_in_order(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    summary = make_summary([make_case_summary("lstm"), make_case_summary("cnn")])
    assert BY_STEM["networks"].alternative(summary) == (
        "Diagram of the layers of each network. lstm: input 28 × 28, LSTM, Dropout; cnn: input 28 × 28, Conv2D."
    )


def test_a_figure_shows_eighteen_cases_and_says_so_where_there_are_more(
    make_summary: MakeSummary, make_many_cases: Callable[[int], Mapping[str, CaseSummary]]
) -> None:
    summary = make_summary(list(make_many_cases(20).values()))
    for stem in ("accuracy-per-epoch", "accuracy-against-seconds"):
        figure = BY_STEM[stem].draw(summary)
        assert figure is not None
        assert len(figure.axes) == 18
        assert BY_STEM[stem].caption(summary).endswith("Only the first 18 cases are drawn; the tables have all.")
    for stem in ("share-reached", "epoch-seconds"):
        figure = BY_STEM[stem].draw(summary)
        assert figure is not None
        assert len(figure.axes[0].get_yticks()) == 18


def test_the_networks_are_all_drawn_and_their_caption_takes_nothing_back(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    (layer,) = make_case_summary("cnn").layers
    cases = [make_case_summary("cnn", label=f"cnn · depth {depth}", layers=(layer,) * depth) for depth in range(1, 21)]
    summary = make_summary(cases)
    figure = BY_STEM["networks"].draw(summary)
    assert figure is not None
    assert sum(bool(axes.texts) for axes in figure.axes) == 20
    assert "at most" not in BY_STEM["networks"].caption(summary)


def test_every_figures_place_in_the_page_is_named_by_what_it_shows(full_summary: RunSummary) -> None:
    page = render_page(full_summary, {plot.stem: Figure() for plot in PLOTS})
    names = re.findall(r'role="group" tabindex="0" aria-label="([^"]*)"><svg', page)
    assert names == [
        "Chart of the seeds that reached each target against training time",
        "Bar chart of training examples per second, and of the first step",
        "Stacked bars of the seconds of each epoch",
        "Diagram of the layers of each network",
    ]


def test_each_data_set_has_figures_of_its_own_and_the_diagram_of_layers_is_one(
    make_summary: MakeSummary, cases_of_two_sets: tuple[CaseSummary, ...]
) -> None:
    summary = make_summary(cases_of_two_sets)
    drawings = drawings_of(BY_STEM["throughput"], summary)
    assert [drawing.stem for drawing in drawings] == ["throughput-spoken-digits", "throughput-word-languages"]
    for drawing in drawings:
        assert {case.case.dataset for case in drawing.summary.cases} == {drawing.dataset}
        assert [case.label for case in drawing.summary.cases] == ["lstm", "cnn"]
        assert drawing.alternative.startswith(f"Data set {drawing.dataset}. Bar chart")
        assert drawing.caption.startswith(f"Data set {drawing.dataset}. Bars:")
    (networks,) = drawings_of(BY_STEM["networks"], summary)
    assert networks.summary is summary
    (alone,) = drawings_of(BY_STEM["throughput"], make_summary())
    assert (alone.stem, alone.caption) == ("throughput", BY_STEM["throughput"].caption(make_summary()))


def test_a_deterministic_case_is_not_read_out_of_a_chart_of_seconds(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    usual = make_case_summary("lstm")
    exact = replace(usual, label="exact", case=usual.case.model_copy(update={"deterministic": True}))
    summary = make_summary([usual, exact])
    for stem in ("accuracy-against-seconds", "share-reached"):
        assert "lstm: " in BY_STEM[stem].alternative(summary)
        assert "exact" not in BY_STEM[stem].alternative(summary)
    assert "exact: validation from" in BY_STEM["accuracy-per-epoch"].alternative(summary)
