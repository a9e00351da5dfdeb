"""A tuning's rungs in one run folder: planned before they run, resumable, and never run twice."""

import os
import signal
import sys
from dataclasses import replace

import pytest

from bench.errors import ConfigError
from bench.plan.suite import Axes
from bench.reports.terminal.run_view import QuietView
from bench.run.session.open_session import start_session
from bench.run.session.planning import Request
from bench.run.session.resume import resume_session
from bench.run.session.signals import Interrupted, interruptible
from bench.store.run_folder import journal_path, load_run, read_record
from bench.tune.tuning_run import plan_tuning, run_tuning
from tests.faults.conftest import QUICK_WORKER


class Rungs(QuietView):
    """Keeps what each rung ran, and calls `on_start` when a trial starts."""

    def __init__(self, on_start=lambda _: None):
        super().__init__(sys.stdout)
        self.rungs = []
        self._on_start = on_start

    def run_started(self, _run_id, trials, num_done):
        self.rungs.append(([trial.trial_id.rpartition("-s")[2] for trial in trials], num_done))

    def trial_started(self, trial):
        self._on_start(trial)


@pytest.fixture
def plan(environment, request):
    """What is tuned: in turns, unless a test asks for `False`."""
    asked = Request(
        None, Axes(model=("cnn",), device=("cpu",)), timeout_s=60.0, in_turns=getattr(request, "param", None)
    )
    return plan_tuning(asked, environment, 100.0)


@pytest.fixture
def session(plan, environment, tmp_path, monkeypatch):
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)
    return start_session(plan, environment, tmp_path / "results", ["python", "-m", "bench", "tune"])


def rung_by_rung(*rungs):
    """Ask for each rung of (case, seed) places until all of it has a journal."""

    def next_trials(suite, journals):
        cases = [suite.searches[0].stock, *suite.searches[0].candidates]
        done = {(journal.start.case, journal.start.seed) for journal in journals if journal.end}
        places = [[(cases[number], seed) for number, seed in rung] for rung in rungs]
        return next((rung for rung in places if not done.issuperset(rung)), ())

    return next_trials


def test_a_plan_has_short_trials_and_each_way_to_run_them(plan):
    (search,) = plan.suite.searches
    assert (search.stock.epochs, search.stock.train_size, search.stock.test_size) == (1, 4096, 100)
    assert (plan.suite.name, plan.suite.trials, search.budget_s) == ("tune", (), 100.0)
    assert {one.train_size for one in search.candidates} == {4096}
    assert all(plan.data[one].num_train == 4096 for one in search.candidates)


def test_a_second_epoch_shows_what_fit_waits_for_from_arrays(environment):
    request = Request(None, Axes(model=("cnn",), device=("cpu",), input=("arrays", "pipeline")))
    searches = plan_tuning(request, environment, 100.0).suite.searches
    assert {search.stock.input: search.stock.epochs for search in searches} == {"arrays": 2, "pipeline": 1}


def test_the_budget_is_shared_and_no_two_searches_share_a_seed(environment):
    request = Request(None, Axes(model=("cnn", "lstm"), device=("cpu", "cpu:1"), train_size=(640,)))
    searches = plan_tuning(request, environment, 100.0).suite.searches
    assert [search.budget_s for search in searches] == [25.0] * 4
    assert len({search.first_seed for search in searches}) == 4
    assert {search.stock.train_size for search in searches} == {640}
    assert not any(one.intra_op_threads for search in searches if search.stock.device == "cpu:1"
                   for one in search.candidates)  # fmt: skip


def test_each_rung_is_in_the_record_before_it_runs(session):
    planned = []
    observer = Rungs(lambda _: planned.append(len(read_record(session.folder).suite.trials)))
    run_tuning(session, observer, rung_by_rung([(0, 0)], [(1, 1), (2, 1)]), worker_command=QUICK_WORKER)
    assert planned == [1, 3, 3]
    assert observer.rungs == [(["0"], 0), (["1", "1"], 1)]
    run = load_run(session.folder)
    assert [trial.index for trial in run.record.suite.trials] == [0, 1, 2]
    assert [journal.status for journal in run.journals] == ["ok"] * 3
    assert [journal.start.in_turns is not None for journal in run.journals] == [False, True, True]


@pytest.mark.parametrize("plan", [False], indirect=True, ids=["alone"])
def test_an_interrupted_tuning_goes_on_and_repeats_only_what_was_cut_short(session, environment):
    rungs = rung_by_rung([(0, 0)], [(1, 1), (2, 1)], [(1, 2)])
    interrupt = Rungs(lambda trial: trial.index == 2 and os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted), interruptible():
        run_tuning(session, interrupt, rungs, worker_command=QUICK_WORKER)
    cut = journal_path(session.folder, load_run(session.folder).journals[1].trial_id)
    cut.write_text("".join(cut.read_text().splitlines(keepends=True)[:-1]))  # as if it had been cut short, too
    resumed = resume_session(session.folder, environment, None, retry_failed=False)
    observer = Rungs()
    run_tuning(replace(resumed, plan=session.plan), observer, rungs, worker_command=QUICK_WORKER)
    assert observer.rungs == [(["1", "1"], 1), (["2"], 3)]
    assert [journal.status for journal in load_run(session.folder).journals] == ["ok"] * 4
    # One was cut short, and one was interrupted as it began.
    assert len(list((session.folder / "trials" / "attempts").iterdir())) == 2


def test_a_trial_that_dies_is_not_run_again(session):
    """A candidate that the kernel kills must not be tried for ever."""
    dying = (sys.executable, "-I", "-S", "-c", "import os; os.kill(os.getpid(), 9)")
    observer = Rungs()
    run_tuning(session, observer, rung_by_rung([(0, 0)], [(1, 1)]), worker_command=dying)
    assert len(observer.rungs) == 2
    assert [journal.status for journal in load_run(session.folder).journals] == ["killed"] * 2


def test_what_cannot_run_is_refused_before_anything_does(environment):
    with pytest.raises(ConfigError, match="batch_size: expected at most"):
        plan_tuning(Request(None, Axes(model=("cnn",), device=("cpu",), batch_size=(10**6,))), environment, 10.0)


def test_a_case_without_a_steady_step_is_refused_before_anything_is_trained(environment):
    asked = Request(None, Axes(model=("cnn",), device=("cpu",), train_size=(48,)), timeout_s=60.0)
    with pytest.raises(ConfigError, match="has no steady step: an epoch has 48 examples, expected 64 or more"):
        plan_tuning(asked, environment, 100.0)
