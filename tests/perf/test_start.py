"""How soon the command answers."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [("--help",), ("list",), ("run", "--dry-run")], ids=" ".join)
def test_start(benchmark, tmp_path, arguments):
    command = [sys.executable, "-m", "bench", *arguments]
    benchmark.pedantic(
        subprocess.run, (command,), {"cwd": tmp_path, "check": True, "capture_output": True}, warmup_rounds=1, rounds=5
    )
