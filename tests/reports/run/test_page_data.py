"""What the page's script is given: the same figures as the tables, and an answer for every target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.plan.case import Case
from bench.reports.kit.figures.theme import COLOURS, case_styles
from bench.reports.run.page_data import first_target, lowest_target, opening_table, page_data
from bench.reports.run.thin_curves import word_thin_curves
from bench.store.records import Journal, RunRecord

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_each_point_stands_at_its_epoch_seconds_and_examples_and_says_what_it_is(make_summary: MakeSummary) -> None:
    lstm, _ = page_data(make_summary())["cases"]
    assert lstm["points"][1]["x"] == (120.0, 2.0, 120_000.0)
    assert lstm["points"][1]["text"] == (
        "lstm, all seeds, epoch 2: 97.02 % validation accuracy, 2 min 00 s of training, 120,000 examples"
    )
    assert [(one["seed"], len(one["points"])) for one in lstm["seeds"]] == [(0, 3), (1, 3), (2, 3)]
    assert lstm["seeds"][0]["points"][0]["text"].startswith("lstm, seed 0, epoch 1: 94.88 % validation accuracy")


def test_a_page_holds_a_thousand_thin_curves_and_says_which(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    summary = make_summary([make_case_summary(model, epoch_s=600.0, seeds=range(501)) for model in ("lstm", "cnn")])
    assert [len(case["seeds"]) for case in page_data(summary)["cases"]] == [500, 500]
    assert word_thin_curves(summary) == "Thin: each case's first 500 seeds."
    assert word_thin_curves(make_summary()) == "Thin: each seed."


def test_a_range_is_no_band_since_the_seeds_show_it(make_summary: MakeSummary) -> None:
    assert {point["low"] for case in page_data(make_summary())["cases"] for point in case["points"]} == {None}


def test_every_target_up_to_1_has_an_answer_in_the_tables_own_words(
    make_case: Callable[..., Case], make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal]
) -> None:
    case = make_case("lstm")
    journals = [make_journal(case, seed, val_accuracy=curve) for seed, curve in enumerate([(0.95, 0.97), (0.94, 0.98)])]
    summary = summarize_run(make_run([case], seeds=(0, 1)), journals)
    (data,) = page_data(summary)["cases"]
    assert [(round(step["target"], 6), step["cells"][0], step["cells"][2]) for step in data["steps"]] == [
        (0.94, "2/2", "1"), (0.95, "2/2", "1.5"), (0.97, "2/2", "2"), (0.98, "1/2", "> budget"),
        (1.0, "0/2", "> budget"),
    ]  # fmt: skip


def test_the_page_opens_with_the_primary_target_on_seconds(make_summary: MakeSummary) -> None:
    summary = make_summary(primary_target=0.99)
    assert first_target(summary) == page_data(summary)["target"] == 0.99
    assert opening_table(summary).rows[0][:2] == ("lstm", "0/3")
    assert opening_table(summary).rows[1][:2] == ("cnn", "3/3")
    assert lowest_target(summary) < 0.9498
    assert page_data(summary)["axes"][0][0] == "seconds"


def test_a_run_without_a_target_opens_with_the_usual_one(make_summary: MakeSummary) -> None:
    summary = make_summary(targets=(), primary_target=None)
    assert first_target(summary) == 0.9
    assert [row[1] for row in opening_table(summary).rows] == ["3/3", "3/3"]


def test_a_chart_shows_one_data_set_with_its_own_axis_and_largest_class(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    images, words = (make_case_summary("lstm", curve=curve) for curve in ((0.95, 0.97), (0.5, 0.6)))
    assert words.data is not None
    words = replace(
        words,
        label="lstm · words",
        case=words.case.model_copy(update={"dataset": "words"}),
        data=words.data.model_copy(update={"majority_accuracy": 0.4}),
    )
    data = page_data(make_summary([images, words]))
    assert [case["dataset"] for case in data["cases"]] == [0, 1]
    assert data["datasets"] == [
        {"name": "mnist", "crowded": True, "majority": None},
        {"name": "words", "crowded": False, "majority": 0.4},
    ]


def test_a_case_has_the_colour_that_figures_give_it(make_summary: MakeSummary) -> None:
    summary = make_summary()
    colours = [style.colour for style in case_styles(case.label for case in summary.cases).values()]
    assert [COLOURS[case["colour"]] for case in page_data(summary)["cases"]] == colours


def test_long_labels_have_short_names_that_differ(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    labels = [f"数据-fast · batch {size} · 8 steps per execution · 2 inter-op threads" for size in (128, 512)]
    cases = page_data(make_summary([make_case_summary("lstm", label=label) for label in [*labels, "cnn"]]))["cases"]
    assert [case["label"] for case in cases] == [*labels, "cnn"]
    assert [case["short"] for case in cases] == ["数据-fast · batch 128 · …", "数据-fast · batch 512 · …", "cnn"]


def test_a_case_without_an_epoch_has_no_curve(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    empty = make_case_summary("lstm", curve=(), seeds=(0,), throughput=None)
    assert page_data(make_summary([empty, make_case_summary("cnn")]))["cases"][0]["label"] == "cnn"


def test_hidden_characters_in_a_label_are_made_visible(make_summary: MakeSummary) -> None:
    cases: Mapping[str, CaseSummary] = {case.label: case for case in make_summary().cases}
    (data,) = page_data(make_summary([replace(cases["lstm"], label="a\u202eb\x1b[31m")]))["cases"]
    assert data["label"] == "a\N{REPLACEMENT CHARACTER}b"


def test_a_deterministic_case_has_no_place_on_the_axis_of_seconds(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    usual = make_case_summary("lstm")
    exact = replace(usual, label="exact", case=usual.case.model_copy(update={"deterministic": True}))
    _, data = page_data(make_summary([usual, exact]))["cases"]
    points = [*data["points"], *(point for seed in data["seeds"] for point in seed["points"])]
    assert {point["x"][0] for point in points} == {None}
    assert data["points"][1]["text"] == "exact, epoch 2: 97.02 % validation accuracy, 120,000 examples"
