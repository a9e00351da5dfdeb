"""What `--resume` decides is left: real processes, real journals."""

from bench.run.session.resume import select_trials
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
