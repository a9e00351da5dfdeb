"""A check's findings from its journals: every outcome, and what keeps one from being reached."""

import pytest

from bench.analysis.trial.measures import ALONE_MEASURES
from bench.cli.exit_status import status_of_check
from bench.errors import EXIT_INCONCLUSIVE
from bench.gate.judgement.findings import CaseMeasure, CasePairs, GateReason, Tolerances
from bench.gate.judgement.judge_measures import find_flagged, judge
from bench.gate.judgement.measure_values import StageJournals
from bench.gate.judgement.two_stages import CONFIRM_ALPHA
from bench.run.trial.worker_death import partner_not_ok
from bench.store.records import InTurns

LIMITS = Tolerances()
CASE = "cnn-mnist-b32-float32-cpu"


@pytest.fixture
def make_sides(make_case, make_journal):
    """Return a factory of a stage's journals: the cnn's, whose head costs so many times as much, seed by seed.

    `cost` is of its steps, `fast` of its undisturbed ones (as `cost` where None), `start` of its first step and
    `memory` of its peak; the head scatters by tenths of a percent of its own, so that pairs tell a spread. `head`
    changes what else its journals hold.
    """

    def make(num=10, cost=1.0, start=1.0, memory=1.0, accuracy=(0.9, 0.9), first=0, scatter=0.001, fast=None, **head):
        def journal(seed, factors, reached, scatter, **changes):
            steady_s, first_s, peak = 60.0 * (1 + 0.01 * ((7 * seed) % 5)) * factors[0], 2.0 * factors[1], factors[2]
            accuracies = (0.5, 0.6, reached + scatter * ((3 * seed) % 4))
            spent = {"train_s": (steady_s + first_s, steady_s, steady_s), "first_step_s": first_s}
            made = make_journal(make_case("cnn"), seed, val_accuracy=accuracies, **spent, **changes)
            steps = made.epochs[0].step_s.model_copy(update={"p05": 0.001 * factors[3]})
            changed = {"peak_rss_bytes": round(7e8 * peak), "step_s": steps}
            epochs = [epoch.model_copy(update=changed) for epoch in made.epochs]
            return made.model_copy(update={"epochs": tuple(epochs)})

        seeds = range(first, first + num)
        own = {seed: 1 + 0.001 * ((3 * seed) % 4) for seed in seeds}
        factors = {seed: [factor * own[seed] for factor in (cost, start, memory, fast or cost)] for seed in seeds}
        return StageJournals(
            tuple(journal(seed, (1.0, 1.0, 1.0, 1.0), accuracy[0], 0.001) for seed in seeds),
            tuple(journal(seed, factors[seed], accuracy[1], scatter, **head) for seed in seeds),
        )

    return make


def by_measure(result):
    return {finding.key.measure: finding for finding in result.findings}


def test_equal_sides_are_ok_in_every_measure(make_sides):
    result = judge(make_sides(), StageJournals(), LIMITS)
    found = by_measure(result)
    assert list(found) == ["throughput", "step_p05_s", "first_step_s", "peak_rss_bytes", "final_val_accuracy"]
    assert {finding.outcome for finding in result.findings} == {"ok"}
    assert (result.outcome, result.problems) == ("ok", ())


def test_ok_is_not_equal_but_where_the_interval_shows_it(make_sides):
    equal = by_measure(judge(make_sides(), StageJournals(), LIMITS))["throughput"]
    assert (equal.outcome, equal.shown) == ("ok", "equivalent")
    faster = by_measure(judge(make_sides(cost=0.9), StageJournals(), LIMITS))["throughput"]
    assert (faster.outcome, faster.shown) == ("ok", "no worse")
    near = by_measure(judge(make_sides(cost=1.0182, fast=1.0), StageJournals(), LIMITS))["throughput"]
    assert (near.outcome, near.shown) == ("ok", None)


@pytest.mark.parametrize(("num", "fresh", "status"), [(4, 0, 4), (10, 4, 4), (10, 8, 3)])
def test_too_few_pairs_to_decide_are_no_success_even_where_nobody_is_strict(make_sides, num, fresh, status):
    result = judge(make_sides(num, cost=1.5), make_sides(fresh, cost=1.5, first=num), LIMITS)
    assert status_of_check(result, strict=False) == status


def test_a_slowdown_is_flagged_and_confirmed_with_fresh_pairs_that_are_worse_as_well(make_sides):
    screen = make_sides(cost=1.1)
    assert find_flagged(screen, LIMITS) == {CaseMeasure(CASE, measure) for measure in ALONE_MEASURES}
    open_ = by_measure(judge(screen, StageJournals(), LIMITS))["throughput"]
    assert (open_.outcome, open_.reason, open_.data) == (
        "inconclusive",
        GateReason.TOO_FEW_TO_CONFIRM,
        {"needs": 7, "has": 0},
    )
    slow = by_measure(judge(screen, make_sides(8, cost=1.1, first=10), LIMITS))["throughput"]
    assert (slow.outcome, slow.stage, slow.num_head) == ("regression", "confirm", 18)
    assert slow.worse.value == pytest.approx(0.1, abs=0.01)
    fine = by_measure(judge(screen, make_sides(8, first=10), LIMITS))["throughput"]
    assert (fine.outcome, fine.stage, fine.num_head) == ("ok", "confirm", 8)
    assert fine.worse.value == pytest.approx(0, abs=0.01)  # by the fresh pairs: those that were flagged drew it up


def test_what_fresh_pairs_find_as_bad_as_tolerated_is_neither_confirmed_nor_refuted(make_sides):
    """A mean logarithm of 0.0199 against ln 1.02 = 0.0198: beyond the tolerance, but not with its whole interval."""
    screen, confirm = make_sides(cost=1.0186, fast=1.0), make_sides(8, cost=1.0186, fast=1.0, first=10)
    assert find_flagged(screen, LIMITS) == {CaseMeasure(CASE, "throughput")}
    found = by_measure(judge(screen, confirm, LIMITS))["throughput"]
    assert (found.stage, found.outcome, found.reason) == ("confirm", "inconclusive", GateReason.NOT_CONFIRMED)
    assert found.worse.low < 0.02 < found.worse.value
    assert found.p_value <= CONFIRM_ALPHA


LOOSE = {"max_slowdown": 0.2, "max_first_step_growth": 0.3, "max_memory_growth": 0.4, "max_accuracy_drop": 0.1}
GROWTHS = [
    ("throughput", "cost", "max_slowdown"),
    ("step_p05_s", "fast", "max_slowdown"),
    ("first_step_s", "start", "max_first_step_growth"),
    ("peak_rss_bytes", "memory", "max_memory_growth"),
]


@pytest.mark.parametrize(("measure", "figure", "tolerance"), GROWTHS, ids=[measure for measure, _, _ in GROWTHS])
@pytest.mark.parametrize(("beyond", "outcome"), [(-0.01, "ok"), (0.01, "regression")])
def test_each_cost_has_a_tolerance_of_its_own(make_sides, measure, figure, tolerance, beyond, outcome):
    growth = {"fast": 1.0, figure: 1 + LOOSE[tolerance] + beyond}
    result = judge(make_sides(**growth), make_sides(8, **growth, first=10), Tolerances(**LOOSE))
    outcomes = {name: finding.outcome for name, finding in by_measure(result).items()}
    assert outcomes.pop(measure) == outcome
    assert set(outcomes.values()) == {"ok"}
    by_default = by_measure(judge(make_sides(**growth), make_sides(8, **growth, first=10), LIMITS))
    assert by_default[measure].outcome == "regression"


@pytest.mark.parametrize(("drop", "outcome"), [(0.09, "ok"), (0.11, "regression")])
def test_accuracy_has_a_tolerance_that_is_no_share(make_sides, drop, outcome):
    accuracy = (0.5, 0.5 - drop)
    result = judge(make_sides(accuracy=accuracy), make_sides(8, accuracy=accuracy, first=10), Tolerances(**LOOSE))
    outcomes = {name: finding.outcome for name, finding in by_measure(result).items()}
    assert outcomes.pop("final_val_accuracy") == outcome
    assert set(outcomes.values()) == {"ok"}


def test_a_speed_up_is_no_regression(make_sides):
    assert judge(make_sides(cost=0.5), StageJournals(), LIMITS).outcome == "ok"


def test_too_few_pairs_claim_nothing(make_sides):
    for num in (1, 4):
        found = by_measure(judge(make_sides(num), StageJournals(), LIMITS))
        assert {one.outcome for one in found.values()} == {"inconclusive"}
        assert found["throughput"].data == {"needs": 5, "has": num}


def test_a_lost_accuracy_fails_and_one_that_may_be_lost_stays_open(make_sides):
    broken = judge(make_sides(accuracy=(0.9, 0.5)), make_sides(8, accuracy=(0.9, 0.5), first=10), LIMITS)
    assert by_measure(broken)["final_val_accuracy"].outcome == "regression"
    assert by_measure(broken)["final_val_accuracy"].worse.value == pytest.approx(0.4)
    perhaps = by_measure(judge(make_sides(accuracy=(0.9, 0.87), scatter=0.01), StageJournals(), LIMITS))[
        "final_val_accuracy"
    ]
    assert (perhaps.outcome, perhaps.reason) == ("inconclusive", GateReason.NOT_SHOWN)
    assert perhaps.data == {"more": None}  # half a standard error from the margin: no number of pairs is sure to tell


def test_an_accuracy_that_fresh_pairs_do_not_confirm_must_still_show_that_it_did_not_drop(make_sides):
    screen = make_sides(accuracy=(0.9, 0.8))
    # The fresh pairs' accuracies drop by 0.019 (−0.010 … 0.048): within the tolerance of 0.02, and perhaps not.
    perhaps = by_measure(judge(screen, make_sides(8, accuracy=(0.9, 0.8375), scatter=0.03, first=10), LIMITS))
    found = perhaps["final_val_accuracy"]
    assert (found.stage, found.outcome, found.reason) == ("confirm", "inconclusive", GateReason.NOT_SHOWN)
    assert found.worse.value == pytest.approx(0.019)
    assert found.worse.high == pytest.approx(0.048, abs=1e-3)
    assert found.data == {"more": None}
    fine = by_measure(judge(screen, make_sides(8, first=10), LIMITS))["final_val_accuracy"]
    assert (fine.stage, fine.outcome, fine.reason) == ("confirm", "ok", None)


def test_the_pairs_that_are_named_bring_the_one_bound_that_counts_within_the_tolerance(make_sides):
    """Nine drops of mean −0.03 and deviation 0.07, 0.05 from the margin: t's power is 90 % from n = 23 on."""
    better = make_sides(9, accuracy=(0.8, 0.75373), scatter=0.0582)
    found = by_measure(judge(better, StageJournals(), LIMITS))["final_val_accuracy"]
    assert found.worse.value == pytest.approx(-0.03, abs=1e-4)
    assert (found.outcome, found.reason, found.data) == (
        "inconclusive",
        GateReason.NOT_SHOWN,
        {"more": 14, "more_low": 1, "more_high": 231},
    )


def test_five_equal_accuracies_lack_a_sixth(make_sides):
    found = by_measure(judge(make_sides(5), StageJournals(), LIMITS))["final_val_accuracy"]
    assert (found.outcome, found.reason, found.data) == ("inconclusive", GateReason.NOT_SHOWN, {"more": 1})


def test_what_a_check_sees_is_told_by_its_first_stage_whichever_decides(make_sides):
    screen = make_sides(accuracy=(0.9, 0.5), scatter=0.03)
    open_, decided = (
        by_measure(judge(screen, confirm, LIMITS))["final_val_accuracy"]
        for confirm in (StageJournals(), make_sides(18, accuracy=(0.9, 0.5), scatter=0.05, first=10))
    )
    assert (open_.stage, decided.stage) == ("screen", "confirm")
    assert decided.visible == open_.visible > LIMITS.max_accuracy_drop


def test_errors_that_more_than_halve_are_an_alarm(make_sides):
    found = by_measure(judge(make_sides(accuracy=(0.9, 0.99)), StageJournals(), LIMITS))["final_val_accuracy"]
    assert (found.outcome, found.reason) == ("implausible", GateReason.HALF_THE_ERRORS)
    better = by_measure(judge(make_sides(accuracy=(0.9, 0.93)), StageJournals(), LIMITS))["final_val_accuracy"]
    assert better.outcome == "ok"


def test_a_trial_that_did_not_end_ok_is_a_problem_and_no_evidence(make_sides):
    result = judge(make_sides(6, status="failed"), StageJournals(), LIMITS)
    assert {(one.side, one.status) for one in result.problems} == {("head", "failed")}
    assert by_measure(result)["throughput"].reason == GateReason.NO_FIGURE


def test_a_trial_that_was_ended_for_its_partners_sake_is_no_problem_of_its_own(make_sides):
    screen = make_sides(6, status="failed")
    stopped = [one.model_copy(update={"end": partner_not_ok()}) for one in screen.base]
    result = judge(StageJournals(stopped, screen.head), StageJournals(), LIMITS)
    assert {(one.side, one.status) for one in result.problems} == {("head", "failed")}


def test_a_stored_run_is_told_from_pairs_and_a_machine_that_moved_excuses_times_alone(make_sides):
    screen, confirm = make_sides(cost=1.4), make_sides(cost=1.4, first=10)
    stored = judge(screen, StageJournals(screen.base, confirm.head), LIMITS, is_paired=False)
    assert (by_measure(stored)["throughput"].outcome, stored.is_paired) == ("regression", False)
    screen = make_sides(cost=1.4, canary_s=0.03)
    moved = judge(screen, StageJournals(screen.base, make_sides(cost=1.4, first=10).head), LIMITS, is_paired=False)
    assert (by_measure(moved)["throughput"].reason, by_measure(moved)["throughput"].data) == (
        GateReason.MACHINE_MOVED,
        {"percent": 150},
    )
    assert by_measure(moved)["peak_rss_bytes"].outcome == "ok"


def test_a_verdict_turned_round_is_none(make_sides):
    """Base for head: what was slower is faster, and nothing fails."""
    screen, confirm = make_sides(cost=1.1), make_sides(8, cost=1.1, first=10)
    turned = judge(StageJournals(screen.head, screen.base), StageJournals(confirm.head, confirm.base), LIMITS)
    assert turned.outcome == "ok"


def test_a_check_was_in_turns_where_every_pair_of_it_was(make_sides):
    alone = make_sides()
    place = InTurns(slot=0, trials=("a/b", "c/d"))
    put = [
        tuple(one.model_copy(update={"start": one.start.model_copy(update={"in_turns": place})}) for one in side)
        for side in (alone.base, alone.head)
    ]
    in_turns = StageJournals(*put)
    assert judge(in_turns, StageJournals(), LIMITS).in_turns
    assert not judge(in_turns, make_sides(4, first=10), LIMITS).in_turns
    assert judge(in_turns, make_sides(4, first=10), LIMITS).pairs == (CasePairs(CASE, 14, 10),)
    failed = StageJournals(in_turns.base)
    assert judge(failed, StageJournals(), LIMITS).pairs == (CasePairs(CASE, 10, 10),)
    stored = judge(in_turns, StageJournals(), LIMITS, is_paired=False)
    assert (stored.in_turns, stored.pairs) == (False, ())


def test_a_check_of_which_no_step_was_steady_passes_for_nothing(make_sides):
    """Of two steps of an epoch each is the first of its size: nothing is known of how fast the head is."""
    sides = make_sides()

    def without_speed(journal):
        only = {"first_step_s": 2.0, "train_s": 2.0, "step_s": None, "num_examples": 96, "first_step_examples": 96}
        return journal.model_copy(update={"epochs": (journal.epochs[-1].model_copy(update={**only, "epoch": 1}),)})

    bare = StageJournals(*(tuple(map(without_speed, side)) for side in (sides.base, sides.head)))
    result = judge(bare, StageJournals(), LIMITS)
    speed = by_measure(result)["throughput"]
    assert (speed.outcome, speed.reason, speed.data) == ("inconclusive", GateReason.NO_FIGURE, {"base": 0, "head": 0})
    assert status_of_check(result, strict=False) == EXIT_INCONCLUSIVE
    slower_machine = StageJournals(bare.base, tuple(map(without_speed, make_sides(canary_s=0.03).head)))
    moved = judge(slower_machine, StageJournals(), LIMITS, is_paired=False)
    assert by_measure(moved)["first_step_s"].reason == GateReason.MACHINE_MOVED
    assert by_measure(moved)["throughput"].reason == GateReason.NO_FIGURE
