"""The order of a check's pairs, the end of its time, and the end at a trial that fails; no process is started."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.gate.check_folder import CheckRecord, RevisionRecord
from bench.gate.measurement import pairing
from bench.gate.measurement.pairing import Check, Deadline, Pace, StagePairs, TimeBudget
from bench.gate.sides.revision import Revision
from bench.gate.sides.side import CodeSide
from bench.networks.loaded_code import CodeHome
from bench.run.session.observer import Observer
from bench.run.trial.trial import NoTurnsError
from bench.run.trial.turns_board import PAIR_TURN_S
from bench.run.trial.worker_death import partner_not_ok
from bench.run.worker.failure import describe_failure
from bench.store.records import EndEvent
from bench.store.run_folder import journal_path

OK = EndEvent(status="ok", num_epochs=1, total_s=1.0, error=None)
SHORT = EndEvent(
    status="oom", num_epochs=0, total_s=1.0, error=describe_failure(MemoryError("no more"), shares_memory=True)[1]
)
NEVER = Deadline(None, lambda: 0.0)


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def check(tmp_path, environment, make_case, make_run, monkeypatch, clock):
    """A check of two cases whose trials take 10 s each; what ran stands in `ran`."""

    def end_of(context, trial):
        if check.largest == trial.case.model and check.groups[-1] > 1:
            return SHORT
        status = "failed" if check.fails == (context.folder.name, trial.seed) else "ok"
        return OK.model_copy(update={"status": status})

    def run_together(members, turn_s=None, *, is_pair=False):
        check.groups.append(len(members))
        if len(members) > 1:
            assert (turn_s, is_pair) == (PAIR_TURN_S, True)  # both sides find as cold what a turn begins with
            if check.is_refused:
                raise NoTurnsError("Too many open files")
        ends = [end_of(*member) for member in members]
        first_bad = next((place for place, end in enumerate(ends) if end.status != "ok"), None)
        if first_bad is not None:
            ends = [end if place == first_bad else partner_not_ok() for place, end in enumerate(ends)]
        for (context, trial), end in zip(members, ends, strict=True):
            clock[0] += 10.0
            check.ran.append((context.folder.name, trial.case.model, trial.seed))
            journal_path(context.folder, trial.trial_id).write_text(end.status)
        return ends

    monkeypatch.setattr(pairing, "run_together", run_together)
    revision = RevisionRecord(name="main", commit=None)
    record = CheckRecord(
        check_id="20261122T081500Z-check-3f2a", created_at=datetime(2026, 11, 22, tzinfo=UTC), version="0.1.0",
        command=("python",), base=revision, head=revision, num_pairs=10, num_confirm_pairs=16, order_seed=7,
    )  # fmt: skip
    side = CodeSide("base", Revision("main", None), "python", {}, tmp_path, environment, CodeHome(tmp_path, ()))
    cases = {make_case(model): None for model in ("lstm", "cnn")}
    observers = dict.fromkeys(("base", "head"), _Silent())
    made = Check(tmp_path, record, make_run(list(cases)).suite, cases, (side, replace(side, name="head")), observers)
    check = _Checked(made)
    return check


class _Silent(Observer):
    tick_s = None

    def run_started(self, run_id, trials, num_done):
        pass


class _Checked:
    def __init__(self, made):
        self.made = made
        self.ran, self.groups = [], []
        self.fails = self.largest = None
        self.is_refused = False

    def sides_of(self, order_seed, folder):
        """Measure ten pairs a case in a folder of their own, and return the sides in the order in which they ran."""
        record = self.made.record.model_copy(update={"order_seed": order_seed})
        folder.mkdir()
        self.made, begin = replace(self.made, folder=folder, record=record), len(self.ran)
        self.measure(10)
        return [name for name, _, _ in self.ran[begin:]]

    def measure(self, num_pairs, deadline=NEVER, stage="screen", pace=None):
        cases, seeds = list(self.made.data), range(num_pairs)
        return StagePairs(self.made, stage, cases, seeds, deadline, pace or Pace()).run(cases, seeds)


def pairs_of(ran):
    return list(zip(ran[::2], ran[1::2], strict=True))


@pytest.mark.parametrize(("back_to_back", "groups"), [(False, [2] * 40), (True, [1] * 80)])
def test_both_sides_of_a_pair_run_in_turns_or_back_to_back_and_either_goes_first(check, back_to_back, groups):
    check.made = replace(check.made, back_to_back=set(check.made.data) if back_to_back else set())
    assert check.measure(20) is True
    assert check.groups == groups
    pairs = pairs_of(check.ran)
    assert len(pairs) == 40
    for first, second in pairs:
        assert {first[0], second[0]} == {"screen-base", "screen-head"}
        assert first[1:] == second[1:]
    heads_first = sum(first[0] == "screen-head" for first, _ in pairs)
    assert 8 <= heads_first <= 32


def test_the_order_is_drawn_by_the_seed_that_the_record_tells(check, tmp_path):
    first, again, other = (check.sides_of(seed, tmp_path / name) for name, seed in (("a", 7), ("b", 7), ("c", 8)))
    assert first == again
    assert first != other


def test_each_stage_draws_an_order_of_its_own(check):
    for _ in range(2):
        check.measure(10, stage="screen" if not check.ran else "confirm")
    names = [name.partition("-")[2] for name, _, _ in check.ran]
    assert names[:40] != names[40:]


def test_a_trial_that_fails_ends_the_stage(check):
    check.fails = ("screen-head", 2)
    assert check.measure(10) is False
    assert max(seed for _, _, seed in check.ran) == 2


def test_back_to_back_no_side_begins_after_one_that_fails(check):
    check.made, check.fails = replace(check.made, back_to_back=set(check.made.data)), ("screen-head", 2)
    assert check.measure(10) is False
    assert check.ran[-1][0] == "screen-head"


def test_a_case_whose_sides_ran_out_of_memory_in_turns_goes_on_back_to_back_in_both_stages(check, tmp_path):
    told = []
    check.made, check.largest = replace(check.made, on_no_turns=lambda *one: told.append(one)), "lstm"
    assert check.measure(2) is True
    assert check.groups == [2, 1, 1, 2, 2, 1, 1]  # lstm and cnn, and the other way round of the next seed
    assert [(case.model, why) for case, why in told] == [("lstm", "two workers ran out of memory in turns")]
    kept = [path.read_text() for side in ("base", "head") for path in (tmp_path / f"screen-{side}").rglob("*.1.jsonl")]
    assert sorted(kept) == ["interrupted", "oom"]
    assert check.measure(1, stage="confirm") is True
    assert check.groups[7:] == [1, 1, 2]


def test_a_side_that_fails_beside_one_without_memory_ends_the_stage_back_to_back(check):
    check.largest, check.fails = "lstm", ("screen-head", 0)
    assert check.measure(2) is False
    assert check.groups[0] == 2
    assert set(check.groups[1:]) == {1}


def test_where_the_system_refuses_turns_the_sides_run_back_to_back_and_nothing_is_kept_of_the_attempt(check, tmp_path):
    told = []
    check.made = replace(check.made, on_no_turns=lambda *one: told.append(one))
    check.is_refused, check.fails = True, ("screen-head", 1)
    assert check.measure(3) is False
    assert (check.groups[:6], max(check.groups[6:])) == ([2, 1, 1, 2, 1, 1], 1)
    assert check.ran[-1] == ("screen-head", *check.ran[-1][1:])
    assert [why for _, why in told] == ["the system refused turns (Too many open files)"] * 2
    assert not list(tmp_path.rglob("*.1.jsonl"))


def test_no_pair_begins_that_would_end_after_its_time(check, clock):
    deadline = TimeBudget(100.0, lambda: clock[0]).until(0.9)
    assert check.measure(10, deadline) is True
    assert clock[0] == 80.0  # a pair takes 20 s, and the fifth would end at 100
    assert [seed for _, _, seed in check.ran] == [0] * 4 + [1] * 4


def test_the_second_stage_expects_of_a_pair_what_the_first_measured(check, clock):
    end, pace = TimeBudget(100.0, lambda: clock[0]).until(1.0), Pace()
    check.measure(1, end, pace=pace)
    clock[0] = 85.0
    begin = len(check.ran)
    assert check.measure(10, end, "confirm", pace) is True
    assert check.ran[begin:] == []
