"""Many quick trials in one run: nothing grows, and nothing is left behind."""

import gc
import os
import sys

import psutil
import pytest

from bench.reports.terminal.run_view import QuietView
from bench.run.session.run_session import run_session
from bench.store.run_folder import load_run
from tests.faults.conftest import QUICK_WORKER

NUM_TRIALS = int(os.environ.get("SOAK_TRIALS", "60"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the quick worker speaks Linux")


class Gauge(QuietView):
    """Notes this process's memory, open files and children after each trial."""

    def __init__(self, list_started):
        super().__init__(sys.stderr)
        self.rss, self.num_files, self.num_children = [], [], []
        self._process = psutil.Process()
        self._list_started = list_started

    def between_trials(self):
        gc.collect()
        self.rss.append(self._process.memory_info().rss)
        self.num_files.append(self._process.num_fds())
        self.num_children.append(len(self._list_started()))


def test_a_long_run_grows_in_nothing_and_leaves_nothing_behind(start_run, lock_folder, list_started, tmp_path):
    session = start_run(num_seeds=NUM_TRIALS // 2)
    gc.collect()  # what earlier tests left open is not this run's
    before = psutil.Process().num_fds()
    gauge = Gauge(list_started)
    ends = run_session(session, gauge, allow_concurrent=False, worker_command=QUICK_WORKER)
    assert [end.status for end in ends] == ["ok"] * NUM_TRIALS
    grown = gauge.rss[-1] - gauge.rss[NUM_TRIALS // 6]
    print(f"{NUM_TRIALS} trials: {grown >> 10} KiB grown, {gauge.rss[-1] >> 20} MiB at the end")
    assert grown < 2 << 20
    assert set(gauge.num_files) == {gauge.num_files[0]}
    assert set(gauge.num_children) == {0}
    assert psutil.Process().num_fds() == before
    assert list_started() == []
    assert [path.name for path in lock_folder.iterdir() if "holder" in path.name] == []
    journals = load_run(session.folder).journals
    assert len({journal.start.pid for journal in journals}) == NUM_TRIALS
    left = {path.name for path in session.folder.rglob("*") if path.is_file() and path.suffix != ".jsonl"}
    assert left <= {"run.json", ".lock"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "results", "small.npz"]
