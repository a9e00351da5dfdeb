"""Against a stand-in that records its calls; the calls are those that wandb takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.reports.trackers.metrics import epoch_metrics
from bench.reports.trackers.wandb_offline import open_tracker
from bench.store.records import Journal


class Run:
    def __init__(self, calls: list[tuple[str, Any]], fails: bool) -> None:
        self._calls, self._fails = calls, fails

    def log(self, figures: dict[str, float], *, step: int) -> None:
        if self._fails:
            raise OSError("disk full")
        self._calls.append(("log", (step, figures)))

    def finish(self, exit_code: int) -> None:
        self._calls.append(("finish", exit_code))


def stand_in(monkeypatch: pytest.MonkeyPatch, *, fails: bool = False) -> list[tuple[str, Any]]:
    calls: list[tuple[str, Any]] = []

    def init(**settings: Any) -> Run:
        calls.append(("init", settings))
        return Run(calls, fails)

    module: Any = ModuleType("wandb")
    module.init, module.Settings, module.teardown = init, dict, lambda: calls.append(("teardown", None))
    monkeypatch.setitem(sys.modules, "wandb", module)
    return calls


def test_a_trial_becomes_an_offline_run_and_its_service_ends(
    make_journal: Callable[..., Journal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, journal = stand_in(monkeypatch), make_journal(val_accuracy=(0.95, 0.97))
    open_tracker(tmp_path).copy(journal)
    assert [kind for kind, _ in calls] == ["init", "log", "log", "finish", "teardown"]
    init = calls[0][1]
    assert (init["mode"], init["name"], init["group"]) == ("offline", journal.trial_id, journal.start.run_id)
    assert init["dir"] == str(tmp_path)
    assert calls[2][1][0] == 2
    assert calls[2][1][1]["val_accuracy"] == 0.97
    assert [figures["ended_at_unix_s"] for _, (_, figures) in calls[1:3]] == [
        metrics.ended_at.timestamp() for metrics in epoch_metrics(journal)
    ]
    assert calls[3] == ("finish", 0)


def test_the_service_ends_also_where_copying_fails(
    make_journal: Callable[..., Journal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = stand_in(monkeypatch, fails=True)
    with pytest.raises(OSError, match="disk full"):
        open_tracker(tmp_path).copy(make_journal())
    assert calls[-1] == ("teardown", None)
