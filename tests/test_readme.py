"""The README keeps its word: its commands run as typed, and its figures are a published run's."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.showcase import (
    BEGIN,
    BEGIN_CLAIMS,
    BEGIN_HARDWARE,
    BEGIN_PEERS,
    END,
    END_CLAIMS,
    END_HARDWARE,
    END_PEERS,
    find_published,
    published_claims,
    published_hardware,
    published_peers,
    published_showcase,
)

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
# These two are the set-up itself: a clean machine's CI types the second, and the first is what published the figures.
SET_UP = ("python -m pip install -e . && python -m bench run", "python -m pip install tox && tox")
TRAININGS = [
    command for command in COMMANDS if command.startswith("python -m bench run") and "--dry-run" not in command
]
OTHERS = [command for command in COMMANDS if command not in (*SET_UP, *TRAININGS)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as a user has it after the first run: with a run in `results`."""
    folder = tmp_path_factory.mktemp("readme")
    published = find_published("tutorial", "claims")
    shutil.copytree(published, folder / "results" / published.name)
    return folder


def type_in(command, folder):
    arguments = [sys.executable, *shlex.split(command)[1:]]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)


def test_the_two_set_up_commands_stand_in_it():
    assert set(SET_UP) <= set(COMMANDS)


@pytest.mark.parametrize("command", OTHERS)
def test_a_command_runs_as_typed(folder, command):
    done = type_in(command, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", TRAININGS)
def test_a_training_is_planned_as_typed(folder, command):
    """With --dry-run added: everything is resolved and checked, and nothing trains."""
    done = type_in(f"{command} --dry-run", folder)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+ trials", done.stdout)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(python -m bench [^`]+)`", README))))
def test_a_command_in_a_sentence_is_one_that_the_program_has(folder, command):
    """Its verb and flags are known; what it names (a GPU, an own module, a cluster) need not be here."""
    done = type_in(f"{command} --help", folder)
    assert done.returncode == 0, done.stderr
    assert "Usage: python -m bench" in done.stdout


@pytest.mark.parametrize(
    ("begin", "end", "render"),
    [
        (BEGIN, END, published_showcase),
        (BEGIN_CLAIMS, END_CLAIMS, published_claims),
        (BEGIN_HARDWARE, END_HARDWARE, published_hardware),
        (BEGIN_PEERS, END_PEERS, published_peers),
    ],
)
def test_its_figures_are_those_of_the_published_runs(begin, end, render):
    shown = README.partition(begin)[2].partition(end)[0].strip()
    assert shown == render(), "run `python -m tools.showcase`"


def test_every_file_that_it_links_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
