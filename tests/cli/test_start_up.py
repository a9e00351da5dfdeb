"""The surroundings that a program is started in: closed streams, names in other encodings, a user without a home."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.cli import start_up
from bench.home_folder import find_home, find_keras_home
from bench.host.capture import capture_environment
from bench.host.ceilings.ceilings import cache_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MINE = "COST = 1.0\nACCURACY = 0.9\n\n\ndef build(input_shape, num_classes):\n    raise NotImplementedError\n"
TINY = ("--model", "mine:build", "--batch-size", "4", "--dataset", "small.npz", "--epochs", "1")
pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="the quick worker speaks Linux"), pytest.mark.slow]


@pytest.fixture
def folder(tmp_path):
    """A folder, of a name that is not ASCII, with a network and tiny data."""
    folder = tmp_path / "ein Größenvergleich"
    folder.mkdir()
    (folder / "mine.py").write_text(MINE)
    generator = np.random.default_rng(0)
    arrays = {f"x_{half}": generator.integers(0, 256, (num, 4, 4), dtype=np.uint8)
              for half, num in (("train", 40), ("test", 10))}  # fmt: skip
    np.savez(folder / "small.npz", **arrays, y_train=np.arange(40) % 2, y_test=np.arange(10) % 2)
    return folder


def start(folder, redirections, *arguments, python=(sys.executable,), **environ):
    """Run the program, with the quick worker, in a shell that closes its streams."""
    command = ["sh", "-c", f'exec "$@" {redirections}', "sh", *python, str(HERE / "check_cli.py"), *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environ}, capture_output=True, check=False
    )


def journals(folder):
    return list(folder.glob("results/*/trials/*.jsonl"))


@pytest.mark.parametrize(("redirections", "options"), [(">&-", ("--json",)), (">&- 2>&- <&-", ())])
def test_a_run_whose_streams_are_closed_is_whole(folder, redirections, options):
    done = start(folder, redirections, "run", *TINY, *options)
    assert done.returncode == 0, done.stderr[-500:]
    (journal,) = journals(folder)
    assert b'"status":"ok"' in journal.read_bytes()
    assert len(list(folder.glob("results/*/report.md"))) == 1


def test_names_beyond_ascii_work_under_the_c_locale_and_without_docstrings(folder):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    python = (sys.executable, "-OO")
    done = start(folder, "", "run", *TINY, "--output", "Läufe", python=python, **ascii_only)
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.decode().startswith("Läufe/")
    assert len(list(folder.glob("Läufe/*/report.md"))) == 1


def test_names_that_are_not_utf8_are_refused_in_a_sentence(folder):
    done = start(folder, "", "report", b"caf\xe9")
    assert (done.returncode, done.stderr.decode()) == (
        2,
        "error: command line: expected names in UTF-8, received 'caf�'; rename it\n",
    )
    odd = os.fsdecode(os.fsencode(folder) + b"/caf\xe9")
    Path(odd).mkdir()
    done = start(odd, "", "list", "suites")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: the current folder: expected names in UTF-8")


@pytest.fixture
def unknown_user(monkeypatch):
    """A user that the system does not know, as a container's that was started with a number."""

    def know_nobody(number):
        raise KeyError(number)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", know_nobody)


@pytest.mark.usefixtures("unknown_user")
def test_a_user_without_a_home_has_a_cache_in_the_current_folder_and_keras_settings_where_keras_has_them(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert find_home() is None
    assert cache_folder() == tmp_path / ".rnn-or-cnn-cache"
    assert find_keras_home({}) == Path("/tmp/.keras")  # noqa: S108 - Keras' own choice
    assert capture_environment().fingerprint


def test_windows_is_told_at_the_start_what_works_there(monkeypatch, capsys):
    monkeypatch.setattr(sys, "platform", "win32")
    start_up.prepare_process()
    assert capsys.readouterr().err.startswith("note: on Windows, list, report,")
