"""A run's summary: everything a report needs, once, whatever became of the trials."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from bench.analysis.run_summary import summarize_run
from bench.analysis.summary_types import Failure, Interval, RunSummary, TrialLedger
from bench.analysis.trial.time_to_target import TARGET_SWEEP
from bench.plan.case import Case
from bench.plan.expand import NotRun
from bench.store.records import Journal, RunRecord, TrialError

MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]
MakeRun = Callable[..., RunRecord]


@pytest.fixture
def broken_run(make_run: MakeRun, make_case: MakeCase, make_journal: MakeJournal) -> RunSummary:
    """A run in which one trial is fine, one crashed, one runs still, one diverged, and two never started."""
    lstm, cnn = make_case("lstm"), make_case("cnn")
    error = TrialError(type="ResourceExhaustedError", message="out of memory", output_tail="Killed")
    journals = [
        make_journal(cnn, 1, val_accuracy=(None,), train_s=0.0, first_step_s=0.0, status="diverged", index=3),
        make_journal(lstm, 0, train_s=(62.0, 60.0, 60.0), index=0),
        make_journal(lstm, 1, val_accuracy=(), status="oom", error=error, built=False, index=2),
        make_journal(cnn, 0, val_accuracy=(0.983,), train_s=30.0, status=None, canary_s=None, index=1),
    ]
    return summarize_run(make_run([lstm, cnn], seeds=(0, 1, 2)), journals)


def test_a_case_has_every_figure_of_its_row(make_run: MakeRun, make_journal: MakeJournal) -> None:
    journals = [
        make_journal("lstm", 0, val_accuracy=(0.95, 0.98, 0.97), train_s=(62.0, 60.0, 60.0)),
        make_journal("lstm", 1, val_accuracy=(0.95, 0.96, 0.98), train_s=(32.0, 30.0, 30.0)),
    ]
    (case, missing) = summarize_run(make_run(seeds=(0, 1)), journals).cases
    low, high = 179_968 / 180, 179_968 / 90
    assert case.throughput == Interval(
        pytest.approx((low * high) ** 0.5), pytest.approx(low), pytest.approx(high), 2, "range"
    )
    assert case.achieved_flops_per_s is not None
    assert case.achieved_flops_per_s.high == pytest.approx(35e6 * high)
    assert case.first_step_s == Interval(2.0, 2.0, 2.0, 2, "range")
    fast, slow = 60_000 / high, 60_000 / low
    assert case.steady_epoch_s == Interval(
        pytest.approx((fast * slow) ** 0.5), pytest.approx(fast), pytest.approx(slow), 2, "range"
    )
    assert case.epoch_val_s == Interval(3.0, 3.0, 3.0, 2, "range")
    assert case.fit_epoch_s == case.steady_epoch_s
    assert case.seconds == TrialLedger(3.75, 135.0, 2.0, 0.0, 9.0, 0.375, 20.0 - 3.75 - 9.375)
    assert case.final_val_accuracy == Interval(pytest.approx(0.975), 0.97, 0.98, 2, "range")
    assert case.peak_rss_bytes == Interval(700_000_003, 700_000_003, 700_000_003, 2, "range")
    assert case.peak_device_bytes is None
    assert (case.num_params, case.flops_per_example, case.family) == (216_426, 35_000_000, "recurrent")
    assert [layer.name for layer in case.layers] == ["lstm"]
    assert (case.seeds, case.num_by_status) == ((0, 1), {"ok": 2})
    assert (missing.label, missing.seeds, missing.throughput) == ("cnn", (0, 1), None)
    assert (missing.curve.points, missing.data, missing.num_params) == ((), None, None)


def test_cases_stand_in_suite_order_and_trials_in_the_order_they_ran(broken_run: RunSummary) -> None:
    assert [case.label for case in broken_run.cases] == ["lstm", "cnn"]
    assert [trial.seed for trial in broken_run.cases[1].trials] == [0, 1]


def test_failures_and_missing_trials_are_listed(broken_run: RunSummary) -> None:
    assert broken_run.num_by_status == {"ok": 1, "oom": 1, "killed": 1, "diverged": 1}
    assert broken_run.num_planned == 6
    assert broken_run.missing == ("lstm-mnist-b32-float32-cpu-s2", "cnn-mnist-b32-float32-cpu-s2")
    killed, oom, diverged = broken_run.failures
    assert oom == Failure(
        trial_id="lstm-mnist-b32-float32-cpu-s1",
        label="lstm",
        status="oom",
        num_epochs=0,
        type="ResourceExhaustedError",
        message="out of memory",
        output_tail="Killed",
    )
    assert (killed.status, killed.num_epochs, killed.type, killed.message) == ("killed", 1, None, None)
    assert diverged.status == "diverged"


def test_accuracy_after_the_budget_is_of_the_trials_that_came_so_far(broken_run: RunSummary) -> None:
    lstm, cnn = broken_run.cases
    assert lstm.final_val_accuracy == Interval(0.98, None, None, 1, "none")
    assert cnn.final_val_accuracy is None
    assert [point.val_accuracy.n for point in cnn.curve.points] == [1]


def test_a_zero_duration_has_no_throughput(broken_run: RunSummary) -> None:
    cnn = broken_run.cases[1]
    assert [trial.throughput is None for trial in cnn.trials] == [False, True]
    assert cnn.throughput is not None
    assert cnn.throughput.n == 1


def test_targets_are_the_suites_unless_others_are_asked_for(make_run: MakeRun, make_journal: MakeJournal) -> None:
    run, journals = make_run(["lstm"]), [make_journal("lstm")]
    assert (summarize_run(run, journals).targets, summarize_run(run, journals).primary_target) == ((0.9, 0.98), 0.9)
    asked = summarize_run(run, journals, [0.97, 0.5, 0.97])
    assert (asked.targets, asked.primary_target) == ((0.5, 0.97), 0.97)
    assert [result.target for result in asked.cases[0].targets] == [0.5, 0.97]
    assert [result.target for result in asked.cases[0].sweep] == list(TARGET_SWEEP)
    bare = run.model_copy(update={"suite": run.suite.model_copy(update={"targets": ()})})
    assert (summarize_run(bare, journals).targets, summarize_run(bare, journals).primary_target) == (TARGET_SWEEP, 0.9)
    assert summarize_run(run, journals, []).primary_target is None


def test_a_run_without_a_journal_is_all_missing(make_run: MakeRun) -> None:
    summary = summarize_run(make_run(), [])
    assert len(summary.missing) == 2
    assert (summary.total_s, summary.failures, summary.num_by_status) == (None, (), {})
    assert [contrast.effect for contrast in summary.headlines] == [None] * len(summary.headlines)


def test_a_case_that_only_a_journal_knows_is_shown(make_run: MakeRun, make_journal: MakeJournal) -> None:
    summary = summarize_run(make_run(["lstm"]), [make_journal("lstm"), make_journal("cnn")])
    assert [(case.label, case.seeds) for case in summary.cases] == [("lstm", (0,)), ("cnn", ())]


def test_cases_that_the_machine_cannot_run_are_kept(make_run: MakeRun, make_case: MakeCase) -> None:
    run = make_run(["lstm"])
    left_out = NotRun(case=make_case("lstm-cudnn", device="gpu"), reason="no GPU is visible")
    summary = summarize_run(run.model_copy(update={"suite": run.suite.model_copy(update={"not_run": (left_out,)})}), [])
    assert summary.not_run == (left_out,)


def test_total_seconds_are_of_the_trials_that_ended(broken_run: RunSummary) -> None:
    assert broken_run.total_s == 202.0 + 20.0 + 20.0


def test_the_same_journals_in_any_order_give_the_same_summary(make_run: MakeRun, make_journal: MakeJournal) -> None:
    journals = [
        make_journal(model, seed, val_accuracy=(0.9 + seed / 200,) * 3, train_s=seconds + seed)
        for seed in range(10)
        for model, seconds in (("lstm", 60.0), ("cnn", 30.0))
    ]
    journals = [j.model_copy(update={"start": j.start.model_copy(update={"index": i})}) for i, j in enumerate(journals)]
    run = make_run(seeds=range(10))
    assert summarize_run(run, journals) == summarize_run(run, journals[::-1])


def test_no_figure_is_nan_or_infinite(broken_run: RunSummary) -> None:
    figures = list(_figures(dataclasses.asdict(broken_run)))
    assert len(figures) > 100
    assert all(math.isfinite(figure) for figure in figures)


def _figures(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _figures(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _figures(part)


def test_an_attempt_that_was_made_again_is_named_and_is_no_failure(
    make_run: MakeRun, make_journal: MakeJournal
) -> None:
    attempt = make_journal("lstm", 0, val_accuracy=(), train_s=(), status="interrupted")
    summary = summarize_run(make_run(["lstm"]), [make_journal("lstm", 0)], superseded=[attempt])
    assert not summary.failures
    assert [(one.status, one.num_epochs) for one in summary.superseded] == [("interrupted", 0)]
