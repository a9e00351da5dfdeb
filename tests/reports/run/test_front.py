"""What every page about a run has at its head."""

from collections.abc import Callable

import pytest

from bench.analysis.summary_types import RunSummary
from bench.reports.run.front import run_front
from bench.store.records import TrialStatus


@pytest.mark.parametrize(
    ("counts", "words"),
    [({"failed": 1, "ok": 5}, "6 trials planned: 5 ok, 1 failed"), ({}, "6 trials planned: no trial ran")],
)
def test_a_pages_head_counts_the_trials_as_the_terminal_does(
    make_summary: Callable[..., RunSummary], counts: dict[TrialStatus, int], words: str
) -> None:
    assert run_front(make_summary(num_planned=6, num_by_status=counts))["trials"] == words
