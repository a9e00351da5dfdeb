from __future__ import annotations

import io

from bench.plan.case import Case, Trial
from bench.reports.terminal.check_view import CheckView
from bench.store.records import EndEvent


def test_a_side_that_is_tried_again_counts_once() -> None:
    trials = [Trial(case=Case(model="cnn", epochs=1), seed=seed, index=seed) for seed in (0, 1)]
    written = io.StringIO()
    view = CheckView(written, "head", is_quiet=False)
    view.run_started("run", trials, 0)
    for status in ("oom", "ok"):
        view.trial_ended(trials[0], EndEvent(status=status, num_epochs=1, total_s=1.0, error=None))
    assert [line[:5] for line in written.getvalue().splitlines()] == ["[1/2]", "[1/2]"]
