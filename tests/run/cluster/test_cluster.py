"""Who may take part: a real scheduler where it matters, and made-up answers where a mismatch cannot be had for real."""

import contextlib
import json
import socket

import dask
import pytest

from bench import __version__
from bench.errors import ConfigError, DataError
from bench.plan.case import Case
from bench.run.cluster.cluster import Cluster, RemoteWorker, group_by_fingerprint, open_cluster

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("test_cluster")]  # one cluster for all

ADDRESS = "tcp://10.0.0.1:9000"


class FakeClient:
    """Answers as dask's client does, from a table of workers and of what each says of itself."""

    status = "running"

    def __init__(self, **says):
        self.says = says

    @property
    def scheduler(self):
        return self

    def sync(self, ask, **arguments):
        return ask(**arguments)

    def identity(self, n_workers):
        assert n_workers == -1, "dask tells of a few workers alone unless asked for all"
        return {"workers": {address: {"name": f"name of {address}"} for address in self.says}}

    def run(self, *_call, workers, on_error):
        assert on_error == "return"
        return {address: self.says[address] for address in workers}


@pytest.fixture
def report(environment):
    """Return what makes a worker's report: `report(version="0.0.1")`."""

    def make(**changes):
        known = {"worker_id": "w-1", "version": __version__, "dask": dask.__version__}
        return json.dumps(known | {"environment": environment.model_dump(mode="json")} | changes)

    return make


def test_a_worker_that_runs_the_same_versions_takes_part(report, environment):
    cluster = Cluster(FakeClient(a=report()), "dask://head:8786")
    assert cluster.refresh() == []
    assert cluster.workers == (RemoteWorker("a", "w-1", "name of a", "example", environment),)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "0.0.1"}, r"dask worker name of a has version 0\.0\.1 of this program, here it is"),
        ({"version": "9.0", "news": 1}, r"has version 9\.0 of this program"),
        ({"dask": "1.0"}, r"dask worker name of a has dask 1\.0, here it is"),
    ],
)
def test_a_worker_of_another_version_is_left_out_and_named(report, changes, message):
    client = FakeClient(a=report(**changes), b=report(worker_id="w-2"))
    cluster = Cluster(client, "dask://head:8786")
    (problem,) = cluster.refresh()
    with pytest.raises(ConfigError, match=message):
        raise ConfigError(problem)
    assert [worker.id for worker in cluster.workers] == ["w-2"]
    assert cluster.refresh() == [], "told once"


def test_a_worker_without_this_program_is_told_how_to_get_it():
    cluster = Cluster(FakeClient(a=ModuleNotFoundError("No module named 'bench'")), "dask://head:8786")
    (problem,) = cluster.refresh()
    assert "No module named 'bench'" in problem
    assert "install the same version of it there, with the extra dask" in problem


def test_a_worker_that_went_away_while_it_was_asked_is_no_problem():
    cluster = Cluster(FakeClient(a=ConnectionRefusedError("gone")), "dask://head:8786")
    assert (cluster.refresh(), cluster.workers) == ([], ())


def test_a_worker_that_another_process_took_the_place_of_is_described_anew(report):
    client = FakeClient(a=report())
    cluster = Cluster(client, "dask://head:8786")
    cluster.refresh()
    client.says["a"] = report(worker_id="w-2")
    cluster.refresh()
    assert [worker.id for worker in cluster.workers] == ["w-1"], "asked once as long as nothing happens"
    cluster.forget("a")
    cluster.refresh()
    assert [worker.id for worker in cluster.workers] == ["w-2"]


def test_data_that_cannot_be_read_on_a_host_is_told_with_its_name(report, make_journal):
    case = Case(model="lstm", epochs=1)
    cluster = Cluster(FakeClient(a=report()), "dask://head:8786")
    cluster.refresh()
    (worker,) = cluster.workers
    cluster.client.says["a"] = DataError("data set mine.npz: no such file")
    with pytest.raises(DataError, match=r"host example: data set mine\.npz: no such file"):
        cluster.check_data(worker, {case: make_journal(case).start.data})


def test_hosts_are_grouped_by_what_makes_their_timings_comparable(environment):
    unlike = environment.model_copy(update={"fingerprint": "f" * 12})
    workers = [
        RemoteWorker(name, name, name, name, kind)
        for name, kind in zip("abc", (environment, unlike, environment), strict=True)
    ]
    groups = group_by_fingerprint(workers)
    assert [[worker.name for worker in group] for group in groups.values()] == [["a", "c"], ["b"]]


@pytest.mark.parametrize("address", ["dask://", "dask://host", "host:8786", "tcp://host:8786", "dask://ho st:1"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ConfigError, match=r"expected local or dask://host:port, received"), open_cluster(address):
        pytest.fail("connected")


def test_a_scheduler_that_does_not_answer_is_one_sentence():
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    with (
        pytest.raises(ConfigError, match=rf"no dask scheduler answers at dask://127\.0\.0\.1:{port} within 0\.5 s"),
        open_cluster(f"dask://127.0.0.1:{port}", connect_s=0.5),
    ):
        pytest.fail("connected")


def test_a_scheduler_without_workers_is_told_how_to_get_one(dask_cluster):
    with (
        pytest.raises(ConfigError, match=r"has no worker; start `dask worker 127\.0\.0\.1:\d+ --nthreads 1`"),
        open_cluster(dask_cluster.address, connect_s=0.5),
    ):
        pytest.fail("connected")


def test_hosts_are_what_their_trials_may_use_and_not_what_dasks_nanny_sets(unlike_hosts):
    with open_cluster(unlike_hosts.address) as cluster:
        known = {worker.name: worker.environment for worker in cluster.workers}
        groups = group_by_fingerprint(cluster.workers)
    assert known["one-core"].num_cpus_usable == 1
    assert len(groups) == (1 if known["all-cores"].num_cpus_usable == 1 else 2)
    assert "OMP_NUM_THREADS" not in known["all-cores"].variables
