"""`bench run --executor dask://…` as a user types it, with the fake worker in the place of TensorFlow."""

import functools
import os
import sys

import pytest

from bench.cli.run_verb import command
from bench.errors import ConfigError
from bench.run.cluster import dask_executor
from bench.run.cluster.remote_host import HostOptions
from bench.store.find_runs import list_runs
from bench.store.run_folder import load_run
from tests.run.conftest import FAKE
from tests.without_figures import draw_no_figures

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("test_dask_executor"),  # one cluster for all
    pytest.mark.skipif(
        sys.platform != "linux" or len(os.sched_getaffinity(0)) == 1,
        reason="Linux alone binds a host to one core of several, and so makes another kind of it",
    ),
]
SLICE = ("--train-size", "320", "--test-size", "100", "--epochs", "3", "--seeds", "1")


@pytest.fixture
def bench_run(unlike_hosts, tmp_path, monkeypatch):
    """Return what calls `bench run` against the cluster and returns its exit status."""
    options = functools.partial(HostOptions, worker_command=FAKE, lock_folder=tmp_path)
    monkeypatch.setattr(dask_executor, "HostOptions", options)
    draw_no_figures(monkeypatch.setattr)

    def run(*arguments):
        line = ["quick", *SLICE, "--executor", unlike_hosts.address, "--output", str(tmp_path / "runs"), *arguments]
        return command.main(args=line, standalone_mode=False)

    return run


def test_hosts_of_two_kinds_run_two_runs_or_none(bench_run, tmp_path, capsys):
    with pytest.raises(ConfigError, match=r"of 2 kinds.*--each-host"):
        bench_run()
    assert bench_run("--each-host", "--dry-run") == 0
    assert capsys.readouterr().out.count("lstm-mnist-b32-float32-cpu-n320-t100-pipeline-s0") == 2
    assert list_runs(tmp_path / "runs") == []


def test_each_host_runs_every_case_on_each_kind_and_a_run_is_finished_on_its_own(bench_run, tmp_path, capsys):
    assert bench_run("--each-host") == 0
    folders = list_runs(tmp_path / "runs")
    assert len(capsys.readouterr().out.splitlines()) == len(folders) == 2, "a report each"
    next((folders[1] / "trials").glob("cnn*.jsonl")).unlink()
    assert bench_run("--resume", str(folders[1])) == 0
    runs = [load_run(folder) for folder in folders]
    assert min(run.record.environment.num_cpus_usable for run in runs) == 1
    for run in runs:
        assert [journal.status for journal in run.journals] == ["ok", "ok"]
        fingerprints = {journal.start.environment.fingerprint for journal in run.journals}
        assert fingerprints == {run.record.environment.fingerprint}
    assert len({run.record.environment.fingerprint for run in runs}) == 2
