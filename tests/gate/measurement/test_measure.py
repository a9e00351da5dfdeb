"""How a check shares its time among its stages, beside what `tests/cli/test_check.py` types."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.gate.check_folder import LoadedCheck
from bench.gate.judgement.findings import CaseMeasure, Tolerances
from bench.gate.measurement import measure as stages
from bench.gate.measurement.pairing import TimeBudget


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

        monkeypatch.setattr(stages, "measure_stage", measure_stage)
        monkeypatch.setattr(stages, "TimeBudget", lambda total_s: TimeBudget(total_s, lambda: 1000.0))
        monkeypatch.setattr(stages, "load_check", lambda _: LoadedCheck(Path("check"), record, journals, ()))
        monkeypatch.setattr(stages, "find_flagged", lambda *_, **__: {CaseMeasure(cases[1].case_id, "throughput")})
        record, check = SimpleNamespace(baseline=None), SimpleNamespace(data=dict.fromkeys(cases), folder=Path("check"))
        journals = {(stage, side): () for stage in ("screen", "confirm") for side in ("base", "head")}
        known = {"calibration_pairs": None, "num_pairs": 2, "num_confirm_pairs": 6, "time_budget_s": None}
        known |= {"tolerances": Tolerances(), "baseline": None}
        stages._measure(check, SimpleNamespace(**known | asked), lambda _: None)
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
