"""The workflows for CI: what they type is what the program has. `tox -e checks` holds them against GitHub's schema."""

import re
from pathlib import Path

import pytest

from bench.cli import bench as program

ROOT = Path(__file__).parents[1]
WORKFLOWS = {path.name: path.read_text() for path in sorted((ROOT / ".github").rglob("*.yml"))}


def commands(text):
    """Return the program's command lines of a workflow, those that are folded over lines as one."""
    return re.findall(r"python -m bench [^\n]+", re.sub(r"\n {10,}--", " --", text))


def test_there_is_one_for_this_repository_and_one_to_copy():
    assert set(WORKFLOWS) == {"ci.yml", "gate.yml"}


@pytest.mark.parametrize(
    "command", [command for text in WORKFLOWS.values() for command in commands(text)], ids=lambda text: text[:40]
)
def test_each_command_has_a_verb_and_flags_that_the_program_knows(call_bench_in, command):
    arguments = command.replace('"', "").split()[1:]
    assert arguments[2] in program.list_commands(None)
    done = call_bench_in(ROOT, *arguments[2:], "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: python -m bench" in done.stdout


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_gate_writes_what_the_summary_and_the_artifact_take(name):
    (check,) = [command for command in commands(WORKFLOWS[name]) if " check " in command]
    files = re.findall(r"--(?:markdown|junit) (\S+)", check)
    assert files
    for file in files:
        assert len(re.findall(rf"\b{re.escape(file)}\b", WORKFLOWS[name])) >= 2


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_name_from_a_pull_request_is_pasted_into_a_shell(name):
    """GitHub replaces an expression before the shell reads the line: a branch's name could be a command."""
    runs = re.findall(r"run:[^\n]*(?:\n {10,}[^\n]*)*", WORKFLOWS[name])
    assert runs
    assert not [run for run in runs if "${{" in run]


def test_the_recipe_is_short_enough_to_copy():
    lines = [line for line in WORKFLOWS["gate.yml"].splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 30
