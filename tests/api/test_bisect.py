"""The time of a search for the first bad commit, which all its checks share; the checks are made up."""

import importlib
import subprocess
from types import SimpleNamespace

import pytest

from bench.analysis.statistics.interval import Interval
from bench.gate.judgement.findings import CaseMeasure, GateResult, MeasureVerdict, Tolerances
from bench.gate.measurement.pairing import TimeBudget
from bench.gate.request import CheckRequest

bisect_module = importlib.import_module("bench.api.bisect")
IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")


@pytest.fixture
def repo(tmp_path, monkeypatch):
    """A repository of ten commits."""
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    git = ["git", *IDENTITY, "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for number in range(10):
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", f"c{number}"], check=True)
    return tmp_path


def slower():
    worse = Interval(0.05, 0.04, 0.06, 12, "sign-flip")
    return GateResult((MeasureVerdict(
        key=CaseMeasure("cnn-mnist", "throughput"), label="cnn", stage="screen", base=1.0, head=1.0, num_base=12,
        num_head=12, worse=worse, p_value=0.004, visible=None, outcome="regression",
    ),), (), Tolerances())  # fmt: skip


@pytest.mark.parametrize(("budget_s", "given"), [(1000.0, [1000.0, 700.0, 400.0]), (None, [None] * 4)])
def test_all_checks_share_the_time_and_none_is_begun_that_would_probably_end_later(repo, monkeypatch, budget_s, given):
    """A check takes 300 s; every commit is bad, so that four find the first."""
    clock, budgets = [0.0], []

    def check(request, *_):
        budgets.append(request.time_budget_s)
        clock[0] += 300.0
        return SimpleNamespace(check=SimpleNamespace(record=SimpleNamespace(check_id="a-check")), result=slower())

    monkeypatch.setattr(bisect_module, "check", check)
    monkeypatch.setattr(bisect_module, "load_check", lambda folder: folder)
    monkeypatch.setattr(bisect_module, "judge", lambda *_: SimpleNamespace(result=slower()))
    monkeypatch.setattr(bisect_module, "TimeBudget", lambda total_s: TimeBudget(total_s, lambda: clock[0]))
    request = CheckRequest(repo=repo, output=repo / "results", time_budget_s=budget_s)
    found = bisect_module.bisect(request, "HEAD~9..HEAD", lambda _: None).result
    assert budgets == given
    assert len(found.record.steps) == len(budgets)
    assert found.is_out_of_time == (found.culprit is None) == (budget_s is not None)
