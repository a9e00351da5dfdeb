"""README and docs keep their word: their commands run as typed, and their figures are a published run's."""

import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from bench.claims.claims_file import parse_claims
from bench.claims.statements import PREDICATES, Stated
from bench.plan.suite import parse_suite
from bench.reports.trackers.tracker import builtin_trackers
from bench.store.records import Status
from tests.draws import some
from tests.without_figures import draw_no_figures
from tools.showcase import SHOWCASES, Showcase, find_tutorial

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = "\n".join(
    page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGES, re.DOTALL) for line in block.splitlines()]
# These two are the set-up itself: a clean machine's CI types the second, and the first is what published the figures.
SET_UP = ("python -m pip install -e . && python -m bench run", "python -m pip install tox && tox")
NOT_RUN = [line.split("# not run: ") for line in COMMANDS if "# not run" in line]
TYPED = list(dict.fromkeys(line.partition("  #")[0].strip() for line in COMMANDS if "# not run" not in line))
SENTENCES = sorted(set(re.findall(r"`(python -m bench [^`]+)`", PAGES)))


def trains(command):
    """Return whether a command begins a training, which `--dry-run` plans without one; a tuned one needs a tuning."""
    return bool(re.match(r"python -m bench (run|tune)\b(?!.*--(dry-run|resume|tuned|help))", command))


def reads(command):
    """Return whether a command reads the latest run alone, and starts neither a browser nor a framework."""
    return bool(re.match(r"python -m bench (claims latest|export latest|list|env$)", command))


TRAININGS = [command for command in TYPED if trains(command)]
OTHERS = [command for command in TYPED if command not in (*SET_UP, *TRAININGS)]
BUILDS = "python -m bench list models -v"  # every network; tests/cli/test_own.py lists some


def blocks_of(page, language):
    """Return a page's blocks of code in one language."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder as a user has it after the first run: with a run in `results`, and what the pages call their own."""
    folder = tmp_path_factory.mktemp("readme")
    published = find_tutorial()
    shutil.copytree(published, folder / "results" / published.name)
    build = "\n".join(blocks_of("own.md", "python"))
    for module in ("mine.py", "mypackage/mymodule.py"):
        (folder / module).parent.mkdir(exist_ok=True)
        (folder / module).write_text(build, encoding="utf-8")
    (folder / "mypackage" / "__init__.py").touch()
    (folder / "mine.toml").write_text(*blocks_of("own.md", "toml"), encoding="utf-8")
    (folder / "my-claims.toml").write_text(*blocks_of("claims.md", "toml"), encoding="utf-8")
    draw = np.random.default_rng(0)
    halves = {
        f"{letter}_{half}": draw.integers(0, 10, shape)
        for half, n in (("train", 6000), ("test", 1000))
        for letter, shape in (("x", (n, 8, 3)), ("y", (n,)))
    }
    np.savez(folder / "mine.npz", **halves)
    return folder


@pytest.fixture
def type_in(monkeypatch, call_bench_in, folder):
    """Return what types a command of the form `python -m bench …` in that folder; pages have no figures."""
    draw_no_figures(monkeypatch.setattr)
    return lambda command: call_bench_in(folder, *shlex.split(command)[3:])


def test_the_two_set_up_commands_stand_in_it():
    assert set(SET_UP) <= set(COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("command", some(OTHERS, *(command for command in OTHERS if command != BUILDS)))
def test_a_command_runs_as_typed(type_in, command):
    done = type_in(command)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", TRAININGS)
def test_a_training_is_planned_as_typed(type_in, command):
    """With --dry-run added: everything is resolved and checked, and nothing trains."""
    done = type_in(f"{command} --dry-run")
    assert done.returncode == 0, done.stderr
    assert re.search(r"\d+ (trials?|candidates)", done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in SENTENCES if trains(command)])
def test_a_training_in_a_sentence_is_planned_as_typed(type_in, command):
    """On the data, with the network and by the suite that the pages show as a user's own."""
    test_a_training_is_planned_as_typed(type_in, command)


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in SENTENCES if reads(command)])
def test_a_command_in_a_sentence_that_reads_a_run_runs_as_typed(type_in, command):
    test_a_command_runs_as_typed(type_in, command)


def test_what_is_not_run_says_why():
    assert NOT_RUN
    assert [command for command, *reason in NOT_RUN if len("".join(reason)) < len("on it")] == []


@pytest.mark.parametrize(
    "command", [command.strip() for command, *_ in NOT_RUN if command.startswith("python -m bench")]
)
def test_what_is_not_run_is_a_command_that_the_program_has(type_in, command):
    test_a_command_in_a_sentence_is_one_that_the_program_has(type_in, command)


@pytest.mark.parametrize("command", [one for one in SENTENCES if not (trains(one) or reads(one))])
def test_a_command_in_a_sentence_is_one_that_the_program_has(type_in, command):
    """Its verb and flags are known; what it names (another run, a branch, an archive) need not be here."""
    done = type_in(f"{command} --help")
    assert done.returncode == 0, done.stderr
    assert "Usage: python -m bench" in done.stdout


def test_an_extra_that_is_installed_is_one_that_there_is():
    named = {extra for extras in re.findall(r"-e '\.\[([\w,]+)\]'", PAGES) for extra in extras.split(",")}
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert named
    assert named <= set(known)


def test_the_suite_and_the_claims_that_are_shown_are_valid():
    (suite,), (claims,) = blocks_of("own.md", "toml"), blocks_of("claims.md", "toml")
    assert parse_suite(suite.encode(), "own.md").name == "mine"
    assert parse_claims(claims.encode(), "claims.md").name == "mine"


def test_every_tracker_is_listed_with_its_extra():
    rows = re.findall(r"^\| `([\w-]+)` \| `(\w+)` \|", (ROOT / "docs" / "clusters.md").read_text(), re.MULTILINE)
    assert dict(rows) == {name: tracker.extra for name, tracker in builtin_trackers().items()}


def test_every_predicate_of_a_claim_is_listed_with_its_keys():
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]+\| (.+) \|$", (ROOT / "docs" / "claims.md").read_text(), re.MULTILINE))
    own = {name: set(kind.model_fields) - {*Stated.model_fields, "predicate"} for name, kind in PREDICATES.items()}
    assert {name: set(re.findall(r"`(\w+)`", keys)) for name, keys in rows.items()} == own


@pytest.mark.slow
def test_python_on_the_api_page_runs_as_typed(monkeypatch, folder):
    monkeypatch.chdir(folder)
    typed = blocks_of("api.md", "python")
    assert typed
    for block in typed:
        code = compile(block, "api.md", "exec")
        if not block.startswith("# not run: "):
            exec(code, {})  # noqa: S102 - what is shown is what runs


def test_every_message_and_status_that_is_explained_is_one_that_there_is():
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    files = [path for folder in ("bench", "reports") for path in (ROOT / folder).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    said = re.sub(r'"\s*\n\s*f?"', "", code)
    explained = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    statuses = set(get_args(Status)) - {"ok"}
    assert statuses <= set(explained)
    messages = [one for one in explained if one not in statuses]
    assert len(messages) >= 10
    assert [one for one in messages if not all(part.strip(" ,") in said for part in one.split("…"))] == []


def test_every_source_of_a_method_is_named_in_the_code_that_uses_it():
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| (\w+)[^|]*?(\d{4})\)? \| \[[^]]+\]\(\.\./([^)]+)\) \|$", page, re.MULTILINE)
    assert len(rows) == page.count("](../bench/") >= 10
    assert [
        row for row in rows if not all(word in (ROOT / row[2]).read_text(encoding="utf-8") for word in row[:2])
    ] == []


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
