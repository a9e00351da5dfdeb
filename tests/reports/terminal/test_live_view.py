from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.analysis.summary_types import RunSummary
from bench.plan.case import Case, Trial
from bench.reports.terminal.live_view import LiveView
from bench.store.records import EndEvent, Journal, TrialError

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
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    return Terminal()


def test_the_table_follows_the_epochs_and_stays_above_the_answer(
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
    assert "[1/1] epoch 1/3 ended, 2 min 02 s left (12:02)" in shown
    assert "(20.0 s ago)" in shown
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    rows = [words for line in plain.splitlines() if (words := line.split())[:2] == ["lstm", "0"]]
    assert ["lstm", "0", "1/3", "0.9500", "1,034", "12:02", "running"] in rows
    assert rows[-1] == ["lstm", "0", "1/3", "0.9500", "1,034", "–", "ok"]
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


def test_what_went_wrong_stays_as_a_line(make_summary: MakeSummary, terminal: Terminal) -> None:
    view = LiveView(io.StringIO(), terminal, Clock())
    view.run_started("r", PLAN, 0)
    view.trial_started(PLAN[0])
    end = EndEvent(status="timeout", num_epochs=0, total_s=600.0, error=TrialError(type="Timeout", message="no end"))
    view.trial_ended(PLAN[0], end)
    view.run_ended(make_summary(), Path("report.md"))
    assert "lstm-mnist-b32-float32-cpu-s0: timeout in 10 min 00 s: Timeout: no end\n" in terminal.getvalue()


def test_no_color_means_no_colour(make_summary: MakeSummary, terminal: Terminal) -> None:
    view = LiveView(io.StringIO(), terminal, Clock())
    view.run_started("r", PLAN, 0)
    view.trial_started(PLAN[0])
    view.trial_ended(PLAN[0], EndEvent(status="failed", num_epochs=0, total_s=1.0, error=None))
    view.run_ended(make_summary(), Path("report.md"))
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", terminal.getvalue())
