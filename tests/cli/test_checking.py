"""What enters the verdict of a check, beside what `test_check.py` types."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.cli import checking
from bench.cli.checking import stage_sides
from bench.gate.check_folder import LoadedCheck
from bench.gate.findings import CaseMeasure, Tolerances
from bench.gate.pairing import TimeBudget


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


@pytest.fixture
def measured(make_case, monkeypatch):
    """Return what measures two cases, of which stage 1 flags the cnn, with a budget that begins at 1,000 s.

    It returns the stages with their cases, their pairs and when the last of them must have ended.
    """

    def measure(**asked):
        told, cases = [], [make_case("lstm"), make_case("cnn")]

        def measure_stage(_check, stage, cases, seeds, deadline):
            told.append((stage, [case.model for case in cases], list(seeds), deadline.at_s))
            return True

        monkeypatch.setattr(checking, "measure_stage", measure_stage)
        monkeypatch.setattr(checking, "TimeBudget", lambda total_s: TimeBudget(total_s, lambda: 1000.0))
        monkeypatch.setattr(checking, "load_check", lambda _: LoadedCheck(Path("check"), record, journals, ()))
        monkeypatch.setattr(checking, "find_flagged", lambda *_, **__: {CaseMeasure(cases[1].case_id, "throughput")})
        record, check = SimpleNamespace(baseline=None), SimpleNamespace(data=dict.fromkeys(cases), folder=Path("check"))
        journals = {(stage, side): () for stage in ("screen", "confirm") for side in ("base", "head")}
        known = {"calibration_pairs": None, "num_pairs": 2, "num_confirm_pairs": 6, "time_budget_s": None}
        known |= {"tolerances": Tolerances(), "baseline": None, "quiet": True}
        checking._measure(check, SimpleNamespace(**known | asked))
        return told

    return measure


def test_of_a_time_budget_so_much_is_kept_as_fresh_pairs_of_one_case_take(measured):
    """Two cases of 2 pairs and one of 6: 4 of 10 pairs are the first stage's."""
    assert measured(time_budget_s=600.0) == [
        ("screen", ["lstm", "cnn"], [0, 1], 1240.0),
        ("confirm", ["cnn"], [2, 3, 4, 5, 6, 7], 1600.0),
    ]


def test_without_a_time_budget_no_stage_has_to_end(measured):
    assert [end for *_, end in measured()] == [None, None]


def test_a_calibration_is_one_stage_with_the_whole_budget(measured):
    assert measured(time_budget_s=600.0, calibration_pairs=3) == [("screen", ["lstm", "cnn"], [0, 1, 2], 1600.0)]
