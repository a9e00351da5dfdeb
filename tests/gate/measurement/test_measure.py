"""How a check shares its time among its stages and adds pairs, beside what `tests/cli/test_check.py` types."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.errors import ConfigError
from bench.gate.check_folder import LoadedCheck, load_check
from bench.gate.judgement.findings import CaseMeasure, Tolerances
from bench.gate.measurement import measure as stages
from bench.gate.measurement.pairing import TimeBudget
from bench.gate.request import CheckRequest
from bench.plan.suite import Axes
from bench.reports.terminal.run_view import QuietView
from bench.run.session.planning import Request


@pytest.fixture
def measured(make_case, monkeypatch):
    """Return what measures two cases with a budget that begins at 1,000 s.

    It returns what ran: the stage, its cases, its seeds, and when the last of them must have ended. Stage 1 flags the
    cases in `flagged`, and turns leave those in `undecided` open, look by look; `too_large` goes on back to back from
    its first fresh pair.
    """

    def measure(flagged=("cnn",), undecided=(), too_large=None, **asked):
        told, cases, looks = [], [make_case("lstm"), make_case("cnn")], iter(undecided)
        ids = {case.model: case.case_id for case in cases}

        class StagePairs:
            def __init__(self, _check, stage, _cases, _seeds, deadline, pace):
                del pace
                self.stage, self.deadline = stage, deadline

            def run(self, cases, seeds):
                told.append((self.stage, [case.model for case in cases], list(seeds), self.deadline.at_s))
                check.back_to_back |= {case for case in cases if (case.model, self.stage) == (too_large, "confirm")}
                return True

        monkeypatch.setattr(stages, "StagePairs", StagePairs)
        monkeypatch.setattr(stages, "TimeBudget", lambda total_s: TimeBudget(total_s, lambda: 1000.0))
        monkeypatch.setattr(stages, "load_check", lambda _: LoadedCheck(Path("check"), record, journals, ()))
        found = {CaseMeasure(ids[model], "first_step_s") for model in flagged}
        monkeypatch.setattr(stages, "find_flagged", lambda *_, **__: found)
        monkeypatch.setattr(stages, "find_open_cases", lambda *_: frozenset(ids[model] for model in next(looks, ())))
        record, check = SimpleNamespace(baseline=None), SimpleNamespace(data=dict.fromkeys(cases), folder=Path("check"))
        check.back_to_back = set()
        journals = {(stage, side): () for stage in ("screen", "confirm") for side in ("base", "head")}
        known = {"calibration_pairs": None, "num_pairs": 2, "num_confirm_pairs": 6, "time_budget_s": None}
        known |= {"tolerances": Tolerances(), "baseline": None}
        stages.measure_stages(check, SimpleNamespace(**known | asked), lambda _: None)
        return told

    return measure


def test_of_a_time_budget_so_much_is_kept_as_fresh_pairs_of_one_case_take(measured):
    """Two cases of 2 pairs and one of 6: 4 of 10 pairs are the first stage's."""
    assert measured(time_budget_s=600.0) == [
        ("screen", ["lstm", "cnn"], [0, 1], 1240.0),
        ("confirm", ["cnn"], [2, 3, 4, 5], 1600.0),
        ("confirm", ["cnn"], [6, 7], 1600.0),
    ]


def test_without_a_time_budget_no_stage_has_to_end(measured):
    assert [end for *_, end in measured()] == [None, None, None]


def test_a_calibration_is_one_stage_with_the_whole_budget(measured):
    assert measured(time_budget_s=600.0, calibration_pairs=3) == [("screen", ["lstm", "cnn"], [0, 1, 2], 1600.0)]


def test_what_turns_tell_takes_pairs_look_by_look_until_it_is_decided(measured):
    """Asked after stage 1, and again before each look: the lstm is decided by the second."""
    once = [["lstm"], ["lstm"], ["lstm"], []]
    assert [(models, seeds) for _, models, seeds, _ in measured((), once, num_confirm_pairs=22)] == [
        (["lstm", "cnn"], [0, 1]),
        (["lstm"], [2, 3, 4, 5]),
        (["lstm"], [6, 7, 8, 9]),
    ]


def test_a_flagged_case_has_all_its_fresh_pairs_and_an_open_one_beside_it_no_more_than_it_needs(measured):
    looks = [["lstm"], ["lstm"], []]
    assert [(models, len(seeds)) for _, models, seeds, _ in measured(("cnn",), looks, num_confirm_pairs=10)] == [
        (["lstm", "cnn"], 2),
        (["lstm", "cnn"], 4),
        (["cnn"], 4),
        (["cnn"], 2),
    ]


def test_what_takes_no_turns_any_more_is_left_open_and_what_is_flagged_of_it_has_all_its_fresh_pairs(measured):
    """Pairs back to back add nothing to what turns say."""
    always = [["lstm"]] * 9
    for flagged, num_looks in (((), 1), (("lstm",), 3)):
        _, *fresh = measured(flagged, always, too_large="lstm", num_confirm_pairs=10)
        assert [models for _, models, *_ in fresh] == [["lstm"]] * num_looks


def test_what_is_decided_by_stage_1_takes_no_more(measured):
    assert len(measured((), [])) == 1


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Return what asks for a check of the cnn in a repository without any file."""
    commit = ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "empty"]
    (tmp_path / "repo").mkdir()
    for arguments in (["init", "-q"], commit):
        subprocess.run(["git", "-C", str(tmp_path / "repo"), *arguments], check=True)  # noqa: S607 - as a user has it
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)
    return CheckRequest(Request("ci", Axes(model=("cnn",))), repo=tmp_path / "repo", output=tmp_path / "results",
                        base="HEAD")  # fmt: skip


def test_a_check_says_and_keeps_which_case_takes_turns_no_more_and_why(asked, monkeypatch):
    told, kept = [], []

    def measure_stages(check, *_):
        (case,) = check.data
        for why in ("two workers ran out of memory in turns", "the system refused turns"):
            check.on_no_turns(case, why)
            kept.append(load_check(check.folder).record.back_to_back)
        raise ConfigError("far enough")

    monkeypatch.setattr(stages, "read_free_bytes", lambda _: None)
    monkeypatch.setattr(stages, "open_sides", lambda *_, **__: contextlib.nullcontext(()))
    monkeypatch.setattr(stages, "measure_stages", measure_stages)
    with pytest.raises(ConfigError, match="far enough"):
        stages.measure_check(asked, lambda _: QuietView(sys.stdout), told.append)
    first = "cnn, after two workers ran out of memory in turns"
    assert kept == [first, f"{first}; cnn, after the system refused turns"]
    assert told[-2:] == [f"back to back from now on: {one}" for one in (first, "cnn, after the system refused turns")]


def test_what_memory_is_free_is_asked_once_no_other_measurement_holds_any(asked, tmp_path, monkeypatch):
    """Turns or back to back: decided while the machine is held, and written down before anything is checked out."""
    seen, held = [], stages.measurement_lock

    @contextlib.contextmanager
    def lock(*arguments, **options):
        with held(*arguments, **options) as concurrent:
            seen.append("held")
            yield concurrent

    def open_sides(*_, **__):
        (record,) = (tmp_path / "results").glob("*/check.json")
        seen.append(json.loads(record.read_text())["back_to_back"])
        raise ConfigError("far enough")

    monkeypatch.setattr(stages, "measurement_lock", lock)
    monkeypatch.setattr(stages, "read_free_bytes", lambda _: seen.append("asked") or 1)
    monkeypatch.setattr(stages, "open_sides", open_sides)
    with pytest.raises(ConfigError, match="far enough"):
        stages.measure_check(asked, lambda _: QuietView(sys.stdout), lambda _: None)
    assert seen[:2] == ["held", "asked"]
    assert seen[2].startswith("cnn, since 1 B of memory are free")
    assert list((tmp_path / "results").iterdir()) == []
