from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.analysis.results import RunSummary
from bench.plan.case import Case, Trial
from bench.store.records import Journal
from reports.live import LiveView

MakeJournal = Callable[..., Journal]
MakeSummary = Callable[..., RunSummary]
CASE = Case(model="lstm", epochs=3)
PLAN = [Trial(case=CASE, seed=0, index=0)]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal()


def test_the_line_follows_the_epochs_and_ends_as_an_ordinary_one(
    make_journal: MakeJournal, make_summary: MakeSummary, terminal: Terminal
) -> None:
    clock, stdout, journal = Clock(), io.StringIO(), make_journal(CASE)
    assert journal.end is not None
    view = LiveView(stdout, terminal, clock)
    view.run_started("r", PLAN, 0)
    view.trial_started(PLAN[0])
    view.event(PLAN[0], journal.epochs[0])
    clock.now += timedelta(seconds=20)
    view.tick()
    view.trial_ended(PLAN[0], journal.end)
    view.run_ended(make_summary(), Path("report.md"))
    shown = terminal.getvalue()
    assert "epoch 1/3, val_accuracy 0.9500, 1,034 examples/s, 2 min 06 s left (12:02)" in shown
    assert "(20.0 s ago)" in shown
    assert "lstm-mnist-b32-float32-cpu-s0: ok in 3 min 20 s\n" in shown
    assert stdout.getvalue() == "report.md\n"


def test_the_view_asks_for_a_slow_tick_and_starts_no_thread(terminal: Terminal) -> None:
    view = LiveView(io.StringIO(), terminal, Clock())
    assert view.tick_s == 10.0
    assert view._live.auto_refresh is False


def test_markup_in_a_message_is_shown_as_it_stands(make_summary: MakeSummary, terminal: Terminal) -> None:
    view = LiveView(io.StringIO(), terminal, Clock())
    view.run_started("r", PLAN, 0)
    view.waiting("[red]not red[/red] \x1b[2J")
    view.run_ended(make_summary(), Path("report.md"))
    assert "[red]not red[/red]" in terminal.getvalue()
    assert "\x1b[2J" not in terminal.getvalue()
