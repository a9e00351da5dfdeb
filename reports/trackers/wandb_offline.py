"""Weights & Biases, offline: files that `wandb sync` uploads when their owner wants it; no network is used here."""

from __future__ import annotations

from pathlib import Path

from bench.reports.trackers.metrics import epoch_metrics, settings
from bench.store.records import Journal

PROJECT = "rnn-or-cnn"


def open_tracker(folder: Path) -> WandbOffline:
    """Return a tracker that writes `wandb/offline-run-*` into `folder`."""
    return WandbOffline(folder)


class WandbOffline:
    """Writes each trial as one offline run, grouped by the run's id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, journal: Journal) -> None:
        """Write one trial, and stop wandb's service process: nothing may run beside the next measurement."""
        import wandb  # noqa: PLC0415 - an optional extra

        run = wandb.init(
            mode="offline",
            project=PROJECT,
            group=journal.start.run_id,
            name=journal.trial_id,
            dir=str(self._folder),
            config=settings(journal),
            settings=wandb.Settings(console="off", silent=True, x_disable_stats=True, x_disable_machine_info=True),
        )
        try:
            for metrics in epoch_metrics(journal):
                # W&B stamps a line with the time of copying; when the epoch ended is a figure of its own.
                ended_s = metrics.ended_at.timestamp()
                run.log({**metrics.figures, "ended_at_unix_s": ended_s}, step=metrics.epoch)
            run.finish(exit_code=0 if journal.status == "ok" else 1)
        finally:
            wandb.teardown()
