from __future__ import annotations

import io
import subprocess
import sys

import pytest

from bench.plan.case import Case, Trial
from bench.reports.terminal.console import make_observer, print_plan
from bench.reports.terminal.live_view import LiveView
from bench.reports.terminal.run_view import JsonView, PlainView, QuietView
from bench.store.records import ResolvedSuite


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_view_fits_what_stderr_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(make_observer(stderr=Terminal()), LiveView)
    assert type(make_observer(stderr=io.StringIO())) is PlainView


def test_what_is_asked_for_comes_before_what_stderr_is() -> None:
    assert type(make_observer(quiet=True, stderr=Terminal())) is QuietView
    assert isinstance(make_observer(as_json=True, quiet=True, stderr=Terminal()), JsonView)


def test_a_dry_run_prints_the_plan() -> None:
    stdout = io.StringIO()
    trials = (Trial(case=Case(model="lstm", epochs=3), seed=0, index=0),)
    print_plan(ResolvedSuite(name="s", description="", targets=(), timeout_s=None, trials=trials), stdout=stdout)
    assert stdout.getvalue().endswith("\n1 trial.\n")


def test_the_console_starts_without_the_libraries_that_only_a_report_needs() -> None:
    code = (
        "import sys, bench.reports.terminal.console, bench.reports.terminal.listings; "
        "print({'matplotlib', 'seaborn', 'pandas', 'scipy', 'jinja2', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert type(make_observer(stderr=Terminal())) is PlainView
