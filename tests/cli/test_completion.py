"""What the Tab key offers, asked of the program as a shell asks it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from bench.cli import bench as program
from bench.cli.parsing.completion import VARIABLE

ROOT = Path(__file__).parents[2]


def offers(*arguments, incomplete=""):
    completion = ShellComplete(program, {}, "rnn-or-cnn", VARIABLE)
    return [item.value for item in completion.get_completions(list(arguments), incomplete)]


def test_verbs_are_offered_from_the_table_of_verbs():
    assert {"run", "report", "list"} <= set(offers())
    assert offers(incomplete="rep") == ["report"]


def test_suites_models_and_datasets_are_offered_by_name():
    assert "tutorial" in offers("run", incomplete="tut")
    assert {"lstm", "lstm-cudnn", "lstm-cpu"} <= set(offers("run", "--model", incomplete="ls"))
    assert "mnist-pixels" in offers("run", "--dataset", incomplete="mn")


def test_the_last_part_of_a_list_is_completed():
    assert "lstm,cnn-deep" in offers("run", "--model", incomplete="lstm,cnn")
    assert offers("run", "--precision", incomplete="float32,mixed_b") == ["float32,mixed_bfloat16"]


def test_runs_are_offered_latest_first_from_the_output_folder(tmp_path):
    for run_id in ("20261121T081500Z-quick-0001", "20261122T081500Z-quick-0002"):
        (tmp_path / run_id).mkdir()
        (tmp_path / run_id / "run.json").write_text("{}")
    found = offers("report", "--output", str(tmp_path))
    assert found == ["latest", "20261122T081500Z-quick-0002", "20261121T081500Z-quick-0001"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell):
    code = "import sys; sys.argv = ['/usr/bin/rnn-or-cnn']; from bench.cli import main; main()"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), VARIABLE: f"{shell}_source"}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rnn-or-cnn" in done.stdout
    assert VARIABLE in done.stdout
