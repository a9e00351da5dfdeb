"""What `--resume` decides is left: real processes, real journals."""

import pytest

from bench.errors import ConfigError
from bench.run.session.resume import resume_session, select_trials
from bench.run.session.run_trials import run_trials
from bench.store.journal import read_journal
from bench.store.run_folder import journal_path


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
