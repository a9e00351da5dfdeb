"""A dask cluster on the loopback interface, of real processes that a test may kill."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
# The program that stands in for a worker: it trains nothing, and ends as its trial's model says.
FAKE = (sys.executable, "-I", "-S", str(Path(__file__).with_name("fake_worker.py")))
# A worker that may use one core alone is another kind of machine.
_BOUND = (
    "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); os.execv(sys.executable, sys.argv[1:])"
)


class DaskCluster:
    """A scheduler and its workers, each in a process of its own; `address` is what `--executor` takes."""

    def __init__(self, folder):
        self._folder = folder
        self._processes = []
        self.workers = {}
        self.scheduler = self._start("scheduler", "Scheduler at:", "--port", "0")
        self.address = self.said.split()[-1].replace("tcp://", "dask://")

    def add_worker(self, name, *options, is_bound=False, nanny=False):
        """Start a worker and return when the scheduler knows it."""
        address = self.address.replace("dask://", "tcp://")
        options = [address, "--name", name, "--nthreads", "1", *([] if nanny else ["--no-nanny"]), *options]
        self.workers[name] = self._start("worker", "Registered to:", *options, is_bound=is_bound)
        return self.workers[name]

    def stop(self):
        for process in reversed(self._processes):
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
            # The nanny first: it would start another worker in the place of a killed one.
            process.kill()
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            process.communicate()

    def _start(self, kind, sign, *options, is_bound=False):
        program = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--host", "127.0.0.1", "--no-dashboard"]
        process = subprocess.Popen(
            [*([sys.executable, "-c", _BOUND] if is_bound else []), *program, *options],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "FAKE_WORKER_FOLDER": str(self._folder)},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        lines = []
        while sign not in (line := process.stderr.readline()):
            lines.append(line)
            assert line, "".join(lines)
        self.said = line
        return process


@pytest.fixture
def dask_cluster(tmp_path):
    """Return a scheduler without workers, for a test that kills something."""
    yield from _cluster(tmp_path)


@pytest.fixture(scope="module")
def two_hosts(tmp_path_factory):
    """Return a cluster with the workers a and b, for tests that leave them as they are."""
    for cluster in _cluster(tmp_path_factory.mktemp("two")):
        for name in ("a", "b"):
            cluster.add_worker(name)
        yield cluster


@pytest.fixture(scope="module")
def unlike_hosts(tmp_path_factory):
    """Return a cluster whose workers may use one core and all cores; the second one has a nanny."""
    for cluster in _cluster(tmp_path_factory.mktemp("unlike")):
        cluster.add_worker("one-core", is_bound=True)
        cluster.add_worker("all-cores", nanny=True)
        yield cluster


def _cluster(folder):
    cluster = DaskCluster(folder)
    yield cluster
    cluster.stop()
