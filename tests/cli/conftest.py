"""The command line as a user types it: a real process in an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(tmp_path):
    """Return a function that runs `python -m bench …` in `tmp_path` and returns the finished process."""

    def run(*arguments, **environ):
        path = os.pathsep.join([str(ROOT), str(tmp_path)])
        return subprocess.run(
            [sys.executable, "-m", "bench", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "COLUMNS": "120", **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run
