"""Runs on disk for the fault suite: real folders, real processes, and a lock that no other test waits for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.host.capture import capture_environment
from bench.plan.case import Case
from bench.plan.trial_order import interleave
from bench.run.session.open_session import start_session
from bench.run.session.planning import Plan, check_data
from bench.store.records import ResolvedSuite

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")
ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# The program that stands in for a worker, and trains nothing; see its head.
QUICK_WORKER = (sys.executable, "-I", "-S", str(HERE / "quick_worker.py"))


@pytest.fixture(scope="session")
def this_machine():
    return capture_environment()


@pytest.fixture
def lock_folder(tmp_path, monkeypatch):
    """A measurement lock of this test's own."""
    folder = tmp_path / "lock"
    folder.mkdir()
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: folder)
    return folder


@pytest.fixture
def dataset(tmp_path):
    """Return the path of a small data set, which loads in milliseconds."""
    path = tmp_path / "small.npz"
    generator = np.random.default_rng(0)
    arrays = {
        "x_train": generator.integers(0, 256, (40, 4, 4), dtype=np.uint8),
        "y_train": np.arange(40) % 2,
        "x_test": generator.integers(0, 256, (10, 4, 4), dtype=np.uint8),
        "y_test": np.arange(10) % 2,
    }
    np.savez(path, **arrays)
    return str(path)


@pytest.fixture
def start_run(tmp_path, dataset, this_machine, make_plan):
    """Return what starts a run of `num_seeds` quick trials in `tmp_path/results`."""

    def start(num_seeds=2, **changes):
        plan = make_plan(dataset, num_seeds, **changes)
        return start_session(plan, this_machine, tmp_path / "results", ["python", "-m", "bench", "run"])

    return start


@pytest.fixture
def make_plan():
    """Return a factory of plans: each model with each of `num_seeds` seeds on one small data set."""

    def make(dataset, num_seeds=2, models=("lstm", "cnn"), epochs=2, **suite):
        cases = [Case(model=model, epochs=epochs, dataset=dataset, batch_size=4) for model in models]
        fields = {"name": "quick", "description": "", "targets": (0.7,), "timeout_s": 60.0, **suite}
        trials = interleave(cases, tuple(range(num_seeds)))
        return Plan(ResolvedSuite(trials=trials, **fields), check_data(cases))

    return make


@pytest.fixture
def cli(tmp_path, ready_program):
    """Return what starts `python -m bench …` with quick workers and a lock of its own in `tmp_path`."""
    calls = []

    def start(*arguments, worker="quick_worker.py", **environ):
        variables = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "FAULTS_WORKER": str(HERE / worker),
            "FAULTS_LOCK": str(tmp_path),
            "COLUMNS": "200",
            **environ,
        }
        calls.append(ready_program.start(HERE / "quick_cli.py", arguments, tmp_path, variables))
        return calls[-1]

    yield start
    for call in calls:
        call.kill()
        call.communicate()
        call.close()


@pytest.fixture
def small_disk(tmp_path):
    """Return what mounts a small file system of its own size; skips where only root may, and this is not root."""
    if not (MOUNT and UMOUNT):
        pytest.skip("this system has no mount command")
    mounted = []

    def mount(size="4m", *, read_only=False):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        options = f"size={size},{'ro' if read_only else 'rw'}"
        done = subprocess.run(
            [MOUNT, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no small file system can be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run([UMOUNT, "-l", str(folder)], check=True)
