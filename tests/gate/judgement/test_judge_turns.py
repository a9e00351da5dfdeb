"""A check's findings from pairs in turns: which look decides, which cases need more pairs, and what stays as it was."""

import math

import numpy as np
import pytest

from bench.cli.exit_status import status_of_check
from bench.errors import EXIT_INCONCLUSIVE
from bench.gate.judgement import judge_turns
from bench.gate.judgement.findings import GateReason, Tolerances
from bench.gate.judgement.judge_measures import find_flagged, find_open_cases, judge
from bench.gate.judgement.measure_values import StageJournals
from bench.store.records import EpochTurns, InTurns

LIMITS = Tolerances()
NUM_TURNS = 20


@pytest.fixture
def make_pairs(make_case, make_journal):
    """Return a factory of a stage's journals in turns: pairs of the cnn whose head takes so many times as long.

    Whoever is in slot 1 takes 1.5 % longer. Each pair has a cost of its own, by `spread`; `slow_turns` of the head's
    turns take twice as long, `start` is what its first step costs, and `slot_of_head` stands for the coins.
    """

    def make(num=12, cost=1.0, first=0, spread=0.005, slow_turns=0, start=1.0, model="cnn", slot_of_head=None):
        generator = np.random.default_rng([3, first])
        case, sides = make_case(model), ([], [])
        for seed in range(first, first + num):
            drawn, own = int(generator.integers(2)), math.exp(generator.normal(0, spread))
            head_slot = drawn if slot_of_head is None else slot_of_head
            for side in (0, 1):
                slot = head_slot if side else 1 - head_slot
                seconds = np.full(NUM_TURNS, 0.1 * (1.015 if slot else 1.0) * (cost * own if side else 1.0))
                if side:
                    seconds[:slow_turns] *= 2
                made = make_journal(case, seed, first_step_s=2.0 * (start if side else 1.0) * (1 + 0.001 * (seed % 3)))
                turns = EpochTurns(
                    numbers=tuple(range(1 + slot, 2 * NUM_TURNS + 1, 2)), seconds=tuple(seconds),
                    steps=(8,) * NUM_TURNS, examples=(256,) * NUM_TURNS, waited_s=1.0,
                )  # fmt: skip
                epochs = (made.epochs[0].model_copy(update={"turns": turns}), *made.epochs[1:])
                place = InTurns(slot=slot, trials=("a/b", "c/d"))
                begun = made.start.model_copy(update={"in_turns": place})
                sides[side].append(made.model_copy(update={"start": begun, "epochs": epochs}))
        return StageJournals(*map(tuple, sides))

    return make


def by_measure(result):
    return {finding.key.measure: finding for finding in result.findings}


def test_like_sides_are_ok_and_no_look_asks_for_more(make_pairs):
    screen = make_pairs()
    found = by_measure(judge(screen, StageJournals(), LIMITS))
    assert list(found) == ["throughput", "typical_step_s", "first_step_s", "peak_rss_bytes", "final_val_accuracy"]
    assert [found[name].shown for name in ("throughput", "typical_step_s")] == ["equivalent", "equivalent"]
    assert found["throughput"].worse.value == pytest.approx(0, abs=0.004)
    assert found["typical_step_s"].base == pytest.approx(0.1 / 8, rel=0.02)
    assert find_open_cases(screen, StageJournals(), LIMITS, 22) == frozenset()
    assert find_flagged(screen, LIMITS) == frozenset()


def test_three_percent_fail_by_the_first_look_without_fresh_pairs(make_pairs):
    result = judge(make_pairs(cost=1.03), StageJournals(), LIMITS)
    slow = by_measure(result)["throughput"]
    assert (slow.outcome, slow.stage, slow.num_head, slow.in_turns) == ("regression", "screen", 12, True)
    assert slow.worse.value == pytest.approx(0.03, abs=0.005)
    assert slow.spread == pytest.approx(0.005, rel=0.5)
    assert 0.01 < slow.visible < 0.02
    assert find_open_cases(make_pairs(cost=1.03), StageJournals(), LIMITS, 22) == frozenset()


def test_what_the_first_look_leaves_open_is_decided_by_a_later_one(make_pairs):
    screen, fresh = make_pairs(cost=1.03, spread=0.03), make_pairs(12, cost=1.05, first=12, spread=0.005)
    case_id = screen.head[0].start.case.case_id
    assert find_open_cases(screen, StageJournals(), LIMITS, 22) == {case_id}
    slow = by_measure(judge(screen, fresh, LIMITS))["throughput"]
    assert (slow.outcome, slow.stage) == ("regression", "confirm")
    assert slow.num_head in (16, 20, 24)


def test_a_later_look_within_the_tolerance_clears_what_an_early_one_held_for_worse_and_not_for_sure(make_pairs):
    """After 12 pairs the interval lies beyond 1 %, but Holm's p does not fail it; the mean of 20 is within."""
    screen, fresh = make_pairs(cost=1.029, spread=0.018), make_pairs(8, cost=0.97, first=12)
    early = by_measure(judge(screen, StageJournals(), LIMITS))["throughput"]
    assert early.worse.low > 0.01
    assert (early.outcome, early.data) == ("inconclusive", {"has": 12})
    cleared = by_measure(judge(screen, fresh, LIMITS))["throughput"]
    assert (cleared.outcome, cleared.num_head) == ("ok", 20)
    assert cleared.worse.value < 0.01
    assert find_open_cases(screen, fresh, LIMITS, 22) == frozenset()


def test_after_the_last_look_no_pair_is_added_and_what_is_not_sure_stays_open(make_pairs):
    screen, fresh = make_pairs(cost=1.02, spread=0.02), make_pairs(12, cost=1.02, first=12, spread=0.02)
    assert find_open_cases(screen, fresh, LIMITS, 22) == frozenset()
    open_ = by_measure(judge(screen, fresh, LIMITS))["throughput"]
    assert (open_.outcome, open_.reason, open_.data) == ("inconclusive", GateReason.NOT_SURE, {"has": 24})
    few = by_measure(judge(make_pairs(6, cost=1.2), StageJournals(), LIMITS))["throughput"]
    assert (few.reason, few.data) == (GateReason.TOO_FEW_TO_CONFIRM, {"needs": 5, "has": 0})  # 4 · 5 / 2¹¹ is 0.0098
    assert by_measure(judge(make_pairs(4), StageJournals(), LIMITS))["throughput"].reason == GateReason.TOO_FEW


def test_a_pair_that_shared_no_turn_neither_adds_a_look_nor_moves_one(make_pairs, monkeypatch):
    """Of 12 pairs of stage 1 and 12 fresh ones two shared no turn, the fourth and the fourteenth."""
    choose, sizes = judge_turns.choose_look, []

    def record(looks):
        sizes.append([len(look.pairs) for look in looks])
        return choose(looks)

    def alone(stage, place):
        """Return the stage with a pair whose head had no turn."""
        one = stage.head[place]
        epochs = tuple(epoch.model_copy(update={"turns": None}) for epoch in one.epochs)
        head = (*stage.head[:place], one.model_copy(update={"epochs": epochs}), *stage.head[place + 1 :])
        return StageJournals(stage.base, head)

    screen = alone(make_pairs(cost=1.02, spread=0.02), 3)
    fresh = alone(make_pairs(12, cost=1.02, first=12, spread=0.02), 1)
    monkeypatch.setattr(judge_turns, "choose_look", record)
    for num in (0, 4, 8, 12):
        so_far = StageJournals(fresh.base[:num], fresh.head[:num])
        assert len(find_open_cases(screen, so_far, LIMITS, 22)) == (num < 12)
    assert sizes[::2] == sizes[1::2] == [[11], [11, 14], [11, 14, 18], [11, 14, 18, 22]]


def test_where_all_coins_fell_alike_no_slowdown_is_ok_and_the_check_could_not_fail(make_pairs):
    result = judge(make_pairs(6, cost=1.5, slot_of_head=1), StageJournals(), LIMITS)
    for measure in ("throughput", "typical_step_s"):
        found = by_measure(result)[measure]
        assert (found.outcome, found.reason, found.data) == ("inconclusive", GateReason.ONE_SLOT, {"has": 6})
    assert status_of_check(result, strict=False) == EXIT_INCONCLUSIVE


def test_what_slows_a_fifth_of_the_turns_is_in_the_throughput_alone(make_pairs):
    found = by_measure(judge(make_pairs(slow_turns=3), StageJournals(), LIMITS))
    assert (found["throughput"].outcome, found["typical_step_s"].outcome) == ("regression", "ok")
    assert found["throughput"].worse.value == pytest.approx(3 / NUM_TURNS, abs=0.01)


def test_what_turns_do_not_tell_keeps_its_two_stages(make_pairs):
    screen = make_pairs(start=1.5)
    (flagged,) = find_flagged(screen, LIMITS)
    assert flagged.measure == "first_step_s"
    assert find_open_cases(screen, StageJournals(), LIMITS, 22) == frozenset()
    confirmed = by_measure(judge(screen, make_pairs(8, first=12, start=1.5), LIMITS))
    assert confirmed["first_step_s"].outcome == "regression"
    assert confirmed["throughput"].outcome == "ok"


def back_to_back(stage, num):
    """Return the stage with its last so many pairs back to back."""

    def alone(journal):
        epochs = tuple(epoch.model_copy(update={"turns": None}) for epoch in journal.epochs)
        begun = journal.start.model_copy(update={"in_turns": None})
        return journal.model_copy(update={"start": begun, "epochs": epochs})

    return StageJournals(*((*side[:-num], *map(alone, side[-num:])) for side in (stage.base, stage.head)))


def test_a_case_of_which_one_pair_of_stage_1_ran_back_to_back_is_judged_as_if_all_had(make_pairs):
    result = judge(back_to_back(make_pairs(), 1), StageJournals(), LIMITS)
    assert {"throughput", "step_p05_s"} <= set(by_measure(result))
    assert not any(finding.in_turns for finding in result.findings)


@pytest.mark.parametrize(
    ("screened", "outcome"), [({"spread": 0.02, "cost": 1.02}, "inconclusive"), ({"cost": 1.03}, "regression")]
)
def test_what_runs_back_to_back_after_stage_1_neither_clears_what_turns_left_open_nor_what_they_failed(
    make_pairs, screened, outcome
):
    screen, fresh = make_pairs(**screened), back_to_back(make_pairs(4, first=12), 4)
    before, after = (by_measure(judge(screen, confirm, LIMITS)) for confirm in (StageJournals(), fresh))
    assert after["throughput"] == before["throughput"]
    assert (after["throughput"].outcome, after["throughput"].num_head) == (outcome, 12)
    assert after["typical_step_s"] == before["typical_step_s"]
    in_part = by_measure(judge(screen, back_to_back(make_pairs(4, first=12), 3), LIMITS))
    assert in_part["throughput"].num_head == 13


def test_each_design_has_its_own_tolerance(make_pairs):
    screen, fresh = make_pairs(cost=1.03), make_pairs(12, cost=1.03, first=12)
    assert judge(screen, fresh, Tolerances(max_slowdown_in_turns=0.05)).outcome == "ok"
    assert judge(screen, fresh, Tolerances(max_slowdown=0.05)).outcome == "regression"
