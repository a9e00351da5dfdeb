from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.summary_types import RunSummary
from bench.reports.run.sections.failures import (
    failures_table,
    name_lists,
    not_run_table,
    output_tails,
    superseded_table,
)

MakeSummary = Callable[..., RunSummary]


def test_a_run_without_a_failure_has_nothing_to_list(make_summary: MakeSummary) -> None:
    summary = make_summary()
    assert failures_table(summary) is None
    assert not_run_table(summary) is None
    assert (name_lists(summary), output_tails(summary)) == ((), ())


def test_a_failure_is_told_with_its_last_output_and_what_is_missing(full_summary: RunSummary) -> None:
    failures, not_run = failures_table(full_summary), not_run_table(full_summary)
    assert failures is not None
    assert failures.rows[0][1:] == ("timeout", "1", "Timeout: no end within 600 s; raise --timeout")
    assert output_tails(full_summary)[0][1] == "epoch 1\nepoch 2 | 3 ```"
    assert not_run is not None
    assert not_run.rows[0][1] == "no GPU is visible"
    assert [title for title, _ in name_lists(full_summary)] == [
        "Damaged journals, set aside", "Planned and never started",
    ]  # fmt: skip


def test_a_process_that_vanished_is_said_to_have(full_summary: RunSummary) -> None:
    lost = tuple(replace(failure, type=None, message=None, output_tail="") for failure in full_summary.failures)
    summary = replace(full_summary, failures=lost)
    table = failures_table(summary)
    assert table is not None
    assert table.rows[0][3] == "the process vanished without a message"
    assert output_tails(summary) == ()


def test_an_earlier_attempt_is_named_though_its_trial_ended_ok(
    make_summary: MakeSummary, full_summary: RunSummary
) -> None:
    (failure,) = full_summary.failures
    attempt = replace(failure, trial_id="lstm-mnist-b32-float32-cpu-s3.1", status="interrupted", num_epochs=0)
    table = superseded_table(make_summary(superseded=(attempt,)))
    assert table is not None
    assert table.rows[0][:3] == ("lstm-mnist-b32-float32-cpu-s3.1", "interrupted", "0")
    assert superseded_table(full_summary) is None
