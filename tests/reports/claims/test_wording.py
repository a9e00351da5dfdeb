"""Sentences about verdicts: what a reader is told of each kind of figure and reason."""

from __future__ import annotations

import pytest

from bench.analysis.statistics.interval import Interval
from bench.analysis.statistics.sample_size import More
from bench.analysis.trial.time_to_target import TargetResult
from bench.claims.estimates import SideEstimate
from bench.claims.evidence import Undecided, UndecidedCode
from bench.claims.findings import Effect, Finding
from bench.claims.neighbours import Neighbour
from bench.claims.statements import PREDICATES, Claim
from bench.reports.claims.wording import (
    _REASONS,
    word_effect,
    word_estimate,
    word_needs,
    word_neighbours,
    word_reason,
    word_target,
)


def _claim(predicate: str, **keys: object) -> Claim:
    return PREDICATES[predicate](id="one", statement="It is.", case="rnn", predicate=predicate, **keys)  # type: ignore[arg-type]


REACHES = _claim("reaches", target=0.9, within_epochs=3)
SOONER = _claim("sooner", than="cnn", target=0.9)


@pytest.mark.parametrize(
    ("claim", "effect", "sentence"),
    [
        (REACHES, Effect("share", Interval(0.8, 0.376, 0.964, 5, "wilson")),
         "holds for 4 of 5 seeds (38 % … 96 % of all, 95 % interval)"),
        (REACHES, Effect("share", Interval(1.0, 0.207, 1.0, 1, "wilson")),
         "holds for 1 of 1 seed (21 % … 100 % of all, 95 % interval)"),
        (REACHES, Effect("share", Interval(0.5, 0.24, 1.0, 10, "wilson"), num_open=5),
         "holds for 5 of 10 seeds and undecided for 5 (24 % … 100 % of all, 95 % interval)"),
        (_claim("ahead_per_epoch", than="cnn", after_epochs=(2,)),
         Effect("difference", Interval(-0.03, -0.04, -0.02, 5, "t"), 2),
         "after epoch 2 rnn is behind cnn by 3.00 pp (2.00 pp … 4.00 pp), 95 % interval (t) over 5 seeds"),
        (_claim("ahead_per_epoch", than="cnn", after_epochs=(2,)),
         Effect("difference", Interval(0.01, -0.02, 0.04, 5, "t"), 2),
         "after epoch 2 rnn is ahead of cnn by 1.00 pp (−2.00 pp … 4.00 pp), 95 % interval (t) over 5 seeds"),
        (SOONER, Effect("ratio", Interval(2.0, 1.6, 2.5, 5, "t")),
         "rnn gets there 2.00× (1.60× … 2.50×) faster than cnn, 95 % interval (t) over 5 seeds"),
        (SOONER, Effect("ratio", Interval(0.25, 0.2, 0.5, 5, "t")),
         "cnn gets there 4.00× (2.00× … 5.00×) faster than rnn, 95 % interval (t) over 5 seeds"),
        (_claim("slower", than="cnn", factor=2.0), Effect("ratio", Interval(1.5, None, None, 1, "none")),
         "an epoch of rnn takes 1.50× as long as one of cnn, one value, so no range"),
        (_claim("ahead_per_epoch", than="cnn", after_epochs=(2,)),
         Effect("difference", Interval(0.01, None, None, 5, "none"), 2),
         "after epoch 2 rnn is ahead of cnn by 1.00 pp, equal values, so no interval"),
        (_claim("faster", than="cnn"), Effect("ratio", Interval(0.5, 0.4, 0.6, 5, "t")),
         "rnn trains 0.50× (0.40× … 0.60×) as many examples per second as cnn, 95 % interval (t) over 5 seeds"),
    ],
)  # fmt: skip
def test_an_effect_is_told_with_its_interval_and_seeds(claim: Claim, effect: Effect, sentence: str) -> None:
    assert word_effect(effect, claim) == sentence


def _target(**changes: object) -> TargetResult:
    fields: dict[str, object] = {
        "target": 0.9, "epoch_budget": 10, "hits": 5, "num_trials": 5, "num_crashed": 0, "hit_rate": None,
        "median_epochs": 1.0, "median_train_s": 61.0, "expected_epochs": 1.0, "expected_train_s": 61.0, "trials": (),
    }  # fmt: skip
    return TargetResult(**(fields | changes))  # type: ignore[arg-type]


def test_a_target_is_told_by_hits_and_median_or_as_beyond_the_budget() -> None:
    assert word_target(_target()) == "5 of 5 reach 90 %, the median after 1 epoch and 61.0 s of training"
    missed = _target(hits=1, median_epochs=None, median_train_s=None, num_crashed=2)
    assert word_target(missed) == (
        "1 of 5 reach 90 % within 10 epochs, and the median is not reached, 2 crashed before"
    )
    short = _target(hits=0, epoch_budget=1, median_epochs=None, median_train_s=None)
    assert word_target(short) == "0 of 5 reach 90 % within 1 epoch, and the median is not reached"
    crashed = _target(hits=0, num_trials=0, num_crashed=5, median_epochs=None)
    assert word_target(crashed) == "no value, 5 crashed before"


def test_several_budgets_are_both_told_and_a_median_in_seconds_only_where_there_is_one() -> None:
    missed = _target(hits=1, median_epochs=None, median_train_s=None)
    assert word_target(missed, 3) == "1 of 5 reach 90 % within 3 to 10 epochs, and the median is not reached"
    assert word_target(missed, 10) == "1 of 5 reach 90 % within 10 epochs, and the median is not reached"
    assert (
        word_estimate(SideEstimate("rnn", "target", target=missed, shortest_budget=3))
        == f"rnn: {word_target(missed, 3)}"
    )
    assert (
        word_target(_target(median_epochs=8.0, median_train_s=None)) == "5 of 5 reach 90 %, the median after 8 epochs"
    )


def test_a_figure_is_told_with_its_unit() -> None:
    interval = Interval(60.0, 59.0, 61.0, 5, "range")
    assert word_estimate(SideEstimate("rnn", "steady_epoch_s", interval)) == (
        "rnn: 60.0 (59.0 … 61.0) s of training per epoch, steady, smallest to largest of 5 seeds"
    )
    assert word_estimate(SideEstimate("rnn", "throughput", Interval(1034.0, None, None, 1, "none"))).startswith(
        "rnn: 1,034 training examples per second"
    )
    assert "validation accuracy 98.11 % after epoch 3" in word_estimate(
        SideEstimate("rnn", "val_accuracy", Interval(0.9811, None, None, 1, "none"), epoch=3)
    )
    assert word_estimate(SideEstimate("rnn", "throughput")) == "rnn: no value"
    assert word_estimate(SideEstimate("rnn", "throughput", num_crashed=5)) == "rnn: no value, 5 crashed before"
    assert word_estimate(SideEstimate("rnn", "throughput", interval, num_crashed=3)) == (
        "rnn: 60.0 (59.0 … 61.0) training examples per second, steady, smallest to largest of 5 seeds, 3 crashed before"
    )


def test_every_reason_has_words_and_says_how_many_more_seeds_would_tell() -> None:
    assert set(_REASONS) == set(UndecidedCode)
    few = Undecided(UndecidedCode.FEW_SEEDS, {"num_seeds": 2, "min_seeds": 5})
    assert word_reason(few) == "2 of the 5 seeds that it needs"
    undecided = Undecided(UndecidedCode.OPEN, {"num_seeds": 9})
    assert word_reason(undecided, More(12, 4, 160)) == (
        "inconclusive with 9 seeds; 12 more seeds (4 to 160) would decide"
    )
    assert word_reason(Undecided(UndecidedCode.OPEN, {"num_seeds": 1_000})) == "inconclusive with 1,000 seeds"


@pytest.mark.parametrize(
    ("code", "data", "sentence"),
    [
        (UndecidedCode.NO_FIGURE, {"num_trials": 10, "num_crashed": 5},
         "no seed has an answer, and 5 of 10 trials crashed; see the report's failures, or raise --epochs if a budget "
         "ends too early"),
        (UndecidedCode.SHORT_BUDGET, {"num_open": 5, "num_seeds": 10},
         "the budgets of 5 of 10 seeds end too early, and those seeds would decide; raise --epochs"),
        (UndecidedCode.DATA_DIFFERS, {"dataset": "mine.npz", "num_checksums": 2},
         "data set mine.npz had 2 different contents across trials; delete the odd copies and train again"),
    ],
)  # fmt: skip
def test_a_reason_says_what_to_do(code: UndecidedCode, data: dict[str, str | int], sentence: str) -> None:
    assert word_reason(Undecided(code, data)) == sentence


def _finding(*neighbours: Neighbour) -> Finding:
    claim = _claim("needs_at_least", target=0.9, at_least_epochs=10)
    return Finding(claim, "refuted", neighbours=neighbours)


def test_the_nearest_setting_is_named_or_that_there_is_none() -> None:
    late = Neighbour("a", "cnn · sgd", _target(median_epochs=11.0, num_trials=1), 0.91, is_as_claimed=True)
    early = Neighbour("b", "cnn · unscaled", _target(median_epochs=1.0), 0.98, is_as_claimed=False)
    never = Neighbour("c", "cnn · sigmoid", _target(hits=0, median_epochs=None), 0.11, is_as_claimed=False)
    assert word_neighbours(_finding(late, early)) == (
        "2 other settings were tried. These reach the target as late as claimed, nearest first: cnn · sgd (11 "
        "epochs). The nearest has one seed: train it again with --seeds 5 before you rely on it."
    )
    assert word_neighbours(_finding(early, never)) == (
        "2 other settings were tried; none reaches the target as late as claimed. The nearest is cnn · unscaled "
        "(1 epoch)."
    )
    nearly = Neighbour("d", "cnn · sgd", _target(hits=0, num_trials=1, median_epochs=None), 0.899, is_as_claimed=True)
    assert word_neighbours(_finding(nearly, never)).startswith(
        f"2 other settings were tried. These reach the target as late as claimed, nearest first: cnn · sgd (not within "
        f"{nearly.result.epoch_budget} epochs, where it reaches 89.90 %). The nearest has one seed"
    )
    assert word_neighbours(_finding(never)) == "1 other setting was tried; none reaches the target."
    assert word_neighbours(_finding()) == ""


def test_what_a_claim_needs_is_told() -> None:
    assert word_needs(REACHES) == "at least 5 seeds, all examples of the data set"
    assert word_needs(_claim("reaches", target=0.9, within_epochs=3, min_seeds=1, full_data=False)) == (
        "at least 1 seed, any part of the data set"
    )


def test_what_the_next_seed_will_reach_stands_for_the_share_that_passed() -> None:
    claim = PREDICATES["reaches"](  # type: ignore[call-arg]
        id="c", statement="It passes.", predicate="reaches", case="rnn", target=0.9, within_epochs=3
    )
    share = Effect("share", Interval(1.0, 0.5655, 1.0, 5, "wilson"))
    told = SideEstimate("rnn", "next_seed", Interval(0.95, 0.925, 0.975, 5, "prediction"), epoch=3, deviations=6.04)
    assert word_effect(share, claim) == "holds for 5 of 5 seeds (57 % … 100 % of all, 95 % interval)"
    assert word_effect(share, claim, [told]) == (
        "holds for 5 of 5 seeds; the next seed's best accuracy at any validation by epoch 3: 92.50 % … 97.50 % (95 % "
        "prediction)"
    )
    assert word_estimate(told) == (
        "rnn: the next seed's best accuracy at any validation by epoch 3 95.00 % (92.50 % … 97.50 %), 6.0 standard "
        "deviations above what the claim names, 95 % prediction interval (t) over 5 seeds"
    )


@pytest.mark.parametrize(
    ("num_in_turns", "ending"), [(None, "seeds"), (5, "seeds, in turns"), (0, "seeds, not in turns")]
)
def test_a_ratio_says_whether_it_was_measured_in_turns(num_in_turns: int | None, ending: str) -> None:
    effect = Effect("ratio", Interval(2.0, 1.5, 2.5, 5, "sign-flip"), num_in_turns=num_in_turns)
    assert word_effect(effect, SOONER).endswith(ending)
