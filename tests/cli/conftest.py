"""The command line as a user types it: a real process in an empty folder."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bench_in():
    """Return a function that runs `python -m bench …` in a folder and returns the finished process."""

    def run(folder, *arguments, **environ):
        path = os.pathsep.join([str(ROOT), str(folder)])
        return subprocess.run(
            [sys.executable, "-m", "bench", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "120", **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


@pytest.fixture
def bench(bench_in, tmp_path):
    """Return a function that runs `python -m bench …` in `tmp_path` and returns the finished process."""
    return functools.partial(bench_in, tmp_path)
