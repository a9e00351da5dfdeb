"""What stands at the head of every page about a run, and what the terminal says of its end."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from bench.reports.run.headline import headline, verdict
from bench.settings import TABLE
from bench.store.records import TrialStatus
from bench.units import counted, format_count, format_seconds

if TYPE_CHECKING:
    # What makes these values needs scipy, which no list and no plan should wait for.
    from bench.analysis.summary_types import RunSummary

# How a recorded command begins that a shell can run; a notebook's call is recorded by its function's name.
_IS_COMMAND = frozenset({"python", "bench", "rnn-or-cnn"})
_AS_CALLED = "# trained from Python: call bench.api.run.run with the same request"


def run_front(summary: RunSummary) -> dict[str, str]:
    """Return what stands at the head of every page about a run, as plain text."""
    return {
        "suite": summary.suite,
        "host": summary.environment.hostname,
        "run_id": summary.run_id,
        "description": _describe_suite(summary),
        "created_at": f"{summary.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "trials": f"{counted(summary.num_planned, 'trial')} planned: {describe_counts(summary.num_by_status)}",
        "took": _word_total(summary),
        "version": summary.version,
        "headline": headline(summary),
        "verdict": verdict(summary),
    }


def count_ok(summary: RunSummary) -> str:
    """Return `25 trials`, or `24 trials of 25` where not all that were planned ended ok."""
    num_ok = summary.num_by_status.get("ok", 0)
    return counted(num_ok, "trial") + ("" if num_ok == summary.num_planned else f" of {summary.num_planned}")


def remake_commands(summary: RunSummary) -> tuple[str, str]:
    """Return what trains again, and what rebuilds the report, as typed in the folder where the run was started."""
    output = _find_options(summary.command, {"--output": True})
    again = shlex.join(summary.command) if _IS_COMMAND & {*summary.command[:1]} else _AS_CALLED
    return again, shlex.join(["python", "-m", "bench", "report", summary.run_id, *output])


def _describe_suite(summary: RunSummary) -> str:
    """Return what the suite is about, and which settings that were typed make this run about something else."""
    flags = {setting.flag: setting.kind is not bool for setting in TABLE.values()}
    typed = _find_options(summary.command, flags) if summary.description else []
    return f"{summary.description}; in this run with {shlex.join(typed)}" if typed else summary.description


def _find_options(command: Sequence[str], takes_value: Mapping[str, bool]) -> list[str]:
    """Return the words of a command that are these options, each with its value where it takes one."""
    found: list[str] = []
    words = iter(command)
    for word in words:
        flag, has_value, _ = word.partition("=")
        if flag in takes_value:
            found.append(word)
            found += itertools.islice(words, takes_value[flag] and not has_value)
    return found


def _word_total(summary: RunSummary) -> str:
    """Say how long the trials took, as the end of a sentence; nothing where none has told."""
    if summary.total_s is None:
        return ""
    together = "It took" if summary.num_planned == 1 else "Together they took"
    return f". {together} {format_seconds(summary.total_s)}"


def describe_counts(counts: Mapping[TrialStatus, int]) -> str:
    """Return `5 ok, 1 timeout`, the good ones first."""
    ordered = sorted(counts.items(), key=lambda item: (item[0] != "ok", item[0]))
    return ", ".join(f"{format_count(count)} {status}" for status, count in ordered) or "no trial ran"
