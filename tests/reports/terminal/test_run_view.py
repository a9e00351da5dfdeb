from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.analysis.summary_types import Caution, CautionCode, Contrast, RunSummary
from bench.plan.case import Case, Trial
from bench.reports.run.front import describe_counts
from bench.reports.run.observer import RunObserver
from bench.reports.terminal.run_view import JsonView, PlainView, QuietView, describe_end
from bench.store.records import Journal, TrialError

MakeJournal = Callable[..., Journal]
MakeSummary = Callable[..., RunSummary]
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASE = Case(model="lstm", epochs=3)
PLAN = [Trial(case=CASE, seed=seed, index=seed) for seed in (0, 1)]


def play(view: RunObserver, journal: Journal, summary: RunSummary) -> None:
    """Tell a view of a run of two trials of which the second waits for nothing and never starts."""
    assert journal.built is not None
    assert journal.end is not None
    view.run_started("20261122T120000Z-tutorial-3f2a", PLAN, 0)
    view.waiting("another run measures on this host")
    view.note("in turns: 2 trials")
    view.trial_started(PLAN[0])
    view.event(PLAN[0], journal.built)
    view.event(PLAN[0], journal.epochs[0])
    view.tick()
    view.trial_ended(PLAN[0], journal.end)
    view.run_ended(summary, Path("results/report.md"))


@pytest.fixture
def summary(make_summary: MakeSummary, make_headlines: Callable[..., tuple[Contrast, ...]]) -> RunSummary:
    return make_summary(headlines=make_headlines())


def test_a_log_gets_one_line_an_event_with_the_expected_end(make_journal: MakeJournal, summary: RunSummary) -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    play(PlainView(stdout, stderr, lambda: NOON), make_journal(CASE), summary)
    name = "lstm-mnist-b32-float32-cpu-s0"
    assert stderr.getvalue().splitlines()[:-1] == [
        "run 20261122T120000Z-tutorial-3f2a: 2 trials to run",
        "waiting: another run measures on this host",
        "in turns: 2 trials",
        f"[1/2] {name}: starting",
        f"[1/2] {name}: epoch 1/3, val_accuracy 0.9500, 1,034 examples/s, 5 min 11 s left (12:05)",
        f"[1/2] {name}: ok in 3 min 20 s",
        "6 ok",
    ]
    assert stderr.getvalue().splitlines()[-1].startswith("After one epoch lstm reaches 94.98 %")
    assert stdout.getvalue() == "results/report.md\n"


def test_a_run_ends_with_what_makes_its_accuracies_less_than_they_seem(make_summary: MakeSummary) -> None:
    stderr = io.StringIO()
    doubt = Caution(CautionCode.MAJORITY, ("lstm",), {"dataset": "mine\x1b[2J.npz", "majority": 0.96})
    told = Caution(CautionCode.VALIDATION_IS_TEST, (), {"num_test": 10_000})
    view = PlainView(io.StringIO(), stderr, lambda: NOON)
    view.run_started("r", PLAN[:1], 1)
    view.run_ended(make_summary(cautions=(doubt, told)), Path("results/report.md"))
    (line,) = [line for line in stderr.getvalue().splitlines() if line.startswith("caution: ")]
    assert "lstm: Always answering the largest class of mine.npz has a validation accuracy of 96 %" in line


def test_a_quiet_run_prints_the_path_of_its_report_alone(make_journal: MakeJournal, summary: RunSummary) -> None:
    stdout = io.StringIO()
    play(QuietView(stdout), make_journal(CASE), summary)
    assert stdout.getvalue() == "results/report.md\n"


def test_json_is_one_object_a_line_and_ends_with_the_report(make_journal: MakeJournal, summary: RunSummary) -> None:
    stdout = io.StringIO()
    play(JsonView(stdout), make_journal(CASE), summary)
    events = [json.loads(line) for line in stdout.getvalue().splitlines()]
    assert [event["event"] for event in events] == [
        "run_started", "waiting", "note", "trial_started", "built", "epoch", "end", "run_ended",
    ]  # fmt: skip
    assert events[5]["trial_id"] == PLAN[0].trial_id
    assert {event["schema"] for event in events} == {1}
    assert events[5]["val_accuracy"] == 0.95
    assert events[-1] == {"schema": 1, "event": "run_ended", "num_by_status": {"ok": 6}, "report": "results/report.md"}


def test_the_runs_own_events_of_schema_1_have_these_keys(make_journal: MakeJournal, summary: RunSummary) -> None:
    stdout = io.StringIO()
    play(JsonView(stdout), make_journal(CASE), summary)
    events = [json.loads(line) for line in stdout.getvalue().splitlines()]
    assert {event["event"]: " ".join(event) for event in events if event["event"] not in {"built", "epoch", "end"}} == {
        "run_started": "schema event run_id trials num_done",
        "waiting": "schema event message",
        "note": "schema event message",
        "trial_started": "schema event trial_id index seed",
        "run_ended": "schema event num_by_status report",
    }


def test_no_view_asks_to_be_woken_but_the_live_one() -> None:
    assert [view.tick_s for view in (QuietView(io.StringIO()), JsonView(io.StringIO()))] == [None, None]


def test_an_error_shows_its_last_line_and_cannot_steer_the_terminal(make_journal: MakeJournal) -> None:
    stderr = io.StringIO()
    view = PlainView(io.StringIO(), stderr, lambda: NOON)
    view.run_started("r", PLAN[:1], 1)
    error = TrialError(type="ValueError", message="gone\n\x1b[2Jnext\u202e")
    failed = make_journal(CASE, status="failed", error=error).end
    assert failed is not None
    view.trial_ended(PLAN[0], failed)
    assert stderr.getvalue().splitlines() == [
        "run r: 1 trial to run, 1 already done",
        "[2/2] lstm-mnist-b32-float32-cpu-s0: failed in 3 min 20 s: ValueError: next\ufffd",
    ]


def test_an_end_without_a_duration_says_none(make_journal: MakeJournal) -> None:
    end = make_journal(CASE, status="killed").end
    assert end is not None
    assert describe_end(end.model_copy(update={"total_s": None})) == "killed"


def test_counts_begin_with_what_went_well() -> None:
    assert describe_counts({"timeout": 1, "failed": 2, "ok": 5}) == "5 ok, 2 failed, 1 timeout"
    assert describe_counts({}) == "no trial ran"
