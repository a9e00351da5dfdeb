"""TensorBoard's event files, written by tensorboardX, which needs no TensorFlow in this process."""

from __future__ import annotations

import json
from pathlib import Path

from bench.reports.trackers.metrics import epoch_metrics, settings
from bench.store.records import Journal


def open_tracker(folder: Path) -> TensorBoard:
    """Return a tracker that writes one folder a trial: `tensorboard --logdir <folder>` shows them as runs."""
    return TensorBoard(folder)


class TensorBoard:
    """Writes each figure as a scalar over epochs, and the settings as text."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, journal: Journal) -> None:
        """Write one trial's event file and close it; the files of an earlier attempt at the trial go first."""
        from tensorboardX import SummaryWriter  # noqa: PLC0415 - an optional extra

        folder = self._folder / journal.trial_id
        # TensorBoard draws all files of a folder as one curve.
        for earlier in folder.glob("events.out.tfevents.*"):
            earlier.unlink()
        with SummaryWriter(logdir=str(folder)) as writer:
            started_s = journal.start.started_at.timestamp()
            writer.add_text("settings", f"    {json.dumps(settings(journal))}", walltime=started_s)
            for metrics in epoch_metrics(journal):
                for name, value in metrics.figures.items():
                    writer.add_scalar(name, value, metrics.epoch, walltime=metrics.ended_at.timestamp())
