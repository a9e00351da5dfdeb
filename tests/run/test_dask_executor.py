"""`bench run --executor dask://…` as a user types it, with the fake worker in the place of TensorFlow."""

import functools
import os
import sys
from pathlib import Path

import pytest

from bench.cli.run_verb import command
from bench.run import dask_executor
from bench.run.remote_host import HostOptions
from bench.store.run_folder import list_runs, load_run

FAKE = (sys.executable, str(Path(__file__).with_name("fake_worker.py")))
SLICE = ("--train-size", "320", "--test-size", "100", "--epochs", "3", "--seeds", "1")


@pytest.fixture
def bench_run(dask_cluster, tmp_path, monkeypatch):
    """Return what calls `bench run` against the cluster and returns its exit status."""
    options = functools.partial(HostOptions, worker_command=FAKE, lock_folder=tmp_path)
    monkeypatch.setattr(dask_executor, "HostOptions", options)

    def run(*arguments):
        line = ["quick", *SLICE, "--executor", dask_cluster.address, "--output", str(tmp_path / "runs"), *arguments]
        return command.main(args=line, standalone_mode=False)

    return run


@pytest.mark.skipif(os.cpu_count() == 1, reason="both kinds of host would be alike on one core")
def test_each_host_runs_every_case_on_each_kind_of_machine(dask_cluster, bench_run, tmp_path, capsys):
    dask_cluster.add_worker("one-core", is_bound=True)
    dask_cluster.add_worker("all-cores")
    assert bench_run("--each-host", "--model", "lstm,cnn") == 0
    runs = [load_run(folder) for folder in list_runs(tmp_path / "runs")]
    cores = {run.record.environment.num_cpus_usable for run in runs}
    assert (len(runs), len(cores), min(cores)) == (2, 2, 1)
    for run in runs:
        assert [journal.status for journal in run.journals] == ["ok", "ok"]
        assert {journal.start.environment.fingerprint for journal in run.journals} == {
            run.record.environment.fingerprint
        }
    assert len(capsys.readouterr().out.splitlines()) == 2, "a report each"


def test_a_run_is_planned_and_finished_on_the_cluster(dask_cluster, bench_run, tmp_path, capsys):
    dask_cluster.add_worker("a")
    assert bench_run("--dry-run") == 0
    assert "lstm-mnist-b32" in capsys.readouterr().out
    assert bench_run() == 0
    (folder,) = list_runs(tmp_path / "runs")
    next((folder / "trials").glob("cnn*.jsonl")).unlink()
    assert bench_run("--resume", "latest") == 0
    assert [journal.status for journal in load_run(folder).journals] == ["ok", "ok"]
