"""MLflow: a run a trial, in the server that MLFLOW_TRACKING_URI names or in a database beside the journals."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bench.reports.trackers.metrics import EpochMetrics, epoch_metrics, settings
from bench.store.records import Journal, TrialStatus

EXPERIMENT = "rnn-or-cnn"
_MS_PER_S = 1000
_STATUS: dict[TrialStatus, str] = {"ok": "FINISHED", "killed": "KILLED", "interrupted": "KILLED"}


def open_tracker(folder: Path) -> MLflow:
    """Return a tracker on the user's MLflow, or on a database of its own in `folder` where none is set."""
    from mlflow import MlflowClient  # noqa: PLC0415 - an optional extra

    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder.resolve() / 'mlflow.db'}"
    return MLflow(MlflowClient(tracking_uri=uri))


class MLflow:
    """Logs each trial with its settings as parameters and its figures as metrics over epochs."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def copy(self, journal: Journal) -> None:
        """Log one trial and end its run."""
        from mlflow.entities import Param  # noqa: PLC0415 - an optional extra

        epochs = list(epoch_metrics(journal))
        started_ms = _milliseconds(journal.start.started_at.timestamp())
        run = self._client.create_run(self._experiment(), start_time=started_ms, run_name=journal.trial_id)
        params = [Param(key, value) for key, value in settings(journal).items()]
        self._client.log_batch(run.info.run_id, params=params)
        for metrics in epochs:
            self._client.log_batch(run.info.run_id, metrics=_metrics(metrics))
        ended_ms = _milliseconds(epochs[-1].ended_at.timestamp()) if epochs else started_ms
        self._client.set_terminated(run.info.run_id, _STATUS.get(journal.status, "FAILED"), ended_ms)

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        return str(found.experiment_id if found else self._client.create_experiment(EXPERIMENT))


def _metrics(epoch: EpochMetrics) -> list[Any]:
    from mlflow.entities import Metric  # noqa: PLC0415 - an optional extra

    ended_ms = _milliseconds(epoch.ended_at.timestamp())
    return [Metric(name, value, ended_ms, epoch.epoch) for name, value in epoch.figures.items()]


def _milliseconds(seconds: float) -> int:
    return round(seconds * _MS_PER_S)
