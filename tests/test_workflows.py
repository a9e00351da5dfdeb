"""The workflows for CI: what they type is what the program has. `tox -e checks` holds them against GitHub's schema."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.cli import bench as program
from bench.store.archive import write_archive
from tests.conftest import RUN_ID

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / ".github" / "examples" / "results"
WORKFLOWS = {path.name: path.read_text() for path in sorted((ROOT / ".github").rglob("*.yml"))}


def commands(text):
    """Return the program's command lines of a workflow without its name, those that are folded over lines as one."""
    return re.findall(r"(?:python -m bench|run: rnn-or-cnn) ([^\n]+)", re.sub(r"\n {10,}--", " --", text))


def test_there_is_one_for_this_repository_and_two_to_copy():
    assert set(WORKFLOWS) == {"ci.yml", "gate.yml", "results.yml"}


@pytest.mark.parametrize(
    "command", [command for text in WORKFLOWS.values() for command in commands(text)], ids=lambda text: text[:40]
)
def test_each_command_has_a_verb_and_flags_that_the_program_knows(call_bench_in, command):
    arguments = command.replace('"', "").split()
    assert arguments[0] in program.list_commands(None)
    done = call_bench_in(ROOT, *arguments, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage: python -m bench" in done.stdout


@pytest.mark.parametrize("name", ["ci.yml", "gate.yml"])
def test_the_gate_writes_what_the_summary_and_the_artifact_take(name):
    (check,) = [command for command in commands(WORKFLOWS[name]) if command.startswith("check ")]
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


@pytest.fixture
def repository(tmp_path, make_valid, write_run):
    """A repository of results that was started from the template, with a run that somebody handed in."""
    shutil.copytree(TEMPLATE, tmp_path / "results")
    folder = write_run(tmp_path / RUN_ID, *make_valid())
    (tmp_path / "results" / "runs" / "laptop").mkdir()
    write_archive(tmp_path / "results" / "runs" / "laptop" / f"{RUN_ID}.tar.gz", [folder])
    return tmp_path / "results"


def test_a_repository_of_results_checks_and_publishes_what_was_handed_in(repository, call_bench_in):
    validate, site = commands(WORKFLOWS["results.yml"])
    done = call_bench_in(repository, *validate.split())
    assert (done.returncode, done.stderr) == (0, "")
    done = call_bench_in(repository, *site.replace('"', "").split())
    assert (done.returncode, done.stdout, done.stderr) == (0, "site/index.html\n", "")
    assert (repository / "site" / "runs" / RUN_ID / "index.html").exists()
    assert "path: site" in WORKFLOWS["results.yml"]


def test_a_repository_of_results_refuses_what_is_made_up(repository, call_bench_in):
    (repository / "runs" / "laptop" / "torn.tar.gz").write_bytes(b"torn")
    validate, _ = commands(WORKFLOWS["results.yml"])
    assert call_bench_in(repository, *validate.split()).returncode == 1


@pytest.mark.parametrize(
    ("change", "is_allowed"),
    [
        (lambda folder: (folder / "runs" / "node7.tar.gz").write_bytes(b"x"), True),
        (lambda folder: (folder / "runs" / "evil.py").write_text("x"), False),
        (lambda folder: (folder / "x.tar.gz").write_bytes(b"x"), False),
        (lambda folder: (folder / "runs" / "a b;c.tar.gz").write_bytes(b"x"), False),
        (lambda folder: (folder / "runs" / "laptop" / f"{RUN_ID}.tar.gz").write_bytes(b"x"), False),
        (lambda folder: (folder / "runs" / "laptop" / f"{RUN_ID}.tar.gz").unlink(), False),
        (lambda folder: (folder / ".github" / "workflows" / "results.yml").write_text("x"), False),
    ],
    ids=["an archive", "a module", "elsewhere", "a strange name", "another's run", "a run gone", "the workflow"],
)
def test_a_contribution_adds_archives_and_nothing_else(change, is_allowed, repository):
    """The workflow's own lines, typed in a repository whose last commit is the contribution."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    for step in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "before"]):
        subprocess.run([*git, *step], cwd=repository, check=True)
    change(repository)
    for step in (["add", "-A"], ["commit", "-qm", "after"]):
        subprocess.run([*git, *step], cwd=repository, check=True)
    (block,) = re.findall(r"run: \|\n((?: {10}[^\n]+\n)+)", WORKFLOWS["results.yml"])
    done = subprocess.run(
        [shutil.which("bash"), "-e", "-c", block], cwd=repository, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == is_allowed, done.stdout + done.stderr


def test_no_contribution_can_be_imported_by_what_checks_it():
    """`python -m` puts the current folder on the path; the installed script does not."""
    assert "python -m bench" not in WORKFLOWS["results.yml"].replace("`python -m`", "")
    assert "permissions:\n  contents: read" in WORKFLOWS["results.yml"]
    assert "pull_request_target" not in WORKFLOWS["results.yml"]
