"""`bench check` in the repositories that people have: each side's worker imports its own revision's code.

The network's width is 8 in the base and 40 in the head, so that the journals show which of the two was imported: by
what was trained, or, where `tox -e full` alone trains for real, by a quick worker that trains nothing.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.check_cli import train_nothing
from tests.draws import IS_FULL

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
GIT = (
    *("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"),
    *("-c", "protocol.file.allow=always"),
)
NETWORK = """
from {units} import UNITS

COST, ACCURACY = 1.0, 0.9

def build(input_shape, num_classes):
    import keras
    layers = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(UNITS, activation="relu")]
    return keras.Sequential([*layers, keras.layers.Dense(num_classes, activation="softmax")])
"""
# What the journals tell of the width, and in which event: a real worker's, and a quick one's.
REAL = ("built", "num_params", {("base", 8 * 785 + 10 * 9), ("head", 40 * 785 + 10 * 41)})
QUICK = ("epoch", "val_loss", {("base", 8), ("head", 40)})


class Project:
    """A user's repository with a package of two modules, one of which holds the number of units."""

    def __init__(self, folder, package="mypkg", source=".", units=None):
        self.folder, self.path, self.base, self.repo = folder, (), "HEAD~1", "."
        self.model = f"{package.replace('/', '.')}.net:build"
        self.units = units or f"{source}/{package}/units.py"
        imported = "mypkg2" if units else f"{package.replace('/', '.')}.units"
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet")
        self.write(".gitignore", "results/\n")
        self.write(f"{source}/{package}/net.py", NETWORK.format(units=imported))

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def commit(self, *numbers):
        for number in numbers:
            self.write(self.units, f"UNITS = {number}\n")
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", f"{number} units")
        return self

    def git(self, *arguments, folder=None):
        subprocess.run([*GIT, *arguments], cwd=folder or self.folder, check=True, capture_output=True)

    def told(self, kind, name):
        """Return what each side's trials tell in an event of this kind."""
        journals = self.folder.glob("results/*/*/trials/*.jsonl")
        lines = [(path.parts[-3], json.loads(line)) for path in journals for line in path.read_text().splitlines()]
        return {(side.rpartition("-")[2], event[name]) for side, event in lines if event["event"] == kind}


@pytest.fixture
def check(call_bench_in, monkeypatch):
    """Return a function that checks a project in this process."""

    def call(project):
        for folder in project.path:
            monkeypatch.syspath_prepend(folder)
        sizes = ("--pairs", "5", "--time-budget", "1s", "--train-size", "64", "--test-size", "32")
        sides = ("--base", project.base, "--repo", project.repo, "--model", project.model)
        path = os.pathsep.join(map(str, (ROOT, *project.path)))
        return call_bench_in(
            project.folder, "check", *sides, *sizes, "--allow-concurrent", "--quiet", PYTHONPATH=path, COLUMNS="400"
        )

    return call


def linked_worktree(tmp_path):
    project = Project(tmp_path / "main").commit(8, 40)
    project.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    project.folder = tmp_path / "linked"
    return project


def detached_head(tmp_path):
    project = Project(tmp_path / "repo").commit(8, 40, 3)
    project.git("checkout", "--quiet", "--detach", "HEAD~1")
    return project


def clone_of_depth_1(tmp_path):
    project = Project(tmp_path / "origin").commit(8)
    project.git("tag", "before")
    project.commit(3, 40)
    project.git("clone", "--quiet", "--depth", "1", project.folder.as_uri(), str(tmp_path / "clone"), folder=tmp_path)
    project.folder = tmp_path / "clone"
    project.git("fetch", "--quiet", "--depth", "1", "origin", "before")
    project.base = "FETCH_HEAD"
    return project


def merge_commit(tmp_path):
    project = Project(tmp_path / "repo").commit(8)
    project.git("checkout", "--quiet", "-b", "wider")
    project.commit(40)
    project.git("checkout", "--quiet", "main")
    project.write("README", "a change")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "besides")
    project.git("merge", "--quiet", "--no-edit", "wider")
    return project


def monorepo_of_two_packages(tmp_path):
    project = Project(tmp_path / "repo", source="libs/one", units="libs/two/mypkg2/__init__.py").commit(8, 40)
    project.path = [project.folder / "libs" / name for name in ("one", "two")]
    project.repo = "libs/one"
    return project


def src_layout(tmp_path):
    project = Project(tmp_path / "repo", source="src")
    project.write("src/mypkg/__init__.py", "")
    return project.commit(8, 40)


def namespace_package(tmp_path):
    return Project(tmp_path / "repo", package="space/inner").commit(8, 40)


def submodule(tmp_path):
    lib = Project(tmp_path / "lib", package=".", units="__init__.py").commit(8)
    project = Project(tmp_path / "repo", units="sub.txt")
    project.git("submodule", "--quiet", "add", str(lib.folder), "mypkg2")
    project.commit(8)
    lib.commit(40)
    project.git("-C", "mypkg2", "pull", "--quiet", "origin", "main")
    return project.commit(40)


MADE = [
    linked_worktree, detached_head, clone_of_depth_1, merge_commit, monorepo_of_two_packages, src_layout,
    namespace_package, submodule,
]  # fmt: skip


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_each_side_trains_its_own_revision_and_leaves_the_repository_as_it_was(make, tmp_path, check, monkeypatch):
    folder = tmp_path / "mein Größen vergleich" / "模型"
    folder.mkdir(parents=True)
    project = make(folder)
    if not IS_FULL:  # `test_foreign_code.py` trains a second package for real
        train_nothing(monkeypatch.setattr)
    done = check(project)
    assert done.returncode in (0, 4), done.stdout[-300:] + done.stderr[-700:]
    kind, name, both = REAL if IS_FULL else QUICK
    assert project.told(kind, name) == both
    listed = subprocess.run([*GIT, "worktree", "list"], cwd=project.folder, capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == (2 if make is linked_worktree else 1)


def test_a_submodule_that_is_not_filled_is_named_and_a_shallow_clones_missing_base_too(tmp_path, check):
    project = submodule(tmp_path)
    project.git("submodule", "--quiet", "deinit", "--force", "mypkg2")
    done = check(project)
    assert done.returncode == 2
    assert "submodule mypkg2" in done.stderr
    assert "git submodule update --init --recursive" in done.stderr
    (tmp_path / "other").mkdir()
    shallow = clone_of_depth_1(tmp_path / "other")
    shallow.base = "HEAD~1"
    done = check(shallow)
    assert done.returncode == 2
    assert "a CI checkout often holds one commit alone" in done.stderr
