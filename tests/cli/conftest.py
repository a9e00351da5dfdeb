"""The command line as a user types it in an empty folder: a real process, or a call where it is refused at once."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = ("-m", "bench")
LOCKED = (str(HERE / "locked_cli.py"),)


def _start(program, folder, *arguments, **environ):
    path = os.pathsep.join([str(ROOT), str(folder)])
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "120", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(program, folder, *arguments, **environ):
    with _start(program, folder, *arguments, **environ) as process:
        try:
            stdout, stderr = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


@pytest.fixture(scope="session")
def bench_in():
    """Return a function that runs `python -m bench …` in a folder and returns the finished process."""
    return functools.partial(_run, PROGRAM)


@pytest.fixture
def bench(call_bench_in, tmp_path):
    """Return a function that calls the program in `tmp_path`, in this process; see `call_bench_in`."""
    return functools.partial(call_bench_in, tmp_path)


@pytest.fixture(scope="session")
def train_in():
    """Return a function as `bench_in` is, for what trains: its measurement lock lies in the folder."""
    return functools.partial(_run, LOCKED)


@pytest.fixture(scope="session")
def start_training_in():
    """Return a function as `train_in` is, which returns the process as soon as it runs."""
    return functools.partial(_start, LOCKED)
