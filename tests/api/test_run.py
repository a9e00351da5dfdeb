"""A run as a notebook asks for it: values come back, and nothing is printed. Nothing is trained here."""

import functools

import pytest

from bench.api.run import resume, run
from bench.errors import ConfigError
from bench.plan.suite import Axes
from bench.run.session.planning import Request
from bench.run.session.run_session import run_session
from bench.store.run_folder import read_record, write_record
from tests.faults.conftest import QUICK_WORKER

REQUEST = Request("quick", Axes(model=("cnn",), device=("cpu:1",)), seeds="2")


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Let workers train nothing, reports be a path, and no other measurement be waited for."""
    monkeypatch.setattr("bench.api.run.run_session", functools.partial(run_session, worker_command=QUICK_WORKER))
    monkeypatch.setattr("bench.api.run.write_report", lambda folder, *_: folder / "report.md")
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)


def test_a_run_comes_back_whole_with_its_summary_and_prints_nothing(tmp_path, capfd):
    finished = run(REQUEST, tmp_path / "results")
    assert finished.is_whole
    assert finished.interrupt is None
    assert finished.report == finished.folder / "report.md"
    assert finished.summary.num_by_status == {"ok": 2}
    assert capfd.readouterr() == ("", "")


def test_a_run_that_lacks_a_trial_is_finished_by_its_folder(tmp_path):
    folder = run(REQUEST, tmp_path / "results").folder
    (journal, *_) = sorted((folder / "trials").glob("*.jsonl"))
    journal.unlink()
    finished = resume(folder)
    assert (finished.folder, finished.is_whole) == (folder, True)
    assert journal.exists()


def test_a_run_is_not_finished_under_another_plan(tmp_path):
    folder = run(REQUEST, tmp_path / "results").folder
    with pytest.raises(ConfigError, match="started with another plan"):
        resume(folder, Request("quick", Axes(model=("cnn",), device=("cpu:1",)), seeds="3"))


def test_a_tuning_is_not_finished_as_a_run(tmp_path, make_case):
    folder = run(REQUEST, tmp_path / "results").folder
    record = read_record(folder)
    searches = ({"stock": make_case(), "candidates": (make_case(unroll=True),), "budget_s": 60.0},)
    suite = type(record.suite).model_validate({**dict(record.suite), "trials": (), "searches": searches})
    write_record(folder, record.model_copy(update={"suite": suite}))
    with pytest.raises(ConfigError, match="is a tuning"):
        resume(folder)
