"""One start of one trial on another host, as its journal in the run folder grows line by line."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from bench.errors import StoreError
from bench.plan.case import Trial
from bench.run.cluster.cluster import RemoteWorker
from bench.run.session.run_trials import RunContext, check_free_space, tell
from bench.run.trial.trial import complete, disk_error
from bench.store.journal import JournalWriter, decode
from bench.store.records import AnyEvent, EndEvent, StartEvent
from bench.store.run_folder import journal_path, move_to_attempts


class Attempt:
    """Writes what a host sends into the trial's journal; an earlier attempt's journal is kept beside it.

    Attributes:
        future: dask's handle on the remote task, once it was sent.
    """

    def __init__(self, context: RunContext, trial: Trial, worker: RemoteWorker, start: StartEvent) -> None:
        """Open the journal.

        Raises:
            StoreError: where the disk is full or refuses.
        """
        check_free_space(context.folder)
        self.trial = trial
        self.worker = worker
        self.future: Any = None
        self._context = context
        self._start = start
        self._num_lines = 0
        self._path = journal_path(context.folder, trial.trial_id)
        if self._path.exists():
            move_to_attempts(context.folder, trial.trial_id)
        self._closing = contextlib.ExitStack()
        try:
            self._writer = self._closing.enter_context(JournalWriter(self._path))
        except OSError as error:
            raise disk_error(self._path, error) from None

    def write(self, line: str) -> None:
        """Append one line as received and show it; anything that is not a journal line is dropped.

        A model's own code may write anything into the pipe that the lines come from; the whole journal comes last.

        Raises:
            StoreError: where the disk is full.
        """
        try:
            event = decode(line.encode(), self.trial.trial_id)
        except StoreError:
            return
        self._append(event)

    def _append(self, event: AnyEvent) -> None:
        try:
            self._writer.append(event)
        except OSError as error:
            raise disk_error(self._path, error) from None
        self._num_lines += 1
        tell(self._context.observer, self.trial, event)

    def finish(self, lines: Sequence[str], end: EndEvent) -> EndEvent:
        """Append the lines of the whole journal that are missing here, end it, and return the end that counts.

        Args:
            lines: the journal as the host kept it; empty where the host is lost.
            end: what to write where the host wrote no end.
        """
        for line in lines[self._num_lines :]:
            self._append(decode(line.encode(), f"host {self.worker.host}: {self.trial.trial_id}"))
        self.close()
        return complete(self._path, self._start, end)

    def close(self) -> None:
        """Release the file."""
        self._closing.close()
