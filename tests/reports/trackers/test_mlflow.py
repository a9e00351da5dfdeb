"""Against a client that records its calls; the calls are those that mlflow-skinny's client takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from bench.reports.trackers.mlflow import EXPERIMENT, MLflow
from bench.store.records import Journal


class Client:
    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def get_experiment_by_name(self, name: str) -> None:
        self.calls.append(("get", name))

    def create_experiment(self, name: str) -> str:
        self.calls.append(("create", name))
        return "7"

    def create_run(self, experiment_id: str, *, start_time: int, run_name: str) -> Any:
        self.calls.append(("run", (experiment_id, start_time, run_name)))
        return SimpleNamespace(info=SimpleNamespace(run_id="r"))

    def log_batch(self, run_id: str, *, metrics: Any = (), params: Any = ()) -> None:
        self.calls.append(("batch", (run_id, list(metrics), list(params))))

    def set_terminated(self, run_id: str, status: str, end_time: int) -> None:
        self.calls.append(("end", (run_id, status, end_time)))


@pytest.fixture
def entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the two value types of MLflow where it is not installed."""
    module: Any = ModuleType("mlflow.entities")
    module.Metric = lambda key, value, timestamp, step: (key, value, timestamp, step)
    module.Param = lambda key, value: (key, value)
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    monkeypatch.setitem(sys.modules, "mlflow.entities", module)


@pytest.mark.usefixtures("entities")
@pytest.mark.parametrize(("status", "said"), [("ok", "FINISHED"), ("killed", "KILLED"), ("oom", "FAILED")])
def test_a_trial_becomes_a_run_with_its_settings_and_figures(
    make_journal: Callable[..., Journal], status: str, said: str
) -> None:
    client, journal = Client(), make_journal(val_accuracy=(0.95, 0.97), status=status)
    MLflow(client).copy(journal)
    kinds = [kind for kind, _ in client.calls]
    assert kinds == ["get", "create", "run", "batch", "batch", "batch", "end"]
    started_ms = round(journal.start.started_at.timestamp() * 1000)
    assert client.calls[0] == ("get", EXPERIMENT)
    assert client.calls[2] == ("run", ("7", started_ms, journal.trial_id))
    assert ("model", "lstm") in client.calls[3][1][2]
    assert [(m[0], m[1], m[3]) for m in client.calls[5][1][1] if m[0] == "val_accuracy"] == [("val_accuracy", 0.97, 2)]
    assert client.calls[-1][1][1] == said
    assert client.calls[-1][1][2] > started_ms
