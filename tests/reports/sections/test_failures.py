from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench.analysis.results import RunSummary
from reports.sections.failures import render_failures

MakeSummary = Callable[..., RunSummary]


def test_a_run_without_a_failure_says_so_in_one_sentence(make_summary: MakeSummary) -> None:
    assert render_failures(make_summary()) == "Nothing: every planned trial ended ok."


def test_a_failure_keeps_its_last_output_folded_and_inert(full_summary: RunSummary) -> None:
    text = render_failures(full_summary)
    assert "Timeout: no end within 600 s" in text
    assert "\n````\nepoch 1\nepoch 2 | 3 ```\n````\n" in text
    assert "no GPU is visible" in text


def test_a_process_that_vanished_is_said_to_have(full_summary: RunSummary) -> None:
    lost = tuple(replace(failure, type=None, message=None, output_tail="") for failure in full_summary.failures)
    text = render_failures(replace(full_summary, failures=lost))
    assert "the process vanished without a word" in text
    assert "<details>" not in text
