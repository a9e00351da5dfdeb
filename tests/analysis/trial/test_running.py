"""A report of a run that still goes on: what is not finished has neither failed nor missed."""

from __future__ import annotations

import pytest

from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import CautionCode
from bench.reports.run.markdown import render_report


@pytest.fixture
def summary(make_run, make_journal):
    going_on = make_journal("cnn", val_accuracy=(0.5,), status=None, warnings=("dropped a torn last line",))
    journals = [make_journal("lstm"), going_on.model_copy(update={"is_running": True})]
    return summarize_run(make_run(("lstm", "cnn"), seeds=(0, 1)), journals)


def test_a_running_trial_is_named_and_no_failure(summary):
    assert summary.running == ("cnn-mnist-b32-float32-cpu-s0",)
    assert summary.failures == ()
    assert dict(summary.num_by_status) == {"ok": 1, "running": 1}


def test_a_running_trial_counts_for_no_target_and_needs_no_caution(summary):
    cnn = next(case for case in summary.cases if case.label == "cnn")
    assert {(target.num_trials, target.num_crashed) for target in cnn.targets} == {(0, 0)}
    codes = {caution.code for caution in summary.cautions}
    assert not codes & {CautionCode.FEWER_EPOCHS, CautionCode.JOURNAL}


def test_the_report_says_that_the_run_goes_on(summary):
    text = render_report(summary, [])
    assert "1 ok, 1 running" in text
    assert "Still running when this was written: cnn-mnist-b32-float32-cpu-s0" in text
    assert "Planned and not yet started: " in text
