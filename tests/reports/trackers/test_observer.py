from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.plan.case import Case, Trial
from bench.reports.terminal.run_view import PlainView, QuietView
from bench.reports.trackers import observer
from bench.reports.trackers.observer import TrackedView, follow_run
from bench.reports.trackers.tracker import TrackerSpec
from bench.store.records import Journal

MakeJournal = Callable[..., Journal]
TRIALS = [Trial(case=Case(model="lstm", epochs=3), seed=seed, index=seed) for seed in range(2)]


class Keeping:
    def __init__(self) -> None:
        self.copied: list[Journal] = []

    def copy(self, journal: Journal) -> None:
        self.copied.append(journal)


class Failing:
    def __init__(self) -> None:
        self.tries = 0

    def copy(self, journal: Journal) -> None:
        self.tries += 1
        raise RuntimeError(f"no server for {journal.trial_id}")


def test_a_trial_is_copied_once_it_and_those_in_turns_with_it_have_ended_and_not_while_one_runs(
    make_journal: MakeJournal,
) -> None:
    tracker, err, journal = Keeping(), io.StringIO(), make_journal()
    assert journal.end is not None
    view = PlainView(io.StringIO(), err, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    tracked = TrackedView(view, {"keeping": tracker}, lambda _: journal, pytest.fail)
    tracked.run_started("r", TRIALS, 0)
    tracked.trial_started(TRIALS[0])
    tracked.event(TRIALS[0], journal.epochs[0])
    tracked.tick()
    assert tracker.copied == []
    tracked.trial_ended(TRIALS[0], journal.end)
    assert tracker.copied == []
    for _ in range(2):
        tracked.between_trials()
    assert tracker.copied == [journal]
    assert "epoch 1/3" in err.getvalue()


def test_a_tracker_that_fails_warns_once_and_hurts_neither_the_run_nor_another(make_journal: MakeJournal) -> None:
    failing, keeping, journal = Failing(), Keeping(), make_journal()
    assert journal.end is not None
    warnings: list[str] = []
    tracked = TrackedView(
        QuietView(io.StringIO()), {"failing": failing, "keeping": keeping}, lambda _: journal, warnings.append
    )
    for trial in TRIALS:
        tracked.trial_ended(trial, journal.end)
    tracked.between_trials()
    assert failing.tries == 1
    assert len(keeping.copied) == 2
    assert warnings == [
        "warning: tracker failing failed and is left out from now on: RuntimeError: no server for "
        "lstm-mnist-b32-float32-cpu-s0"
    ]


def test_a_tracker_that_cannot_be_opened_is_told_and_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(spec: TrackerSpec, folder: Path) -> None:
        raise ImportError(f"{spec.package} \x1b[31mis broken in {folder.name}")

    monkeypatch.setattr(observer, "open_tracker", refuse)
    view = QuietView(io.StringIO())
    assert follow_run(view, [TrackerSpec("one", "p", "e", "m", "s")], tmp_path / "run", "id") is view
    assert capsys.readouterr().err == (
        "warning: tracker one failed and is left out from now on: ImportError: p is broken in run\n"
    )


def test_without_a_tracker_the_view_stands_alone(tmp_path: Path) -> None:
    view = QuietView(io.StringIO())
    assert follow_run(view, (), tmp_path, "id") is view
