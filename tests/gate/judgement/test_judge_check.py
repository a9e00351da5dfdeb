"""Which journals enter the verdict of a check."""

from pathlib import Path
from types import SimpleNamespace

from bench.gate.check_folder import LoadedCheck
from bench.gate.judgement.judge_check import stage_sides


def test_of_a_stored_baseline_the_ok_trials_of_the_heads_cases_are_judged_alone(make_journal, make_case):
    lstm, cnn = make_case("lstm"), make_case("cnn")
    stored = (make_journal(lstm, 0), make_journal(cnn, 0), make_journal(cnn, 1), make_journal(cnn, 2, status="timeout"))
    head, fresh = (make_journal(cnn, 3), make_journal(cnn, 4)), (make_journal(cnn, 5),)
    journals = {
        ("screen", "base"): stored,
        ("screen", "head"): head,
        ("confirm", "base"): (),
        ("confirm", "head"): fresh,
    }
    check = LoadedCheck(Path("check"), SimpleNamespace(baseline="a run"), journals, ())
    screen, confirm = stage_sides(check)
    assert (screen.base, screen.head) == (stored[1:3], head)
    assert (confirm.base, confirm.head) == (stored[1:3], fresh)


def test_of_two_revisions_a_failed_trial_stays_a_problem(make_journal, make_case):
    failed = (make_journal(make_case("cnn"), 0, status="failed"),)
    journals = {(stage, side): failed for stage in ("screen", "confirm") for side in ("base", "head")}
    screen, confirm = stage_sides(LoadedCheck(Path("check"), SimpleNamespace(baseline=None), journals, ()))
    assert screen.base == screen.head == confirm.base == confirm.head == failed
