"""Each predicate reaches each of the four verdicts on journals made for it; the figures beside them by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from bench.analysis.run_journals import RunJournals
from bench.analysis.statistics.interval import prediction_interval
from bench.claims.evidence import Undecided, UndecidedCode
from bench.claims.findings import Finding
from bench.claims.judge_claims import judge_claims
from bench.claims.statements import PREDICATES, ClaimSet, Selector
from bench.plan.case import Case
from bench.store.records import Journal, RunRecord

Trials = Sequence[dict[str, Any]]
Judge = Callable[..., Finding]


@pytest.fixture
def judge(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> Judge:
    """Return a function that judges one claim on an lstm (rnn) and a cnn, given by what each seed's journal holds.

    A trial's budget is 10 epochs and its seed its place, unless it has `epochs` or `seed`.
    """

    def build(predicate: str, rnn: Trials = (), cnn: Trials = (), **keys: Any) -> Finding:
        sides = [("lstm", rnn), *([("cnn", cnn)] if cnn else [])]
        settings = [(model, {"epochs": 10, "seed": place} | trial) for model, trials in sides
                    for place, trial in enumerate(trials)]  # fmt: skip
        starts = [trial.pop("started_at", None) for _, trial in settings]
        made = [
            make_journal(make_case(model, epochs=trial.pop("epochs")), first_step_s=None, **trial)
            for model, trial in settings
        ]
        journals = [_started(journal, at) if at else journal for journal, at in zip(made, starts, strict=True)]
        than = {"than": "cnn"} if "than" in PREDICATES[predicate].model_fields else {}
        fields = {"id": "one", "statement": "It is.", "case": "rnn", "predicate": predicate, **than, **keys}
        claims = ClaimSet(
            name="mine", source="A book.", cases={"rnn": Selector(model="lstm"), "cnn": Selector(model="cnn")},
            claims=(PREDICATES[predicate](**fields),),
        )  # fmt: skip
        run = make_run([make_case(model, epochs=10) for model, _ in sides], seeds=range(20))
        (finding,) = judge_claims(claims, [RunJournals(run, tuple(journals))])
        return finding

    return build


def _started(journal: Journal, at: datetime) -> Journal:
    return journal.model_copy(update={"start": journal.start.model_copy(update={"started_at": at})})


def seeds(count: int, curve: Sequence[float] = (0.95, 0.97, 0.98), epoch_s: float = 60.0) -> list[dict[str, Any]]:
    """Return trials that differ by a hundredth of a percent and a tenth of a second, as real seeds do."""
    return [
        {"val_accuracy": [value + (0.0003, 0.0, 0.0001, 0.0004)[seed % 4] for value in curve],
         "train_s": epoch_s + (0.0, 0.3, 0.1)[seed % 3]}
        for seed in range(count)
    ]  # fmt: skip


CRASHED = {"val_accuracy": (), "status": "oom"}
EARLY, LATE, NEVER, FLAT = (0.95, 0.97, 0.98), (0.5, 0.8, 0.95), (0.5, 0.6, 0.7), (0.11, 0.11, 0.11)
REACHES = {"predicate": "reaches", "target": 0.9, "within_epochs": 2}
NEEDS = {"predicate": "needs_at_least", "target": 0.9, "at_least_epochs": 3}
STAYS = {"predicate": "stays_below", "limit": 0.2, "epochs": 3}
AHEAD = {"predicate": "ahead_per_epoch", "after_epochs": (1, 2, 3)}
FEWER = {"predicate": "fewer_epochs", "target": 0.9}
SOONER = {"predicate": "sooner", "target": 0.9}
MIXED = [*seeds(3, LATE, 20.0), *seeds(6, LATE, 70.0)[3:]]  # so far apart that each seed has an order
SLOWER = {"predicate": "slower", "factor": 2.0}
FASTER = {"predicate": "faster"}
HALF = seeds(3, EARLY) + seeds(6, LATE)[3:]

VERDICTS = [
    (REACHES, {"rnn": seeds(5, EARLY)}, "supported"),
    (REACHES, {"rnn": seeds(5, LATE)}, "refuted"),
    (REACHES, {"rnn": HALF}, "inconclusive"),
    (REACHES, {"rnn": seeds(5, (0.5,))}, "not tested"),
    (NEEDS, {"rnn": seeds(5, LATE)}, "supported"),
    (NEEDS, {"rnn": seeds(5, EARLY)}, "refuted"),
    (NEEDS, {"rnn": HALF}, "inconclusive"),
    (NEEDS, {"rnn": seeds(5, (0.5,))}, "not tested"),
    (STAYS, {"rnn": seeds(5, FLAT)}, "supported"),
    (STAYS, {"rnn": seeds(5, EARLY)}, "refuted"),
    (STAYS, {"rnn": seeds(4, FLAT)}, "inconclusive"),
    (STAYS, {"rnn": seeds(5, FLAT[:1])}, "not tested"),
    (AHEAD, {"rnn": seeds(5, EARLY), "cnn": seeds(5, (0.9, 0.95, 0.96))[::-1]}, "supported"),
    (AHEAD, {"rnn": seeds(5, (0.9, 0.95, 0.96)), "cnn": seeds(5, EARLY)[::-1]}, "refuted"),
    (AHEAD, {"rnn": seeds(5, (0.9, 0.97, 0.99)), "cnn": seeds(5, (0.95, 0.96, 0.97))[::-1]}, "refuted"),
    (AHEAD, {"rnn": seeds(6, (0.95, 0.97, 0.99)), "cnn": seeds(6, (0.95, 0.96, 0.97))[::-1]}, "inconclusive"),
    (AHEAD, {"rnn": seeds(5, EARLY), "cnn": seeds(5, EARLY[:2])}, "not tested"),
    (FEWER, {"rnn": seeds(5, EARLY), "cnn": seeds(5, NEVER)}, "supported"),
    (FEWER, {"rnn": seeds(5, EARLY), "cnn": seeds(5, EARLY)}, "refuted"),
    (FEWER, {"rnn": HALF, "cnn": seeds(6, (0.5, 0.95, 0.95))}, "inconclusive"),
    (FEWER, {"rnn": seeds(5, NEVER), "cnn": seeds(5, NEVER)}, "not tested"),
    (SOONER, {"rnn": seeds(5, LATE, 20.0), "cnn": seeds(5, LATE)[::-1]}, "supported"),
    (SOONER, {"rnn": seeds(5, LATE), "cnn": seeds(5, LATE, 20.0)[::-1]}, "refuted"),
    (SOONER, {"rnn": MIXED, "cnn": MIXED[::-1]}, "inconclusive"),
    (SOONER, {"rnn": seeds(5, NEVER), "cnn": seeds(5, NEVER)}, "not tested"),
    (SOONER, {"rnn": seeds(5, EARLY), "cnn": seeds(5, NEVER)}, "supported"),  # no ratio, but an order on each seed
    (SOONER, {"rnn": seeds(5, NEVER), "cnn": seeds(5, EARLY)}, "refuted"),
    (SLOWER, {"rnn": seeds(5, epoch_s=150.0), "cnn": seeds(5)[::-1]}, "supported"),
    (SLOWER, {"rnn": seeds(5, epoch_s=90.0), "cnn": seeds(5)[::-1]}, "refuted"),  # slower, and not twice
    (SLOWER, {"rnn": seeds(6, epoch_s=120.3), "cnn": seeds(6)[::-1]}, "inconclusive"),
    (SLOWER, {"rnn": seeds(5), "cnn": [trial | {"concurrent": True} for trial in seeds(5)]}, "not tested"),
    (FASTER, {"rnn": seeds(5, epoch_s=20.0), "cnn": seeds(5)[::-1]}, "supported"),
    (FASTER, {"rnn": seeds(5), "cnn": seeds(5, epoch_s=20.0)[::-1]}, "refuted"),
    (FASTER, {"rnn": seeds(6), "cnn": seeds(6)[::-1]}, "inconclusive"),
    (
        FASTER,
        {"rnn": seeds(5), "cnn": [trial | {"num_examples": 32, "train_s": 0.0} for trial in seeds(5)]},
        "not tested",
    ),
]


@pytest.mark.parametrize(
    ("claim", "trials", "verdict"), VERDICTS, ids=[f"{claim['predicate']}-{verdict}" for claim, _, verdict in VERDICTS]
)
def test_each_predicate_reaches_each_verdict(
    judge: Judge, claim: dict[str, Any], trials: dict[str, Trials], verdict: str
) -> None:
    finding = judge(**claim, **trials)
    assert finding.verdict == verdict
    assert (finding.reason is None) == (verdict in {"supported", "refuted"})
    assert bool(finding.seeds) == bool(finding.effects) == (verdict != "not tested")


@pytest.mark.parametrize(
    "claim", [REACHES, NEEDS, STAYS, AHEAD, FEWER, SOONER, SLOWER, FASTER], ids=lambda c: c["predicate"]
)
@pytest.mark.parametrize("num_seeds", [1, 2, 3, 4])
def test_fewer_seeds_than_a_claim_needs_decide_nothing(judge: Judge, claim: dict[str, Any], num_seeds: int) -> None:
    finding = judge(**claim, rnn=seeds(num_seeds, EARLY, 20.0), cnn=seeds(num_seeds, NEVER)[::-1])
    if claim is SOONER or claim is FEWER:
        assert finding.effects[0].kind == "share"
    assert (finding.verdict, finding.reason and finding.reason.code) == ("inconclusive", UndecidedCode.FEW_SEEDS)
    assert finding.num_more_seeds is None  # the reason says how many are lacking, and fewer than five say no more


def test_no_trial_of_a_case_is_no_test(judge: Judge) -> None:
    finding = judge(**SOONER, rnn=seeds(5))
    assert (finding.verdict, finding.reason and finding.reason.code) == ("not tested", UndecidedCode.NO_CASE)
    assert (finding.trials, finding.estimates, finding.effects) == ((), (), ())


@pytest.mark.parametrize("claim", [AHEAD, FEWER, SOONER, FASTER], ids=lambda c: c["predicate"])
def test_seeds_that_no_two_trials_share_are_no_pairs_and_crashes_are_told_from_them(
    judge: Judge, claim: dict[str, Any]
) -> None:
    others = [trial | {"seed": place + 5} for place, trial in enumerate(seeds(5))]
    apart = judge(**claim, rnn=seeds(5), cnn=others)
    assert (apart.verdict, apart.reason and apart.reason.code) == ("not tested", UndecidedCode.NO_PAIR)
    half = [*seeds(2), CRASHED, CRASHED, CRASHED]
    for rnn, cnn in ((seeds(5), [CRASHED] * 5), (half, [CRASHED, CRASHED, *seeds(5)[2:]])):
        crashed = judge(**claim, rnn=rnn, cnn=cnn)
        assert crashed.verdict == "not tested"
        assert crashed.reason == Undecided(UndecidedCode.NO_FIGURE, {"num_trials": 10, "num_crashed": 5})


def test_trials_that_crashed_before_their_first_epoch_are_told_with_the_others(judge: Judge) -> None:
    finding = judge(**REACHES, rnn=[*seeds(2), CRASHED, CRASHED, CRASHED])
    estimate, *_ = finding.estimates
    assert estimate.target is not None
    assert (estimate.target.hits, estimate.target.num_trials, estimate.target.num_crashed) == (2, 2, 3)
    assert (finding.seeds, len(finding.trials)) == ((0, 1), 5)
    stays = judge(**STAYS, rnn=[*seeds(2), CRASHED, {"val_accuracy": (0.1,), "status": "oom"}])
    assert (stays.estimates[0].interval and stays.estimates[0].interval.n, stays.estimates[0].num_crashed) == (2, 2)
    nothing = judge(**REACHES, rnn=[CRASHED] * 5)
    assert nothing.reason == Undecided(UndecidedCode.NO_FIGURE, {"num_trials": 5, "num_crashed": 5})


HIT_2, MISS_2 = {"val_accuracy": (0.5, 0.95), "epochs": 2}, {"val_accuracy": (0.5, 0.6), "epochs": 2}
MISS_5, HIT_8 = {"val_accuracy": [0.5] * 5, "epochs": 5}, {"val_accuracy": [0.5] * 7 + [0.95] * 3}
NEEDS_10 = {"predicate": "needs_at_least", "target": 0.9, "at_least_epochs": 10}
REACHES_3 = {"predicate": "reaches", "target": 0.9, "within_epochs": 3}
STAYS_9 = {"predicate": "stays_below", "limit": 0.9, "epochs": 9}


@pytest.mark.parametrize(
    ("claim", "trials", "num_open"),
    [
        (REACHES_3, {"rnn": [HIT_2] * 5 + [MISS_2] * 5}, 5),
        (NEEDS_10, {"rnn": [HIT_2] * 5 + [MISS_5] * 15}, 15),
        (STAYS_9, {"rnn": [HIT_2] * 5 + [MISS_5] * 15}, 15),
        (FEWER, {"rnn": [HIT_2] * 5 + [MISS_5] * 5, "cnn": [HIT_8] * 10}, 5),
        (SOONER, {"rnn": [HIT_2] * 5 + [MISS_5] * 5, "cnn": [HIT_8] * 10}, 5),
    ],
)
def test_seeds_whose_budget_was_too_short_to_tell_leave_a_claim_open(
    judge: Judge, claim: dict[str, Any], trials: dict[str, Trials], num_open: int
) -> None:
    finding, count = judge(**claim, **trials), len(trials["rnn"])
    assert finding.verdict == "inconclusive"
    assert finding.reason == Undecided(UndecidedCode.SHORT_BUDGET, {"num_open": num_open, "num_seeds": count})
    (effect,) = finding.effects
    assert (effect.num_open, effect.interval.n, finding.seeds) == (num_open, count, tuple(range(count)))


def test_a_claim_is_decided_where_the_seeds_that_cannot_tell_do_not_matter(judge: Judge) -> None:
    finding = judge(**REACHES_3, rnn=[HIT_2] * 18 + [MISS_2] * 2)
    assert (finding.verdict, finding.effects[0].interval.value, finding.effects[0].num_open) == ("supported", 0.9, 2)


def test_crashes_do_not_count_as_seeds_that_cannot_tell(judge: Judge) -> None:
    finding = judge(**REACHES_3, rnn=[HIT_2] * 5 + [{"val_accuracy": (0.5,), "status": "oom"}] * 5)
    assert (finding.verdict, finding.effects[0].num_open, finding.seeds) == ("supported", 0, (0, 1, 2, 3, 4))


def test_a_trial_that_diverged_comes_later_than_any_hit(judge: Judge) -> None:
    diverged = [{"val_accuracy": (None,), "status": "diverged"}] * 5
    for claim in (FEWER, SOONER):
        assert judge(**claim, rnn=seeds(5, LATE), cnn=diverged).verdict == "supported"
        assert judge(**claim, rnn=diverged, cnn=seeds(5, LATE)).verdict == "refuted"


def test_how_long_a_first_epoch_takes_decides_nothing(judge: Judge) -> None:
    finding = judge(**SOONER, rnn=seeds(5, EARLY, 20.0), cnn=seeds(5, EARLY, 60.0))
    assert finding.verdict == "inconclusive"
    assert finding.reason == Undecided(UndecidedCode.BETWEEN_VALIDATIONS, {"num_between": 5, "num_seeds": 5})
    assert finding.effects == ()


def test_what_passed_in_a_first_epoch_is_sooner_than_what_passed_after_its_end(judge: Judge) -> None:
    assert judge(**SOONER, rnn=seeds(5, LATE), cnn=seeds(5, EARLY)).verdict == "refuted"
    # The first epoch of the one lasts longer than all three of the other: it may have come at any time before.
    finding = judge(**SOONER, rnn=seeds(5, LATE, 20.0), cnn=seeds(5, EARLY, 100.0))
    assert finding.verdict == "inconclusive"
    assert finding.reason == Undecided(UndecidedCode.BETWEEN_VALIDATIONS, {"num_between": 5, "num_seeds": 5})


def test_hits_between_whose_validations_either_may_be_first_make_no_ratio(judge: Judge) -> None:
    """Epochs of 20 and 21 s: both come in the third, in 40–60 and 42–63 s. Of 20 and 70 s one is first."""
    finding = judge(**SOONER, rnn=seeds(5, LATE, 20.0), cnn=seeds(5, LATE, 21.0))
    assert finding.verdict == "inconclusive"
    assert finding.reason == Undecided(UndecidedCode.BETWEEN_VALIDATIONS, {"num_between": 5, "num_seeds": 5})
    four = judge(**SOONER, rnn=seeds(5, LATE, 20.0), cnn=[*seeds(4, LATE, 70.0), *seeds(5, LATE, 21.0)[4:]])
    assert four.reason == Undecided(UndecidedCode.BETWEEN_VALIDATIONS, {"num_between": 1, "num_seeds": 5})
    assert judge(**SOONER, rnn=seeds(5, LATE, 20.0), cnn=seeds(5, LATE, 70.0)).verdict == "supported"


def test_trials_of_several_budgets_are_each_censored_at_their_own(judge: Judge) -> None:
    missed = [{"val_accuracy": (0.5, 0.6, 0.7), "epochs": 3}] * 6
    finding = judge(**NEEDS_10, rnn=[*missed, HIT_8, HIT_8, HIT_8, HIT_8])
    estimate, *_ = finding.estimates
    assert estimate.target is not None
    assert (estimate.target.hits, estimate.target.num_trials, estimate.target.median_epochs) == (4, 10, 8)
    assert (estimate.shortest_budget, estimate.target.epoch_budget) == (3, 10)


@pytest.mark.parametrize(("claim", "value"), [(FASTER, 1000.0), (SLOWER, 60.0)], ids=["throughput", "epoch time"])
def test_rates_and_epoch_times_are_averaged_as_the_report_does(
    judge: Judge, claim: dict[str, Any], value: float
) -> None:
    trials = [{"train_s": 60_000 / rate} for rate in (800.0, 1250.0)]  # √(800 · 1,250) = 1,000
    finding = judge(**claim, rnn=trials, cnn=trials)
    assert [estimate.interval and estimate.interval.value for estimate in finding.estimates] == pytest.approx(
        [value] * 4  # as `fit` costs and steady, of each side
    )


def test_a_claim_rests_on_the_share_of_seeds_and_shows_what_each_side_did(judge: Judge) -> None:
    finding = judge(**REACHES, rnn=seeds(5, EARLY))
    (effect,), (estimate, *_) = finding.effects, finding.estimates
    assert (effect.kind, effect.interval.value, effect.interval.kind) == ("share", 1.0, "wilson")
    assert effect.interval.low == pytest.approx(0.5655, abs=1e-4)  # 5 of 5 by Wilson
    assert estimate.target is not None
    assert (estimate.target.hits, estimate.target.median_epochs, estimate.target.epoch_budget) == (5, 1, 10)
    assert finding.seeds == (0, 1, 2, 3, 4)
    assert finding.cases == ("lstm-mnist-b32-float32-cpu",)
    assert (finding.trials[0].run_id, finding.trials[0].trial_id) == (
        "20261122T081500Z-tutorial-3f2a",
        "lstm-mnist-b32-float32-cpu-s0",
    )


def test_the_ratio_says_how_many_times_sooner(judge: Judge) -> None:
    finding = judge(**SOONER, rnn=seeds(5, LATE, 20.0), cnn=seeds(5, LATE, 60.0))
    (effect,) = finding.effects
    assert effect.kind == "ratio"
    assert effect.interval.value == pytest.approx(
        (60 * 60.3 * 60.1 * 60 * 60.3 / (20 * 20.3 * 20.1 * 20 * 20.3)) ** 0.2
    )
    assert [estimate.name for estimate in finding.estimates] == ["rnn", "cnn"]


def test_the_lead_is_told_for_each_epoch(judge: Judge) -> None:
    finding = judge(**AHEAD, rnn=seeds(5, EARLY), cnn=seeds(5, (0.9, 0.95, 0.96)))
    assert [effect.epoch for effect in finding.effects] == [1, 2, 3]
    assert [effect.interval.value for effect in finding.effects] == pytest.approx([0.05, 0.02, 0.02])
    assert finding.verdict == "inconclusive"  # equal differences on five seeds say nothing of the spread


def test_the_same_journals_give_the_same_verdicts_in_any_order(judge: Judge) -> None:
    """Above 16 pairs the interval draws places, so that values in another order would give another one."""
    sides = {"rnn": seeds(18, LATE, 20.0), "cnn": seeds(18, LATE)[::-1]}
    known = {name: [trial | {"seed": seed} for seed, trial in enumerate(trials)] for name, trials in sides.items()}
    turned = {name: trials[::-1] for name, trials in known.items()}
    mixed = {name: trials[::2] + trials[1::2] for name, trials in known.items()}
    first, *others = (judge(**SOONER, **trials) for trials in (known, turned, mixed))
    assert others == [first, first]
    assert first.effects[0].interval.kind == "sign-flip"


def test_a_claim_on_an_accuracy_tells_what_the_next_seeds_will_be(judge: Judge) -> None:
    bests = [0.960, 0.962, 0.964, 0.961, 0.963]
    finding = judge(**REACHES, rnn=[{"val_accuracy": (0.5, best, 0.9, 0.99)} for best in bests])
    (told,) = [estimate for estimate in finding.estimates if estimate.kind == "next_seed"]
    assert told.epoch == REACHES["within_epochs"]
    expected = [max(curve) for curve in ((0.5, best, 0.9, 0.99)[: told.epoch] for best in bests)]
    assert told.interval == prediction_interval(expected)
    assert told.deviations == pytest.approx((np.mean(expected) - REACHES["target"]) / np.std(expected, ddof=1))
    short = judge(**NEEDS_10, rnn=[{"val_accuracy": (best,)} for best in bests])
    assert [estimate.kind for estimate in short.estimates] == ["target"]  # one epoch tells nothing of the first nine


def test_times_of_a_claim_are_paired_by_time(judge: Judge) -> None:
    """Seed 0 of the cnn ran last, on a machine that had slowed down by a tenth a pair."""
    start = datetime(2026, 11, 22, tzinfo=UTC)

    def ran(seconds: float, place: int) -> dict[str, Any]:
        return {"train_s": seconds * 1.1**place, "started_at": start + timedelta(hours=place)}

    rnn = [ran(100.0, place) for place in range(5)]
    cnn = [ran(50.0, place) for place in (4, 0, 1, 2, 3)]
    (effect,) = judge(**SLOWER, rnn=rnn, cnn=cnn).effects
    (in_order,) = judge(**SLOWER, rnn=rnn, cnn=[ran(50.0, place) for place in range(5)]).effects
    assert effect.interval == in_order.interval


@pytest.mark.parametrize("claim", [SOONER, SLOWER, FASTER, FEWER], ids=lambda c: c["predicate"])
def test_a_claim_about_the_times_of_deterministic_trials_is_not_tested(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord],
    claim: dict[str, Any],
) -> None:  # fmt: skip
    cases = [make_case(model, deterministic=True) for model in ("lstm", "cnn")]
    trials = zip(cases, (20.0, 60.0), strict=True)
    journals = [make_journal(case, place, first_step_s=None, **trial) for case, epoch_s in trials
                for place, trial in enumerate(seeds(5, LATE, epoch_s))]  # fmt: skip
    selectors = {case.model: Selector(model=case.model, deterministic=True) for case in cases}
    fields = {"id": "one", "statement": "It is.", "case": "lstm", "than": "cnn", **claim}
    stated = PREDICATES[claim["predicate"]](**fields)
    claims = ClaimSet(name="mine", source="A book.", cases=selectors, claims=(stated,))
    (finding,) = judge_claims(claims, [RunJournals(make_run(cases, seeds=range(5)), tuple(journals))])
    if claim is FEWER:
        assert finding.verdict == "refuted"
        assert [estimate.target and estimate.target.median_train_s for estimate in finding.estimates] == [None, None]
        assert [estimate.target and estimate.target.trials for estimate in finding.estimates] == [(), ()]
    else:
        assert finding.verdict == "not tested"
        assert finding.reason == Undecided(UndecidedCode.DETERMINISTIC, {"case": "lstm"})
