"""`bench check` as a user types it: real git repositories and real workers; only the training is made up.

Where the shell itself is not under test, the program is called in this process.
"""

import functools
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import psutil
import pytest

from bench.gate.check_folder import load_check
from tests.cli.check_cli import train_nothing

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
GOOD = "COST = 1.0\nACCURACY = 0.9\n\n\ndef build(input_shape, num_classes):\n    raise NotImplementedError\n"
pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the quick worker speaks Linux"),
    pytest.mark.slow,
    pytest.mark.usefixtures("no_process_left"),
]


class Repository:
    """A user's repository with one module, `mine`, and what types commands in it."""

    def __init__(self, folder):
        self.folder = folder
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder.parent / "tmp"),
            "COLUMNS": "200",
        }

    def git(self, *arguments):
        done = subprocess.run([*GIT, *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def commit(self, code):
        self.write(code)
        self.git("add", "mine.py")
        self.git("commit", "--quiet", "-m", "a change")

    def write(self, code):
        (self.folder / "mine.py").write_text(code)

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, str(HERE / "check_cli.py"), *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments):
        """Run a command to its end, in a process of its own."""
        return self.finish(self.start(*arguments))

    def check(self, *arguments, pairs=5, confirm_pairs=7):
        sizes = ("--pairs", str(pairs), "--confirm-pairs", str(confirm_pairs))
        return self.run("check", *self.case(), *sizes, *arguments)

    def case(self):
        data = ("--dataset", str(self.folder.parent / "small.npz"), "--train-size", "40", "--test-size", "10")
        return ("--model", "mine:build", "--batch-size", "4", *data)

    @staticmethod
    def finish(process):
        stdout, stderr = process.communicate(timeout=120)
        assert "Traceback" not in stderr, stderr
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def assert_left_alone(self):
        """No worktree is entered in the repository's books, and nothing is left where they stood."""
        assert len(self.git("worktree", "list").splitlines()) == 1
        assert list((self.folder.parent / "tmp").iterdir()) == []

    @property
    def last(self):
        return max((self.folder / "results").glob("*-check-*"), key=lambda folder: folder.stat().st_mtime)


@pytest.fixture
def repository(tmp_path):
    """A repository at a path with spaces, whose `main` is good; its data set lies outside."""
    folder = tmp_path / "my own models"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    generator = np.random.default_rng(0)
    arrays = {f"x_{half}": generator.integers(0, 256, (num, 4, 4), dtype=np.uint8)
              for half, num in (("train", 40), ("test", 10))}  # fmt: skip
    np.savez(tmp_path / "small.npz", **arrays, y_train=np.arange(40) % 2, y_test=np.arange(10) % 2)
    made = Repository(folder)
    made.git("init", "--quiet")
    made.commit(GOOD)
    return made


def test_an_unchanged_tree_passes_and_leaves_nothing_but_its_journals(repository):
    done = repository.check("--base", "main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "verdict: no regression was found"
    repository.assert_left_alone()
    check = load_check(repository.last)
    assert (len(check.journals["screen", "base"]), len(check.journals["screen", "head"])) == (5, 5)
    assert check.journals["confirm", "head"] == ()
    assert (check.record.head.is_dirty, check.record.base.commit) == (
        False,
        repository.git("rev-parse", "main").strip(),
    )
    (both,) = {
        journal.start.environment.git_commit for side in ("base", "head") for journal in check.journals["screen", side]
    }
    assert both == check.record.base.commit


def test_a_base_that_is_the_clean_head_is_warned_of_once_and_a_changed_tree_is_not(called):
    done = called.check("--base", "main", "--quiet")
    assert done.stderr.count("warning: base (main) and head (the working tree) are the same commit") == 1
    called.write(GOOD + "# a change\n")
    assert "warning" not in called.check("--base", "main").stderr


def test_a_slower_model_fails_with_status_3_in_every_form_and_again_from_its_journals(called):
    called.git("checkout", "--quiet", "-b", "slow")
    called.commit(GOOD.replace("COST = 1.0", "COST = 1.1"))
    done = called.check("--base", "main", "--head", "slow", "--markdown", "check.md", "--junit", "check.xml")
    assert done.returncode == 3, done.stdout + done.stderr
    (slower,) = re.findall(r"^verdict: regression: mine:build is ([0-9.]+) % slower$", done.stdout, re.MULTILINE)
    assert float(slower) == pytest.approx(10, abs=2)
    assert "## Benchmark check: regression" in (called.folder / "check.md").read_text()
    suite = ET.parse(called.folder / "check.xml").getroot()[0]  # noqa: S314 - written a moment ago
    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    again = called.run("check", "--again", str(called.last), "--json")
    assert again.returncode == 3
    rows = {row["key"]["measure"]: row for row in json.loads(again.stdout)["findings"]}
    assert rows["throughput"]["worse"]["value"] == pytest.approx(0.1, abs=0.02)
    assert (rows["throughput"]["stage"], rows["throughput"]["num_head"]) == ("confirm", 5 + 7)  # both stages decide
    assert rows["peak_rss_bytes"]["outcome"] == "ok"
    lenient = called.run("check", "--again", str(called.last), "--max-slowdown", "0.3")
    assert lenient.returncode == 0


def test_a_broken_learner_fails_by_its_accuracy(called):
    called.write(GOOD.replace("0.9", "0.5"))
    done = called.check("--base", "main")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "less accurate" in done.stdout.splitlines()[-1]


def test_an_accuracy_that_is_too_good_is_an_alarm_and_no_regression(called):
    called.write(GOOD.replace("0.9", "0.998"))
    done = called.check("--base", "main", "--strict", pairs=8)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "has training seen the test data?" in done.stdout


def test_what_is_not_committed_yet_is_judged_and_new_files_with_it(called):
    (called.folder / "costs.py").write_text("COST = 1.2\n")
    called.write(GOOD.replace("COST = 1.0", "from costs import COST"))
    before = called.git("status", "--porcelain")
    done = called.check("--base", "HEAD")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "with changes that are not committed" in done.stdout
    assert called.git("status", "--porcelain").replace("?? results/\n", "") == before
    called.assert_left_alone()


@pytest.fixture
def called(repository, call_bench_in, monkeypatch):
    """Let the repository's commands be called in this process, as `check_cli.py` runs them in one of their own.

    After two minutes they fail, as those of another process do.
    """
    for name in set(os.environ) - set(repository.environ):
        monkeypatch.delenv(name)
    for name, value in repository.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tempfile.tempdir", repository.environ["TMPDIR"])
    train_nothing(monkeypatch.setattr)
    repository.run = functools.partial(call_bench_in, repository.folder)
    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(120)
    yield repository
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def expire(*_):
    raise TimeoutError("expected the end within two minutes")


@pytest.mark.parametrize("ref", ["no-such-branch", "--help", "-x", "main:mine.py", ""])
def test_a_base_that_is_missing_is_a_usage_error_before_anything_is_made(called, ref):
    done = called.run("check", *called.case(), f"--base={ref}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected a branch, tag or commit" in done.stderr
    assert not (called.folder / "results").exists()


def test_a_branch_called_help_is_a_branch_and_a_budget_that_can_decide_nothing_is_refused(called):
    called.git("update-ref", "refs/heads/--help", "HEAD")
    done = called.check("--base=--help", pairs=5, confirm_pairs=5)
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected at least --pairs 5 --confirm-pairs 7" in done.stderr
    assert not (called.folder / "results").exists()


def test_a_time_budget_that_is_over_before_the_first_pair_leaves_nothing_to_judge(called):
    done = called.check("--base", "main", "--time-budget", "0.001")
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    assert "there is nothing to judge" in done.stderr
    called.assert_left_alone()


def test_a_side_that_fails_ends_the_check_with_status_1_and_its_name(called):
    called.write(GOOD + "\n\nFAILS = True\n")
    done = called.check("--base", "main")
    assert done.returncode == 1
    assert "head: mine_build" in done.stdout
    assert "out of ideas" in done.stdout
    assert len(load_check(called.last).journals["screen", "head"]) == 1
    called.assert_left_alone()


def test_ctrl_c_in_the_middle_leaves_no_worktree_and_no_child_and_keeps_what_was_measured(repository):
    pipe = repository.folder.parent / "pipe"
    os.mkfifo(pipe)
    repository.write(GOOD + f"\n\nHANGS = {str(pipe)!r}\n")
    process = repository.start("check", *repository.case(), "--base", "main")
    pipe.open("rb").close()  # returns once the head's worker is there
    assert len(repository.git("worktree", "list").splitlines()) == 2
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    done = repository.finish(process)
    assert done.returncode == 130
    assert psutil.wait_procs(children, timeout=5)[1] == []
    repository.assert_left_alone()
    assert [journal.status for journal in load_check(repository.last).journals["screen", "head"]] == ["interrupted"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--base", "main", "--model", "lstm"), "both sides would train the same code"),
        (("--base", "main", "--model", "elsewhere:build"), "expected module 'elsewhere' in the revision"),
        (("--base", "main", "--repo", ".."), "expected a folder of a git repository"),
        (("--base", "main", "--max-slowdown", "5"), "expected a share between 0 and 1"),
        (("--base", "main", "--baseline", "latest"), "expected one of --base REF"),
        ((), "expected one of --base REF"),
        (("--baseline", "latest"), "there is no run in results"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_a_usage_error(called, monkeypatch, arguments, words):
    elsewhere = called.folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "elsewhere.py").write_text(GOOD)
    monkeypatch.setenv("PYTHONPATH", str(elsewhere), prepend=os.pathsep)
    case = called.case()[2:] if "--model" in arguments else called.case()
    done = called.run("check", *case, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    called.assert_left_alone()


def test_a_stored_run_is_a_baseline_whose_own_spread_sets_the_threshold(called):
    stored = called.run("run", "ci", *called.case(), "--seeds", "8", "--quiet", "--alone")
    assert stored.returncode == 0, stored.stderr
    run = Path(called.folder / stored.stdout.splitlines()[-1]).parent
    same = called.check("--baseline", run.name)
    assert same.returncode == 0, same.stdout + same.stderr
    assert "threshold is learned from the spread" in same.stdout
    called.write(GOOD.replace("COST = 1.0", "COST = 1.3"))
    slow = called.check("--baseline", run.name)
    assert slow.returncode == 3, slow.stdout + slow.stderr
    record = json.loads((run / "run.json").read_text())
    record["environment"].update(fingerprint="ffffffffffff", cpu_model="Another CPU")
    (run / "run.json").write_text(json.dumps(record))
    foreign = called.check("--baseline", run.name)
    assert (foreign.returncode, foreign.stdout) == (2, "")
    assert "not comparable" in foreign.stderr
    assert "Another CPU then" in foreign.stderr


def test_a_calibration_tells_what_the_gate_sees_here(called):
    sizes = ("--calibration-pairs", "12", "--pairs", "6", "--confirm-pairs", "8")
    done = called.run("check", "--calibrate", *called.case(), *sizes)
    assert done.returncode == 0, done.stderr
    assert "false alarms: 0.0 %" in done.stdout
    told = json.loads((called.last / "calibration.json").read_text())
    rates = {one["slowdown"]: one["rate"]["value"] for one in told["detections"]}
    assert rates[0.2] == 1.0
    assert rates[0.05] <= rates[0.1] <= rates[0.2]
    assert (told["num_rounds"], told["flagged"][1]) == (12, 2)


def test_a_bisection_finds_the_commit_that_made_it_slower_skips_what_does_not_train_and_can_be_asked_again(called):
    good = called.git("rev-parse", "HEAD").strip()
    slow = GOOD.replace("COST = 1.0", "COST = 1.2")
    for code in (f"{GOOD}# 1\n", f"{GOOD}FAILS = True\n", f"{slow}# 3\n", f"{slow}# 4\n"):
        called.commit(code)
    third = called.git("rev-parse", "HEAD~1").strip()
    done = called.check("--bisect", f"{good}..main", "--markdown", "check.md")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "is one of 2, some of which could not be tested" in done.stdout  # the one that fails, and the next
    assert done.stdout.splitlines()[-1].startswith("verdict: regression: mine:build is ")
    assert "## the first bad commit is one of 2" in (called.folder / "check.md").read_text()
    called.assert_left_alone()
    (folder,) = (called.folder / "results").glob("*-bisect-*")
    again = called.check("--bisect", f"{good}..main", "--resume", str(folder), "--json")
    assert again.returncode == 3, again.stderr
    told = json.loads(again.stdout)
    assert third in told["bisect"]["suspects"]
    assert {step["outcome"] for step in told["bisect"]["steps"]} == {"good", "bad", "skipped"}
    (failed,) = (step for step in told["bisect"]["steps"] if step["outcome"] == "skipped")
    assert failed["may_pass"]  # it alone was tried again
    assert len(list(folder.glob("*-check-*"))) == len(told["bisect"]["steps"]) + 1
    other = called.check("--bisect", f"{good}..main", "--resume", str(folder), "--max-slowdown", "0.05")
    assert (other.returncode, other.stdout) == (2, "")
    assert "was begun with other settings" in other.stderr
