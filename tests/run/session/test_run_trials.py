"""The parent against workers that end in every way: real processes, real signals, real journals."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace

import psutil
import pytest

from bench.errors import StoreError
from bench.plan.case import Case, Trial
from bench.run.session.run_trials import run_trials
from bench.run.session.signals import Interrupted, interruptible
from bench.store.journal import read_journal
from bench.store.run_folder import journal_path, load_run
from tests.run.conftest import ROOT
from tests.run.session.conftest import Watcher

pytestmark = pytest.mark.slow


def run(context):
    return run_trials(context, context.record.suite.trials)


def journal_of(context, index=0):
    return read_journal(journal_path(context.folder, context.record.suite.trials[index].trial_id))


@pytest.fixture
def no_child_left(list_started):
    """Assert after the test that nothing runs that it started, nor any of theirs."""
    yield
    assert [child for child in list_started() if child.status() != "zombie"] == []


def test_a_worker_that_ends_ok_leaves_its_own_end_line(start):
    context = start("ok")
    assert [end.status for end in run(context)] == ["ok"]
    journal = journal_of(context)
    assert (journal.end.total_s, len(journal.epochs)) == (4.5, 3)
    assert journal.start.pid != os.getpid()
    assert context.observer.epochs == [("fake:ok", 1), ("fake:ok", 2), ("fake:ok", 3)]


def test_in_turns_the_trials_of_a_seed_are_alive_at_once_and_the_run_says_so(start):
    context = start("ok", "abort", in_turns=True)
    assert [end.status for end in run(context)] == ["ok", "failed"]
    assert context.observer.notes == ["in turns: 2 trials, 2 of one seed at a time"]
    names = tuple(f"{context.record.run_id}/{trial.trial_id}" for trial in context.record.suite.trials)
    in_turns = [journal_of(context, index).start.in_turns for index in (0, 1)]
    assert [(one.slot, one.trials) for one in in_turns] == [(0, names), (1, names)]


def test_without_turns_each_trial_has_the_machine_to_itself_and_nothing_is_said(start):
    context = start("ok", "diverged")
    run(context)
    assert (context.observer.notes, journal_of(context).start.in_turns) == ([], None)


def test_where_memory_holds_one_worker_they_run_one_after_the_other(start):
    context = start("ok", "diverged", in_turns=True)
    run_trials(context, context.record.suite.trials, free_bytes=1 << 30)
    assert context.observer.epochs == [(f"fake:{one}", epoch) for one in ("ok", "diverged") for epoch in (1, 2, 3)]
    assert context.observer.notes[0].startswith("not in turns: 1.00 GiB of memory are free, and a worker may need")
    assert journal_of(context).start.in_turns is None


def test_what_runs_out_of_memory_beside_others_is_tried_once_more_alone_and_its_case_stays_alone(start):
    context = start("large", "ok", "diverged", in_turns=True, seeds=(0, 1))
    first, *_ = context.record.suite.trials
    assert sorted(end.status for end in run(context)) == ["diverged", "diverged", "ok", "ok", "ok", "ok"]
    journals = load_run(context.folder)
    (kept,) = journals.superseded
    assert (kept.status, kept.trial_id) == ("oom", first.trial_id)
    companies = {(one.start.case.model, one.start.seed): one.start.in_turns for one in journals.journals}
    assert [key for key, one in companies.items() if one is None] == [("fake:large", 0), ("fake:large", 1)]
    assert context.observer.notes[1:] == [f"out of memory beside others: {first.trial_id}; trained alone from now on"]


def test_a_run_that_has_an_end_tries_nothing_again(start):
    context = start("large", "ok", in_turns=True)
    ends = run(replace(context, until=time.monotonic() + 3600.0))
    assert [end.status for end in ends] == ["oom", "ok"]
    assert len(context.observer.notes) == 1
    assert not (context.folder / "trials" / "attempts").exists()


def test_what_runs_out_of_a_limit_of_its_own_has_no_more_alone_and_is_not_tried_again(start):
    context = start("limited", "ok", in_turns=True)
    assert [end.status for end in run(context)] == ["oom", "ok"]
    assert journal_of(context).start.in_turns is not None
    assert len(context.observer.notes) == 1


@pytest.mark.parametrize(
    ("behaviour", "status", "type_"),
    [
        ("abort", "failed", "SIGABRT"),
        ("segfault", "failed", "SIGSEGV"),
        ("killed", "killed", "SIGKILL"),
        ("torn", "failed", "WorkerExit"),
    ],
)
def test_a_worker_that_dies_keeps_its_epochs_and_the_run_goes_on(start, behaviour, status, type_):
    context = start(behaviour, "ok")
    assert [end.status for end in run(context)] == [status, "ok"]
    journal = journal_of(context)
    assert (journal.status, journal.end.error.type, len(journal.epochs)) == (status, type_, 2)
    assert journal.end.num_epochs == 2


def test_what_a_dying_worker_printed_is_kept_with_its_stack(start):
    context = start("abort")
    run(context)
    tail = journal_of(context).end.error.output_tail
    assert "about to abort" in tail
    assert "Fatal Python error: Aborted" in tail


def test_a_worker_that_dies_before_its_first_line_still_gets_a_whole_journal(start):
    context = start("silent")
    run(context)
    journal = journal_of(context)
    assert (journal.status, journal.epochs) == ("failed", ())
    assert "exited with status 7" in journal.end.error.message


def test_a_diverged_trial_is_told_by_its_worker(start):
    context = start("diverged")
    assert [end.status for end in run(context)] == ["diverged"]


@pytest.mark.usefixtures("no_child_left")
def test_a_hang_is_ended_with_its_children_and_its_stack_is_kept_while_the_parent_sleeps(start):
    """Seconds of a worker's life cost the parent what it takes to start one: no polling, no spinning."""
    context = start("hang", "ok", timeout_s=3.0)
    used_s, waited_s = time.process_time(), time.monotonic()
    assert [end.status for end in run(context)] == ["timeout", "ok"]
    assert time.process_time() - used_s < (time.monotonic() - waited_s) / 5
    error = journal_of(context).end.error
    assert "still running after 3 s" in error.message
    assert "in misbehave" in error.output_tail


@pytest.mark.usefixtures("no_child_left")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_keeps_the_epochs_that_ended_and_leaves_no_child(start, number, code):
    watcher = Watcher(on_event=lambda event: event.epoch == 2 and os.kill(os.getpid(), number))
    context = start("hang", "ok", watcher=watcher)
    with pytest.raises(Interrupted) as caught, interruptible():
        run(context)
    assert caught.value.exit_code == code
    journal = journal_of(context)
    assert (journal.status, len(journal.epochs)) == ("interrupted", 2)
    assert watcher.ended == [("fake:hang", "interrupted")]
    assert journal_of(context).end.error.type == signal.Signals(number).name


def test_a_worker_dies_with_its_parent_even_when_that_is_killed(start, tmp_path):
    context = start("sleep")
    (tmp_path / "context").write_text(context.record.model_dump_json())
    script = textwrap.dedent(
        f"""
        import sys
        from pathlib import Path
        from bench.run.session.run_trials import RunContext, run_trials
        from bench.store.records import RunRecord
        sys.path.insert(0, {str(ROOT)!r})
        from tests.run.conftest import FAKE; from tests.run.session.conftest import Watcher
        from bench.data.dataset import DataInfo
        folder = Path({str(tmp_path)!r})
        record = RunRecord.model_validate_json((folder / "context").read_bytes())
        data = DataInfo.model_validate_json({context.data[context.record.suite.trials[0].case].model_dump_json()!r})
        watcher = Watcher(lambda event: print("epoch", event.epoch, flush=True))
        known = {{trial.case: data for trial in record.suite.trials}}
        run_trials(RunContext(folder, record, known, watcher, worker_command=FAKE), record.suite.trials)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with parent:
        while (line := parent.stdout.readline()) != "epoch 2\n":
            assert line
        workers = psutil.Process(parent.pid).children()
        parent.kill()
    gone, alive = psutil.wait_procs(workers, timeout=10)
    assert (len(gone), alive) == (1, [])
    journal = journal_of(context)
    assert (journal.status, len(journal.epochs)) == ("killed", 2)


def test_a_full_disk_stops_the_run_before_the_next_trial(start, monkeypatch):
    context = start("ok")
    monkeypatch.setattr("bench.run.session.run_trials.MIN_FREE_BYTES", 1 << 62)
    with pytest.raises(StoreError, match=r"No space left on device.*--resume"):
        run(context)
    assert context.observer.ended == []


def test_a_run_reads_back_with_every_trial(start, tmp_path):
    context = start("ok", "abort")
    run(context)
    loaded = load_run(tmp_path)
    assert [journal.status for journal in loaded.journals] == ["ok", "failed"]
    assert loaded.set_aside == ()


def test_a_trial_with_the_same_seed_and_case_has_one_journal_name():
    case = Case(model="lstm", epochs=1)
    assert Trial(case=case, seed=1, index=0).trial_id == Trial(case=case, seed=1, index=5).trial_id
