"""Sends a run's trials to the workers of a dask cluster, one at a time on each host, and keeps what streams back.

Dask moves the bytes and tells who is there; which trial goes to which host is decided here, since the start line names
the host before the trial starts, and since an attempt that dask repeated by itself would leave no trace. The journal's
lines arrive as events, in order and as they are written; the parent writes each into the run folder at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from bench.data.dataset import DataInfo
from bench.errors import ClusterLostError, DataError
from bench.plan.case import Case, Trial
from bench.run.cluster.attempt import Attempt
from bench.run.cluster.cluster import Cluster, RemoteWorker
from bench.run.cluster.dispatch import Dispatch
from bench.run.cluster.mailbox import Mailbox, Message
from bench.run.cluster.remote_host import LOST, Assignment, RemoteOptions, stop_trials, train
from bench.run.session.run_trials import RunContext, start_event
from bench.run.session.signals import Interrupted
from bench.run.trial.trial import limits_of
from bench.run.trial.worker_death import interrupted
from bench.store.records import EndEvent, Status, TrialError

_MAX_MESSAGE = 2000


class RemoteRun:
    """One run on the hosts of one kind of machine.

    Args:
        cluster: the hosts.
        fingerprint: the kind of machine; hosts of another kind take no part.
        context: the run.
        options: how its trials run.
        data: what each worker's host has for each case, by the worker's id; hosts that join late are added.
    """

    def __init__(
        self,
        cluster: Cluster,
        fingerprint: str,
        context: RunContext,
        options: RemoteOptions,
        data: dict[str, dict[Case, DataInfo]],
    ) -> None:
        """Begin with nothing sent."""
        self._cluster = cluster
        self._fingerprint = fingerprint
        self._context = context
        self._options = options
        self._data = data
        # A resumed run must not hear what its earlier start left behind.
        self._topic = f"rnn-or-cnn/{context.record.run_id}/{time.time_ns():x}"
        self._mailbox = Mailbox(cluster.client, self._topic)
        self._running: dict[str, Attempt] = {}
        self._ends: dict[str, EndEvent] = {}
        self._dispatch = Dispatch(())

    def run(self, trials: Sequence[Trial]) -> list[EndEvent]:
        """Run the trials and return how each ended, in their order.

        Raises:
            Interrupted: on a signal, after the running trials' journals were ended, and their workers.
            ClusterLostError: where the scheduler or the last host is gone.
            StoreError: where the disk is full.
        """
        self._dispatch = Dispatch(trials)
        with self._mailbox:
            try:
                while self._dispatch.waiting or self._running:
                    self._assign()
                    self._take()
            except Interrupted as signal:
                self._abandon(interrupted(str(signal)))
                raise
            except ClusterLostError as error:
                self._abandon(_end("killed", "ClusterLost", str(error)))
                raise
            finally:
                self._stop()
        return [self._ends[trial.trial_id] for trial in trials]

    def _assign(self) -> None:
        """Give every idle host a trial."""
        for host, worker in self._idle_hosts().items():
            if self._dispatch.waiting and self._is_ready(worker):
                self._start(self._dispatch.take(host), worker)

    def _idle_hosts(self) -> dict[str, RemoteWorker]:
        """Return one worker of each fitting host on which none of the run's trials is."""
        busy = {attempt.worker.host for attempt in self._running.values()}
        hosts: dict[str, RemoteWorker] = {}
        for worker in self._cluster.workers:
            if worker.environment.fingerprint == self._fingerprint and worker.host not in busy:
                hosts.setdefault(worker.host, worker)
        return hosts

    def _is_ready(self, worker: RemoteWorker) -> bool:
        """Check the data of a host that joined late, while it is idle; one with other data is left out."""
        if worker.id not in self._data:
            try:
                self._data[worker.id] = self._cluster.check_data(worker, self._context.data)
            except DataError as error:
                self._cluster.refuse(worker)
                self._context.observer.waiting(f"{error}; left out")
                return False
        return True

    def _start(self, trial: Trial, worker: RemoteWorker) -> None:
        start = start_event(self._context, trial, worker.environment, self._data[worker.id][trial.case])
        key = f"{self._topic}/{trial.trial_id}/{self._dispatch.num_lost(trial) + 1}"
        assignment = Assignment(
            key=key,
            topic=self._topic,
            worker_id=worker.id,
            start=start,
            limits=limits_of(self._context.record),
            options=self._options.host,
        )
        attempt = self._running[key] = Attempt(self._context, trial, worker, start)
        self._context.observer.trial_started(trial)
        attempt.future = self._cluster.client.submit(
            train, assignment.model_dump_json(), key=key, workers=[worker.address]
        )
        self._mailbox.expect(attempt.future)

    def _take(self) -> None:
        """Wait for a message and act on it."""
        observer = self._context.observer
        if not self._running:
            observer.waiting("no dask worker is left for this run; waiting for one")
        message = self._mailbox.get(observer.tick_s if self._running else self._options.patience_s)
        if message:
            self._actions()[message.kind](message)
        elif self._running:
            observer.tick()
        else:
            self._give_up()

    def _actions(self) -> dict[str, Callable[[Message], None]]:
        return {
            "line": self._take_line,
            "waiting": self._take_waiting,
            "done": self._take_end,
            "add-worker": self._take_change,
            "remove-worker": self._take_change,
        }

    def _take_line(self, message: Message) -> None:
        """Write one line; one that comes after its attempt's end is in the journal already."""
        if attempt := self._running.get(message.key):
            attempt.write(message.text)

    def _take_waiting(self, message: Message) -> None:
        if attempt := self._running.get(message.key):
            self._context.observer.waiting(f"host {attempt.worker.host}: {message.text}")

    def _take_end(self, message: Message) -> None:
        attempt = self._running.get(message.key)
        if attempt is None:
            return
        if attempt.future.status == "finished":
            self._finish(message.key, attempt.future.result(), _end("failed", "NoEnd", "the host sent no end line"))
            return
        error = attempt.future.exception() if attempt.future.status == "error" else None
        if error is not None and not isinstance(error, LOST):
            text = f"host {attempt.worker.host}: {error}"
            self._finish(message.key, (), _end("failed", type(error).__name__, text))
            return
        # Dask itself cancels all futures where the scheduler is gone, which looking around finds out.
        self._cluster.forget(attempt.worker.address)
        self._look_around()
        if message.key in self._running:
            self._lose(message.key)

    def _take_change(self, message: Message) -> None:
        """Look up which workers are connected after dask reports that one joined or left."""
        if message.kind == "remove-worker":
            self._cluster.forget(message.key)
        self._look_around()

    def _look_around(self) -> None:
        """Ask who is there, and take the trials back from workers that are not."""
        for problem in self._cluster.refresh():
            self._context.observer.waiting(f"{problem}; left out")
        known = {worker.id for worker in self._cluster.workers}
        for key in [key for key, attempt in self._running.items() if attempt.worker.id not in known]:
            self._lose(key)

    def _finish(self, key: str, lines: Sequence[str], end: EndEvent) -> None:
        attempt = self._running[key]
        self._ends[attempt.trial.trial_id] = attempt.finish(lines, end)
        del self._running[key]
        self._tell_end(attempt.trial)

    def _tell_end(self, trial: Trial) -> None:
        """Show how a trial ended; those that go on do so on other hosts."""
        self._context.observer.trial_ended(trial, self._ends[trial.trial_id])
        self._context.observer.between_trials()

    def _lose(self, key: str) -> None:
        """End an attempt whose host is gone; its trial is repeated, elsewhere if there is an elsewhere."""
        attempt = self._running[key]
        trial, host = attempt.trial, attempt.worker.host
        end = _end("killed", "WorkerLost", f"dask worker {attempt.worker.name} on host {host} was lost")
        self._ends[trial.trial_id] = attempt.finish((), end)
        del self._running[key]
        attempt.future.cancel()
        number = self._dispatch.num_lost(trial) + 1
        if number >= self._options.max_attempts:
            self._tell_end(trial)
            return
        self._dispatch.give_back(trial, host)
        self._context.observer.waiting(
            f"dask worker {attempt.worker.name} on host {host} was lost; {trial.trial_id} is repeated "
            f"(attempt {number + 1} of {self._options.max_attempts})"
        )

    def _give_up(self) -> None:
        raise ClusterLostError(
            f"no dask worker at {self._cluster.address} is left for this run after {self._options.patience_s:g} s; "
            f"{len(self._dispatch.waiting)} trials are to do: start workers, then finish with `--resume`"
        )

    def _abandon(self, end: EndEvent) -> None:
        """End the journals of what runs; what was lost before and waits to be repeated has its end already."""
        for attempt in self._running.values():
            self._ends[attempt.trial.trial_id] = attempt.finish((), end)
        for trial in [*(attempt.trial for attempt in self._running.values()), *self._dispatch.waiting]:
            if trial.trial_id in self._ends:
                self._tell_end(trial)

    def _stop(self) -> None:
        """End what still runs on the hosts, and return when it is gone; hosts whose scheduler is gone see to it."""
        attempts = list(self._running.values())
        self._running.clear()
        client = self._cluster.client
        for attempt in attempts:
            attempt.close()
        if attempts and client.status == "running":
            addresses = [attempt.worker.address for attempt in attempts]
            with contextlib.suppress(OSError):
                client.cancel([attempt.future for attempt in attempts if attempt.future is not None])
                client.run(stop_trials, self._topic, workers=addresses, on_error="ignore")


def _end(status: Status, type_: str, message: str) -> EndEvent:
    error = TrialError(type=type_, message=message[:_MAX_MESSAGE])
    return EndEvent(status=status, num_epochs=0, total_s=None, error=error)
