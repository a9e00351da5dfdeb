"""The golden report is compared byte for byte; `UPDATE_GOLDEN=1 pytest` on this file rewrites it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CaseSummary, RunSummary
from bench.errors import StoreError
from bench.plan.case import Case
from bench.reports.run.captions import PLOTS
from bench.reports.run.markdown import render_report, write_report
from bench.store.records import Journal, RunRecord
from bench.units import format_seconds
from tests.reports.golden import assert_golden
from tests.reports.hostile import HOSTILE, assert_inert_report

ALL_STEMS = [plot.stem for plot in PLOTS]

MakeCaseSummary = Callable[..., CaseSummary]
MakeSummary = Callable[..., RunSummary]


def test_a_full_report_reads_as_the_golden_one(full_summary: RunSummary) -> None:
    assert_golden("two-networks.md", render_report(full_summary, ALL_STEMS))


def test_a_report_of_one_seed_of_one_model_reads_as_the_golden_one(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary
) -> None:
    assert_golden("one-seed.md", render_report(make_summary([make_case_summary("lstm", seeds=(7,))]), ALL_STEMS))


def test_a_run_without_an_epoch_still_has_a_report_and_no_figure(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary, tmp_path: Path
) -> None:
    empty = make_case_summary(
        "lstm", curve=(), seeds=(0,), layers=(), resolved=None, data=None, num_params=None, throughput=None,
        first_step_s=None, steady_epoch_s=None, epoch_val_s=None, num_by_status={"failed": 1},
    )  # fmt: skip
    report = write_report(tmp_path, make_summary([empty])).read_text()
    assert report.count("No figure: no trial completed an epoch.") == len(PLOTS)
    assert not list((tmp_path / "figures").iterdir())


def test_hostile_names_are_inert_everywhere_in_the_report(
    full_summary: RunSummary, make_case_summary: MakeCaseSummary
) -> None:
    case = make_case_summary("lstm", label=HOSTILE)
    environment = full_summary.environment.model_copy(update={"hostname": HOSTILE, "cpu_model": HOSTILE})
    failures = tuple(replace(failure, trial_id=HOSTILE, message=HOSTILE) for failure in full_summary.failures)
    contrasts = tuple(replace(contrast, a=HOSTILE) for contrast in full_summary.headlines)
    summary = replace(
        full_summary, cases=(case,), environment=environment, failures=failures, headlines=contrasts, suite=HOSTILE,
        description=HOSTILE, missing=(HOSTILE,), run_id=HOSTILE,
    )  # fmt: skip
    assert_inert_report(render_report(summary, ALL_STEMS))


@pytest.mark.slow
def test_rebuilding_a_report_gives_the_same_bytes(full_summary: RunSummary, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write_report(folder, full_summary)
    written = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert [str(path) for path in written] == [
        *sorted(f"figures/{stem}.png" for stem in ALL_STEMS),
        "index.html",
        "report.md",
    ]
    assert all((first / path).read_bytes() == (second / path).read_bytes() for path in written)


def test_every_figure_in_the_report_has_words_for_those_who_do_not_see_it(full_summary: RunSummary) -> None:
    report = render_report(full_summary, ALL_STEMS)
    alternatives = re.findall(r"!\[(.*?)\]\(figures/.*?\.png\)", report)
    assert len(alternatives) == len(PLOTS)
    assert all("lstm" in text and "cnn" in text for text in alternatives)


def test_a_figure_of_an_earlier_report_does_not_outlive_its_data(
    make_summary: MakeSummary, make_case_summary: MakeCaseSummary, tmp_path: Path
) -> None:
    stale = tmp_path / "figures" / "throughput.png"
    stale.parent.mkdir()
    stale.write_bytes(b"old")
    write_report(tmp_path, make_summary([make_case_summary("lstm", throughput=None, fit_throughput=None)]))
    assert not stale.exists()


def test_a_folder_that_cannot_be_written_is_named(full_summary: RunSummary, tmp_path: Path) -> None:
    (tmp_path / "figures").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot write figures into .*make the folder writable"):
        write_report(tmp_path, full_summary)


def test_several_comparisons_are_folded_but_for_the_first(full_summary: RunSummary) -> None:
    summary = replace(full_summary, comparisons=full_summary.comparisons * 3)
    report = render_report(summary, ALL_STEMS)
    assert report.count("**lstm against cnn**") == 1
    assert report.count("<summary>lstm against cnn</summary>") == 2


def test_a_note_that_all_comparisons_share_stands_once_below_them(full_summary: RunSummary) -> None:
    (first,) = full_summary.comparisons
    second = replace(first, b="cnn-deep", contrasts=tuple(replace(one, b="cnn-deep") for one in first.contrasts))
    report = render_report(replace(full_summary, comparisons=(first, second)), ALL_STEMS)
    assert report.count("Pairs: rates and epoch times are of neighbouring trials") == 1
    assert report.index("Pairs: rates") > report.index("<details><summary>lstm against cnn-deep</summary>")


def test_a_long_table_of_accuracies_is_folded(make_summary: MakeSummary, make_case_summary: MakeCaseSummary) -> None:
    folded = "<details><summary>Accuracy per epoch: lstm</summary>"
    reports = [
        render_report(make_summary([make_case_summary("lstm", curve=(0.9,) * num_epochs, seeds=(0, 1))]), [])
        for num_epochs in (30, 31)
    ]
    assert [folded in report for report in reports] == [False, True]
    assert "</details>\n\nIn parentheses: smallest to largest of 2 trials." in reports[1]


def test_a_run_read_back_from_its_journals_makes_a_whole_report(
    make_case: Callable[..., Case], make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal],
    tmp_path: Path,
) -> None:  # fmt: skip
    lstm, cnn = make_case("lstm"), make_case("cnn")
    journals = [
        make_journal(case, seed, val_accuracy=curve, train_s=seconds, index=index)
        for index, (case, seed, curve, seconds) in enumerate([
            (lstm, 0, (0.95, 0.97, 0.98), 60.0), (cnn, 0, (0.98, 0.985, 0.99), 34.0),
            (cnn, 1, (0.981, 0.986, 0.991), 35.0), (lstm, 1, (0.951, None, 0.981), 61.0),
        ])
    ]  # fmt: skip
    report = write_report(tmp_path, summarize_run(make_run([lstm, cnn], seeds=(0, 1)), journals)).read_text()
    assert "After one epoch lstm reaches 95.05 % validation accuracy and cnn 98.05 %." in report
    assert "Nothing: every planned trial ended ok." in report
    assert sorted(path.stem for path in (tmp_path / "figures").iterdir()) == sorted(ALL_STEMS)


def test_a_report_of_deterministic_trials_has_their_accuracies_and_none_of_their_seconds(
    make_case: Callable[..., Case], make_run: Callable[..., RunRecord], make_journal: Callable[..., Journal],
    tmp_path: Path,
) -> None:  # fmt: skip
    cases = [make_case(model, deterministic=True) for model in ("lstm", "cnn")]
    curves = {"lstm": (0.91, 0.93, 0.9512), "cnn": (0.92, 0.94, 0.9634)}
    journals = [make_journal(case, seed, val_accuracy=curves[case.model], train_s=4321.0)
                for case in cases for seed in (0, 1)]  # fmt: skip
    report = write_report(tmp_path, summarize_run(make_run(cases, (0, 1)), journals)).read_text()
    page = (tmp_path / "index.html").read_text()
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"accuracy-per-epoch.png", "networks.png"}
    for text in (report, page):
        assert "95.12" in text
        assert "Deterministic operations were requested, and they can be slower, so no speed and no time" in text
        for seconds in (4321, 2 * 4321, 3 * 4321, 3 * 4321 + 20):
            assert not re.search(rf"{seconds}\b|{seconds:,}\b|{format_seconds(seconds)}", text)
    for nothing in ("examples per second", "Where a trial's seconds go", "faster than", "13.9"):
        assert nothing not in report
