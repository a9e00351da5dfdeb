"""A check whose sides would train the same code is refused, with real repositories, packages and workers."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.check_cli import train_nothing

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
NETWORK = """
from helpers import UNITS

COST, ACCURACY = 1.0, 0.9

def build(input_shape, num_classes):
    import keras
    layers = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(UNITS, activation="relu")]
    return keras.Sequential([*layers, keras.layers.Dense(num_classes, activation="softmax")])
"""


class Repository:
    """A package of networks and a second package, `helpers`, in whose constant base and head differ."""

    def __init__(self, folder, call_bench_in, monkeypatch):
        self.call_bench_in, self.monkeypatch = call_bench_in, monkeypatch
        self.folder, self.site = folder / "repo", folder / "site"
        self.helpers = self.folder / "libs" / "helpers"
        (self.helpers / "helpers").mkdir(parents=True)
        self.write("mypkg/__init__.py", "")
        self.write("mypkg/net.py", NETWORK)
        self.write(".gitignore", "results/\n")
        self.commit(units=8)
        self.commit(units=40)

    def write(self, name, text):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def commit(self, units):
        self.write("libs/helpers/helpers/__init__.py", f"UNITS = {units}\n")
        if units == 8:
            self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"{units} units")

    def git(self, *arguments):
        subprocess.run([*GIT, *arguments], cwd=self.folder, check=True, capture_output=True)

    def install_copy(self):
        """Lay into a folder of the path what `pip install libs/helpers` puts into site-packages."""
        record = self.site / "helpers-1.0.dist-info"
        (self.site / "helpers").mkdir(parents=True)
        (self.site / "helpers" / "__init__.py").write_text("UNITS = 40\n")
        record.mkdir()
        (record / "METADATA").write_text("Metadata-Version: 2.1\nName: helpers\nVersion: 1.0\n")
        (record / "direct_url.json").write_text(json.dumps({"url": self.helpers.as_uri(), "dir_info": {}}))
        (record / "RECORD").write_text("helpers/__init__.py,,\n")

    def ignore_and_write(self, name, text, network):
        """Let both sides have `network`, and the user's own folder a file besides that git ignores."""
        self.write(".gitignore", f"results/\n{name}\n")
        for comment in ("", "# a change\n"):
            self.write("mypkg/net.py", network + comment)
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", "a network")
        self.write(name, text)

    def check(self, *arguments, path):
        """Check the last two commits in this process."""
        self.monkeypatch.syspath_prepend(path)
        options = ("--pairs", "5", "--train-size", "64", "--test-size", "32", "--allow-concurrent")
        command = ("check", "--base", "HEAD~1", "--model", "mypkg.net:build", *options, *arguments)
        environ = {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, path))), "COLUMNS": "400"}
        return self.call_bench_in(self.folder, *command, **environ)

    def parameters(self):
        """Return the numbers of parameters that each side's trials had, by side."""
        return {(side, event["num_params"]) for side, event in self.events("built")}

    def events(self, kind):
        """Return all events of a kind, each with its side."""
        lines = [
            (path.parts[-3].rpartition("-")[2], json.loads(line))
            for path in self.folder.glob("results/*/*/trials/*.jsonl")
            for line in path.read_text().splitlines()
        ]
        return [(side, event) for side, event in lines if event["event"] == kind]


@pytest.fixture
def repository(tmp_path, call_bench_in, monkeypatch):
    return Repository(tmp_path, call_bench_in, monkeypatch)


@pytest.mark.training
def test_a_second_package_of_the_repository_that_is_installed_is_refused(repository):
    repository.install_copy()
    done = repository.check("--alone", path=repository.site)  # the first worker's end is the check's
    assert done.returncode == 1, done.stderr[-500:]
    assert f"received module 'helpers' from {repository.site}/helpers/__init__.py" in done.stdout + done.stderr
    assert repository.parameters() == set()


@pytest.mark.training
def test_a_second_package_on_the_path_comes_from_each_revision(repository):
    done = repository.check("--time-budget", "1s", path=repository.helpers)
    assert done.returncode in (0, 4), done.stderr[-500:]
    assert repository.parameters() == {("base", 8 * 785 + 10 * 9), ("head", 40 * 785 + 10 * 41)}
    # Each class's recall would cost a pair more than a second, and no check tells it.
    assert {(event["status"], tuple(event.get("recalls", ()))) for _, event in repository.events("end")} == {("ok", ())}


def test_a_namespace_package_whose_base_lacks_the_module_is_no_copys(repository, tmp_path):
    repository.write("space/net.py", NETWORK)
    other = tmp_path / "other" / "space"
    other.mkdir(parents=True)
    (other / "net.py").write_text(NETWORK)
    done = repository.check("--model", "space.net:build", path=tmp_path / "other")
    assert done.returncode == 2
    assert f"expected module 'space.net' in the revision, found {other}/net.py" in done.stderr


GENERATED = NETWORK.replace(
    "from helpers import UNITS", "try:\n    from mypkg._made import UNITS\nexcept ImportError:\n    UNITS = 3"
)


@pytest.mark.training
def test_a_generated_module_that_git_ignores_is_refused_or_comes_along_on_both_sides(repository, monkeypatch):
    repository.ignore_and_write("mypkg/_made.py", "UNITS = 5\n", GENERATED)
    done = repository.check("--alone", path=repository.helpers)
    assert done.returncode == 1, done.stderr[-500:]
    assert "note: ignored by git, so part of neither side: mypkg/_made.py" in done.stderr
    assert "mypkg/_made.py is ignored by git, so it is not part of the revision" in done.stdout
    assert repository.parameters() == set()
    train_nothing(monkeypatch.setattr)
    arguments = ("--time-budget", "1s", "--with", "mypkg/_made.py")
    done = repository.check(*arguments, path=repository.helpers)
    assert done.returncode in (0, 4), done.stderr[-500:]
    assert "note:" not in done.stderr
    assert {(side, event["val_loss"]) for side, event in repository.events("epoch")} == {("base", 5), ("head", 5)}


def test_a_model_that_git_ignores_is_named_and_a_refused_check_leaves_no_folder(repository):
    repository.ignore_and_write("mypkg/own.py", NETWORK, NETWORK)
    done = repository.check("--model", "mypkg.own:build", path=repository.helpers)
    assert done.returncode == 2
    assert "mypkg/own.py is ignored by git, so it is not part of the revision" in done.stderr
    done = repository.check("--with", "nowhere.npy", path=repository.helpers)
    assert done.returncode == 2
    assert "--with: expected a file or folder of" in done.stderr
    assert list((repository.folder / "results").iterdir()) == []
