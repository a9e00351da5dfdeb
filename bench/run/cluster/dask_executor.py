"""Runs trials on the hosts of a dask cluster: one executor for each kind of machine that the cluster has."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from bench.data.dataset import DataInfo
from bench.errors import ChildError, ConfigError
from bench.host.ceilings.ceilings import Ceilings, Wanted
from bench.host.environment import Environment
from bench.plan.case import Case, Trial
from bench.run.cluster.cluster import Cluster, HostOf, RemoteWorker, group_by_fingerprint, open_cluster
from bench.run.cluster.remote_host import HostOptions, RemoteOptions, measure_host
from bench.run.cluster.remote_run import RemoteRun
from bench.run.session.planning import check_variables
from bench.run.session.run_trials import RunContext
from bench.store.records import EndEvent

_LOOK_S = 10.0  # how often to look whether a host is still there that measures


@dataclass(frozen=True)
class DaskExecutor:
    """Runs trials on those hosts of a cluster that have one fingerprint; `environment` is the first one's."""

    cluster: Cluster
    environment: Environment
    options: RemoteOptions
    _data: dict[str, dict[Case, DataInfo]] = field(default_factory=dict)

    @property
    def workers(self) -> tuple[RemoteWorker, ...]:
        """The dask workers on hosts of this kind."""
        fingerprint = self.environment.fingerprint
        return tuple(worker for worker in self.cluster.workers if worker.environment.fingerprint == fingerprint)

    def check_networks(self, models: Iterable[str]) -> None:
        """Look for nothing: a user's code lies on the hosts, and a missing one fails its own trial."""

    def check_data(self, data: Mapping[Case, DataInfo]) -> None:
        """Have every host load the data sets and compare them with what was planned with.

        Raises:
            DataError: naming the host and what differs.
            ConfigError: where a host's variables make Keras train less than it is asked to.
        """
        for worker in self.workers:
            try:
                check_variables(worker.environment.variables)
            except ConfigError as error:
                raise ConfigError(f"host {worker.host}: {error}") from None
            self._data[worker.id] = self.cluster.check_data(worker, data)

    def hold(self, run_id: str, on_wait: Callable[[str], None]) -> AbstractContextManager[bool]:  # noqa: ARG002
        """Hold nothing here: every trial holds its own host's lock."""
        return nullcontext(False)

    def measure_ceilings(self, environment: Environment, wanted: Sequence[Wanted]) -> Ceilings:
        """Measure one of the hosts, under its lock.

        Raises:
            ChildError: where the host's TensorFlow does not answer, or the host is gone.
        """
        client, address = self.cluster.client, self.workers[0].address
        future = client.submit(
            measure_host,
            environment.model_dump_json(),
            tuple(wanted),
            self.options.host.model_dump_json(),
            workers=[address],
            pure=False,
        )
        try:
            return Ceilings.model_validate_json(self._wait(future, address))
        finally:
            future.cancel()  # one that ended is none the worse; one that did not must not go on holding its host's lock

    def _wait(self, future: Any, address: str) -> str:
        """Return a task's result as long as its worker is there: without it, dask would keep the task for ever."""
        while True:
            try:
                result: str = future.result(timeout=_LOOK_S)
            except TimeoutError:
                self.cluster.refresh()
                if address not in {worker.address for worker in self.cluster.workers}:
                    raise ChildError(f"the host at {address} is gone") from None
            else:
                return result

    def run_trials(self, context: RunContext, trials: Sequence[Trial]) -> list[EndEvent]:
        """Run the trials, each on the next host that is idle, which it has to itself: none take turns."""
        if context.record.suite.in_turns:
            context.observer.note("not in turns: on a cluster each trial has a host to itself")
        return RemoteRun(self.cluster, self.environment.fingerprint, context, self.options, self._data).run(trials)


@contextlib.contextmanager
def open_executors(
    address: str,
    *,
    allow_concurrent: bool = False,
    options: RemoteOptions | None = None,
    host_of: HostOf | None = None,
) -> Iterator[list[DaskExecutor]]:
    """Connect to `dask://host:port`; yields an executor for each fingerprint among its hosts.

    Args:
        address: where the scheduler is.
        allow_concurrent: measure beside another measurement on a host, and label the results.
        options: how trials run; overrides `allow_concurrent`.
        host_of: see `bench.run.cluster.cluster.Cluster`.

    Raises:
        ConfigError: see `open_cluster`.
    """
    with open_cluster(address, host_of) as cluster:
        groups = group_by_fingerprint(cluster.workers)
        options = options or RemoteOptions(host=HostOptions(allow_concurrent=allow_concurrent))
        yield [DaskExecutor(cluster, workers[0].environment, options) for workers in groups.values()]
