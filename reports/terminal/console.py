"""What `bench run` shows in a terminal: the view of a run, and the plan of a dry run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TextIO

from bench.analysis.time_estimate import PlanEstimate
from bench.reports.run.observer import RunObserver
from bench.reports.terminal.lasting_stream import lasting
from bench.reports.terminal.listings import plan_table
from bench.reports.terminal.run_view import JsonView, PlainView, QuietView
from bench.store.records import ResolvedSuite


def make_observer(
    *,
    quiet: bool = False,
    as_json: bool = False,
    live: bool = True,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    expected_s: Mapping[str, float] | None = None,
) -> RunObserver:
    """Return the view that fits: JSON or nothing where asked for, live on a terminal, lines elsewhere (a CI log).

    `now` is the local time, from which the expected end is told, and `expected_s` a trial's seconds by case_id as
    far as they can be told before; without `live` a terminal gets lines, too.
    """
    out, err = lasting(stdout or sys.stdout), lasting(stderr or sys.stderr)
    if as_json:
        return JsonView(out)
    if quiet:
        return QuietView(out)
    if not live or not err.isatty() or os.environ.get("TERM") == "dumb":
        return PlainView(out, err, now, expected_s)
    from bench.reports.terminal.live_view import LiveView  # noqa: PLC0415 - rich takes a tenth of a second that only a terminal pays for

    return LiveView(out, err, now, expected_s)


def print_plan(suite: ResolvedSuite, estimate: PlanEstimate | None = None, stdout: TextIO | None = None) -> None:
    """Write the trials that would run, and how long they would take where that is known."""
    print(plan_table(suite, estimate), file=stdout or sys.stdout)
