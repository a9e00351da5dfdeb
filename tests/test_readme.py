"""README and docs keep their word: their commands run as typed, and their figures are a published run's."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tools.showcase import SHOWCASES, Showcase, find_published

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = "\n".join(
    page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
)
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGES, re.DOTALL)
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


@pytest.fixture
def type_in(call_bench_in, folder):
    """Return what types a command of the form `python -m bench …` in that folder."""
    return lambda command: call_bench_in(folder, *shlex.split(command)[3:])


def test_the_two_set_up_commands_stand_in_it():
    assert set(SET_UP) <= set(COMMANDS)


@pytest.mark.parametrize("command", OTHERS)
def test_a_command_runs_as_typed(type_in, command):
    done = type_in(command)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("command", TRAININGS)
def test_a_training_is_planned_as_typed(type_in, command):
    """With --dry-run added: everything is resolved and checked, and nothing trains."""
    done = type_in(f"{command} --dry-run")
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+ trials", done.stdout)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(python -m bench [^`]+)`", PAGES))))
def test_a_command_in_a_sentence_is_one_that_the_program_has(type_in, command):
    """Its verb and flags are known; what it names (a GPU, an own module, a cluster) need not be here."""
    done = type_in(f"{command} --help")
    assert done.returncode == 0, done.stderr
    assert "Usage: python -m bench" in done.stdout


@pytest.mark.parametrize("showcase", SHOWCASES, ids=lambda showcase: showcase.name)
def test_its_figures_are_those_of_the_published_runs(showcase: Showcase):
    page = showcase.page.read_text(encoding="utf-8")
    assert page == showcase.place(page), "run `python -m tools.showcase`"


def test_the_readme_is_read_in_three_minutes():
    begin, end = SHOWCASES[0].markers
    own = README.partition(begin)[0] + README.partition(end)[2]
    assert len(own.split()) <= 720


def test_every_file_that_it_links_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
