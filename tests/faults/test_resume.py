"""Nothing is lost, doubled or mixed when a run is cut off, however often, and finished later."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from bench.analysis.run_summary import summarize_run
from bench.errors import ConfigError, DataError, StoreError
from bench.reports.run.markdown import write_report
from bench.reports.terminal.run_view import QuietView
from bench.run.session.planning import Plan
from bench.run.session.resume import resume_session, select_trials
from bench.run.session.run_session import run_session
from bench.run.session.run_trials import RunContext, start_event
from bench.run.worker.spec import WorkerSpec
from bench.store.journal import read_journal
from bench.store.run_folder import journal_path, load_run
from tests.draws import IS_FULL
from tests.faults.conftest import HERE, QUICK_WORKER, ROOT

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a worker to its parent's life"),
    pytest.mark.slow,
]

NUM_KILLS = 50 if IS_FULL else 15


def drive(folder, worker, num_kills, pause_s, seed=8):
    """Run a folder to its end in a process of its own, killed `num_kills` times on the way."""
    driver = HERE / "sweep_driver.py"
    command = [sys.executable, driver, folder, worker.parent, worker, seed, num_kills]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "QUICK_WORKER_PAUSE_S": str(pause_s)}
    done = subprocess.run(
        [str(part) for part in command], env=environ, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def finish(session):
    return run_session(session, QuietView(sys.stderr), allow_concurrent=False, worker_command=QUICK_WORKER)


def report_of(folder):
    run = load_run(folder)
    assert run.set_aside == ()
    return write_report(folder, summarize_run(run.record, run.journals)).read_bytes()


def processes_of(program):
    """Return the running processes of one program, which only this test has a copy of."""
    return [found for found in psutil.process_iter(["cmdline"]) if str(program) in (found.info["cmdline"] or ())]


@pytest.mark.usefixtures("lock_folder")
def test_a_sweep_that_is_killed_again_and_again_ends_as_an_undisturbed_one(start_run, this_machine, tmp_path):
    folder = start_run(num_seeds=NUM_KILLS).folder  # of two networks each
    undisturbed = tmp_path / "undisturbed" / folder.name
    shutil.copytree(folder, undisturbed)
    worker = Path(shutil.copy(HERE / "quick_worker.py", tmp_path))
    assert {end.status for end in finish(resume_session(undisturbed, this_machine, None, retry_failed=False))} == {"ok"}

    driven = drive(folder, worker, num_kills=NUM_KILLS, pause_s=0.04)
    assert driven["exit"] == 0
    assert Counter(driven["kills"])[-9] >= 0.9 * NUM_KILLS, "the sweep ended too soon for its kills to tell anything"

    run = load_run(folder)
    planned = [trial.trial_id for trial in run.record.suite.trials]
    assert [journal.trial_id for journal in run.journals] == planned
    assert {journal.status for journal in run.journals} == {"ok"}
    assert sorted(path.stem for path in (folder / "trials").glob("*.jsonl")) == sorted(planned)
    attempts = [read_journal(path) for path in (folder / "trials" / "attempts").glob("*.jsonl")]
    assert {journal.status for journal in attempts if journal} <= {"killed"}
    assert len(attempts) >= 0.1 * NUM_KILLS, "too few trials were cut short to tell anything"
    pids = [journal.start.pid for journal in (*attempts, *run.journals) if journal]
    assert len(set(pids)) == len(pids), "two attempts share a worker"
    assert report_of(folder) == report_of(undisturbed)
    assert processes_of(worker) == []


@pytest.mark.usefixtures("lock_folder")
def test_a_session_repeats_failed_trials_where_it_is_told_to(start_run, this_machine, monkeypatch):
    session = start_run(num_seeds=1, timeout_s=0.5)
    monkeypatch.setenv("QUICK_WORKER_HANG_AT", "2")
    assert [end.status for end in finish(session)] == ["timeout", "timeout"]
    monkeypatch.delenv("QUICK_WORKER_HANG_AT")
    assert finish(resume_session(session.folder, this_machine, None, retry_failed=False)) == []
    ends = finish(resume_session(session.folder, this_machine, None, retry_failed=True))
    assert [end.status for end in ends] == ["ok", "ok"]
    assert len(list((session.folder / "trials" / "attempts").iterdir())) == 2


def test_a_resume_with_other_flags_is_refused_with_the_differences(start_run, this_machine, make_plan, dataset):
    session = start_run()
    asked = make_plan(dataset, num_seeds=3, models=("lstm",), epochs=5, timeout_s=7.0)
    before = sorted(session.folder.rglob("*"))
    with pytest.raises(ConfigError, match="another plan") as caught:
        resume_session(session.folder, this_machine, asked, retry_failed=False)
    text = str(caught.value)
    assert "timeout_s: 60.0 then, 7.0 now" in text
    assert "cnn-" in text
    assert "no longer asked for" in text
    assert sorted(session.folder.rglob("*")) == before


def test_a_case_that_changed_under_its_name_is_refused(start_run, this_machine, make_plan, dataset):
    session = start_run()
    asked = make_plan(dataset, epochs=3)
    with pytest.raises(ConfigError, match="other settings"):
        resume_session(session.folder, this_machine, asked, retry_failed=False)


def test_the_same_flags_again_are_fine(start_run, this_machine, make_plan, dataset):
    session = start_run()
    assert resume_session(session.folder, this_machine, make_plan(dataset), retry_failed=False).record == session.record


def test_a_resume_on_another_machine_is_refused_with_both_values(start_run, this_machine):
    session = start_run()
    other = this_machine.model_copy(update={"cpu_model": "Another CPU", "num_cpus_usable": 96})
    with pytest.raises(ConfigError, match=r"two machines or settings cannot be mixed.*then, Another CPU now"):
        resume_session(session.folder, other, None, retry_failed=False)


def test_a_resume_on_altered_data_is_refused_and_nothing_is_trained(start_run, this_machine, dataset, lock_folder):
    session = start_run()
    first = Plan(session.record.suite.model_copy(update={"trials": session.record.suite.trials[:1]}), session.plan.data)
    run_session(
        type(session)(session.folder, session.record.model_copy(update={"suite": first.suite}), first),
        QuietView(sys.stderr),
        allow_concurrent=False,
        worker_command=QUICK_WORKER,
    )
    with np.load(dataset) as arrays:
        altered = dict(arrays)
    altered["x_train"][0, 0, 0] ^= 1
    np.savez(dataset, **altered)
    with pytest.raises(DataError, match=r"changed since lstm-.* trained on it"):
        resume_session(session.folder, this_machine, None, retry_failed=False)
    assert len(list((session.folder / "trials").glob("*.jsonl"))) == 1
    assert list(lock_folder.glob("*.holder-*")) == []


def test_a_resume_after_a_reboot_records_the_new_boot(start_run, this_machine, lock_folder):
    session = start_run()
    rebooted = this_machine.model_copy(update={"boot_id": "another-boot"})
    finish(resume_session(session.folder, rebooted, None, retry_failed=False))
    assert {j.start.environment.boot_id for j in load_run(session.folder).journals} == {"another-boot"}
    assert list(lock_folder.glob("*.holder-*")) == []


@pytest.mark.usefixtures("no_process_left")
def test_of_two_resumes_at_once_the_second_is_refused_and_the_first_undisturbed(cli, start_run):
    session = start_run()
    first = cli("run", "--resume", "latest", "--json", QUICK_WORKER_HANG_AT="2")
    assert next(line for line in first.stdout if "epoch" in line)
    second = cli("run", "--resume", "latest")
    assert second.wait(60) == 2
    assert "another process is running this run now" in second.stderr.read()
    (journal,) = load_run(session.folder).journals
    assert (journal.status, len(journal.epochs)) == ("running", 1)
    assert not (session.folder / "trials" / "attempts").exists()
    first.kill()


def test_a_damaged_journal_stops_a_resume_with_what_to_do(start_run, this_machine, lock_folder):
    session = start_run()
    finish(session)
    victim = session.folder / "trials" / f"{session.record.suite.trials[1].trial_id}.jsonl"
    lines = victim.read_bytes().splitlines(keepends=True)
    victim.write_bytes(lines[0] + b"rubbish\n" + b"".join(lines[2:]))
    damaged = victim.read_bytes()
    with pytest.raises(StoreError, match=r"jsonl:2: .*move that file out of the run's folder"):
        finish(resume_session(session.folder, this_machine, None, retry_failed=False))
    assert victim.read_bytes() == damaged
    assert list(lock_folder.glob("*.holder-*")) == []
    victim.rename(session.folder / "kept.jsonl")
    assert [end.status for end in finish(resume_session(session.folder, this_machine, None, retry_failed=False))] == [
        "ok"
    ]


def test_a_worker_that_outlived_its_parent_is_neither_doubled_nor_called_killed(start_run):
    """As an orphan does where the system has no parent-death signal."""
    session = start_run()
    trial = session.record.suite.trials[0]
    spec = spec_of(session, trial)
    read, write = os.pipe()
    with subprocess.Popen(
        QUICK_WORKER, stdin=subprocess.PIPE, pass_fds=(write,), env={"QUICK_WORKER_HANG_AT": "1"}
    ) as worker:
        worker.stdin.write(spec(write))
        worker.stdin.close()
        assert os.read(read, 1)
        journal = load_run(session.folder).journals[0]
        assert (journal.status, journal.start.pid) == ("running", worker.pid)
        with pytest.raises(StoreError, match=rf"its worker, process {worker.pid}, still runs"):
            select_trials(session.folder, session.record, retry_failed=True)
        worker.kill()
    os.close(read)
    os.close(write)
    assert load_run(session.folder).journals[0].status == "killed"


def spec_of(session, trial):
    """Return the specification of one trial as the parent gives it, with this process as the parent."""
    context = RunContext(session.folder, session.record, session.plan.data, QuietView(sys.stderr))
    start = start_event(context, trial, session.record.environment, session.plan.data[trial.case])
    path = journal_path(session.folder, trial.trial_id)
    return lambda descriptor: WorkerSpec(journal=path, start=start, event_fd=descriptor).model_dump_json().encode()
