"""What `--resume` decides is left: real processes, real journals."""

import hashlib
import time
from dataclasses import replace

import pytest

from bench.errors import ConfigError
from bench.run.session.resume import check_same_networks, resume_session, select_trials
from bench.run.session.run_trials import run_trials
from bench.store.journal import read_journal
from bench.store.run_folder import journal_path
from tests.run.session.conftest import Watcher


def test_resuming_repeats_what_was_cut_short_and_keeps_the_earlier_attempt(start, tmp_path):
    context = start("ok", "killed", "abort")
    run_trials(context, context.record.suite.trials)
    todo = select_trials(tmp_path, context.record, retry_failed=False)
    assert [trial.case.model for trial in todo] == ["fake:killed"]
    kept = tmp_path / "trials" / "attempts" / f"{todo[0].trial_id}.1.jsonl"
    assert read_journal(kept).status == "killed"
    assert not journal_path(tmp_path, todo[0].trial_id).exists()


def test_retry_failed_repeats_failures_too(start, tmp_path):
    context = start("ok", "killed", "abort")
    run_trials(context, context.record.suite.trials)
    todo = select_trials(tmp_path, context.record, retry_failed=True)
    assert [trial.case.model for trial in todo] == ["fake:killed", "fake:abort"]


def test_resuming_tries_alone_what_had_run_out_of_memory_beside_others_and_its_case_stays_alone(start, tmp_path):
    watcher = Watcher(on_event=lambda event: time.sleep(0.7) if event.epoch == 2 else None)
    context = start("large", "ok", "limited", in_turns=True, seeds=(0, 1), watcher=watcher)
    trials = context.record.suite.trials
    run_trials(replace(context, until=time.monotonic() + 0.5), trials)
    todo = select_trials(tmp_path, context.record, retry_failed=False)
    large = [trial for trial in trials if trial.case.model == "fake:large"]
    assert todo == [large[0], *(trial for trial in trials if trial.seed == 1)]
    again = replace(context, observer=Watcher())
    assert sorted(end.status for end in run_trials(again, todo)) == ["ok", "ok", "ok", "oom"]
    assert [read_journal(journal_path(tmp_path, one.trial_id)).start.in_turns for one in large] == [None, None]
    names = ", ".join(trial.trial_id for trial in todo if trial in large)
    assert again.observer.notes[1:] == [f"out of memory beside others: {names}; trained alone from now on"]
    assert len(list((tmp_path / "trials" / "attempts").iterdir())) == 1
    assert select_trials(tmp_path, context.record, retry_failed=False) == []


def test_attempts_are_numbered_and_none_is_overwritten(start, tmp_path):
    context = start("killed")
    for _ in range(3):
        run_trials(context, context.record.suite.trials)
        select_trials(tmp_path, context.record, retry_failed=False)
    assert len(list((tmp_path / "trials" / "attempts").iterdir())) == 3


def test_a_variable_that_differs_is_named_and_nothing_is_mixed(make_run, write_run, environment, tmp_path):
    record = make_run(["lstm"])
    folder = write_run(tmp_path / record.run_id, record)
    slowed = environment.model_copy(update={"variables": {"ONEDNN_MAX_CPU_ISA": "SSE41"}})
    with pytest.raises(ConfigError, match=r"cannot be mixed .*ONEDNN_MAX_CPU_ISA: not set then, 'SSE41' now"):
        resume_session(folder, slowed, None, retry_failed=False)


@pytest.fixture
def half_done(tmp_path, monkeypatch, make_case, make_run, make_journal, write_run):
    """Return what writes a run of two seeds of an own network, the first of which ended as told."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("WIDTH = 32\n")
    case = make_case("mine:build")
    record = make_run([case], seeds=(0, 1))
    sha = hashlib.sha256(b"WIDTH = 32\n").hexdigest()

    def write(status="ok", **files):
        journal = make_journal(case, 0, status=status, built={"source_files": files or {"mine.py": sha}})
        write_run(tmp_path / "run", record, [journal])
        return record

    return write


def test_a_network_whose_code_changed_is_no_further_seed_of_the_old_one(half_done, tmp_path):
    record = half_done()
    check_same_networks(tmp_path / "run", record, retry_failed=False)
    (tmp_path / "mine.py").write_text("WIDTH = 1024\n")
    with pytest.raises(ConfigError, match=r"mine\.py changed since mine_build_.*-s0 trained.*start a new run"):
        check_same_networks(tmp_path / "run", record, retry_failed=False)
    (tmp_path / "mine.py").unlink()
    with pytest.raises(ConfigError, match=r"mine\.py changed"):
        check_same_networks(tmp_path / "run", record, retry_failed=False)


def test_code_may_be_corrected_where_no_trial_that_counts_ran_the_old_one(half_done, tmp_path):
    record = half_done(status="failed")
    (tmp_path / "mine.py").write_text("WIDTH = 64\n")
    check_same_networks(tmp_path / "run", record, retry_failed=True)


def test_a_journal_that_names_no_files_is_not_asked(half_done, tmp_path, make_case, make_journal, write_journal):
    record = half_done()
    older = make_journal(make_case("mine:build"), 0)
    (tmp_path / "run" / "trials" / f"{older.trial_id}.jsonl").unlink()
    write_journal(tmp_path / "run", older)
    check_same_networks(tmp_path / "run", record, retry_failed=False)
