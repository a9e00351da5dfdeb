"""Ceilings of a dask host: a host that is gone is told, and its task does not hold the next run's lock."""

from types import SimpleNamespace

import pytest

from bench.errors import ChildError
from bench.host.ceilings.ceilings import Ceilings
from bench.run.cluster.dask_executor import DaskExecutor
from bench.run.cluster.remote_host import RemoteOptions


class Future:
    """A task that answers at its nth look, or never."""

    def __init__(self, answer_at):
        self.looks, self.answer_at, self.is_cancelled = 0, answer_at, False

    def result(self, timeout):
        self.looks += 1
        if self.looks != self.answer_at:
            raise TimeoutError(timeout)
        return Ceilings(tensorflow="2.21.0", devices=()).model_dump_json()

    def cancel(self):
        self.is_cancelled = True


class Cluster:
    """Two hosts of one kind; the first is there for so many looks."""

    def __init__(self, environment, future, num_looks):
        self.client = SimpleNamespace(submit=lambda *_, **__: future)
        self._workers = [SimpleNamespace(address=name, environment=environment) for name in ("tcp://a", "tcp://b")]
        self._num_looks = num_looks

    @property
    def workers(self):
        return tuple(self._workers)

    def refresh(self):
        self._num_looks -= 1
        if not self._num_looks:
            del self._workers[0]


def test_a_slow_host_is_waited_for(environment):
    future = Future(answer_at=3)
    executor = DaskExecutor(Cluster(environment, future, num_looks=9), environment, RemoteOptions())
    assert executor.measure_ceilings(environment, []).tensorflow == "2.21.0"


def test_a_host_that_is_gone_ends_the_waiting(environment):
    future = Future(answer_at=None)
    executor = DaskExecutor(Cluster(environment, future, num_looks=2), environment, RemoteOptions())
    with pytest.raises(ChildError, match="the host at tcp://a is gone"):
        executor.measure_ceilings(environment, [])
    assert (future.looks, future.is_cancelled) == (2, True)
