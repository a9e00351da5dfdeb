"""The command line as a user types it in an empty folder: a real process, or a call where it is refused at once."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli import main

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
def bench(bench_in, tmp_path):
    """Return a function that runs `python -m bench …` in `tmp_path` and returns the finished process."""
    return functools.partial(bench_in, tmp_path)


@pytest.fixture
def call_bench(tmp_path, monkeypatch, capsys):
    """Return a function as `bench` is, which calls the program in this process: no second is lost in starting one.

    It is for what ends before anything is started; an exception that a user would meet as a traceback is one here, too.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bench", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return subprocess.CompletedProcess(arguments, end.value.code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def train_in():
    """Return a function as `bench_in` is, for what trains: its measurement lock lies in the folder."""
    return functools.partial(_run, LOCKED)


@pytest.fixture(scope="session")
def start_training_in():
    """Return a function as `train_in` is, which returns the process as soon as it runs."""
    return functools.partial(_start, LOCKED)
