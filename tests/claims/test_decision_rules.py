"""Verdicts: the smallest n that may speak, and how often each verdict is wrong at the border."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from bench.analysis.statistics.interval import wilson_interval
from bench.analysis.statistics.sample_size import more_to_decide
from bench.claims.decision_rules import judge_effects, judge_most, more_for_effects, p_of_effects
from tests.draws import draws


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("holds", [True, False])
def test_fewer_than_five_seeds_decide_nothing_however_few_are_asked_for(n: int, holds: bool) -> None:
    judgement = judge_most([holds] * n, min_seeds=1)
    assert (judgement.verdict, judgement.num_more) == ("inconclusive", None)


def test_five_of_five_support_and_none_of_five_refutes() -> None:
    assert judge_most([True] * 5, 5).verdict == "supported"
    refuted = judge_most([False] * 5, 5)
    assert (refuted.verdict, refuted.num_more) == ("refuted", None)
    assert refuted.effect is not None
    assert (refuted.effect.value, refuted.effect.low) == (0.0, 0.0)


def test_a_claim_may_ask_for_more_seeds_than_the_test_needs() -> None:
    assert (judge_most([True] * 5, 8).verdict, judge_most([True] * 5, 8).num_more) == ("inconclusive", None)


def test_an_even_split_stays_open_and_no_number_of_seeds_is_promised() -> None:
    judgement = judge_most([True, False] * 4, 5)
    assert (judgement.verdict, judgement.num_more) == ("inconclusive", None)


@pytest.mark.parametrize("n", [5, 6, 8, 11, 17, 30])
def test_nothing_is_decided_where_wilsons_interval_holds_one_half(n: int) -> None:
    for hits in range(n + 1):
        judgement = judge_most([place < hits for place in range(n)], 5)
        assert judgement.effect is not None
        assert judgement.verdict == "inconclusive" or judgement.effect.excludes(0.5)


@pytest.mark.parametrize(
    ("hits", "misses", "num_open", "verdict"),
    [
        (5, 0, 5, "inconclusive"),  # 5 of 10, or 10 of 10
        (0, 5, 15, "inconclusive"),  # 0 of 20, or 15 of 20
        (18, 0, 2, "supported"),  # 18 of 20 at the least
        (0, 18, 2, "refuted"),  # 2 of 20 at the most
    ],
)
def test_a_verdict_holds_however_the_seeds_that_cannot_tell_would_have_ended(
    hits: int, misses: int, num_open: int, verdict: str
) -> None:
    judgement = judge_most([True] * hits + [False] * misses, 5, num_open)
    assert (judgement.verdict, judgement.num_open) == (verdict, num_open if verdict == "inconclusive" else 0)
    n = hits + misses + num_open
    lowest, highest = wilson_interval(hits, n), wilson_interval(hits + num_open, n)
    assert lowest is not None and highest is not None and judgement.effect is not None  # noqa: PT018 - for mypy
    assert (judgement.effect.value, judgement.effect.n) == (hits / n, n)
    assert (judgement.effect.low, judgement.effect.high) == (lowest.low, highest.high)


def test_no_further_seeds_are_promised_where_as_many_may_be_unable_to_tell() -> None:
    judgement = judge_most([True] * 5 + [False] * 5, 5, num_open=1)
    assert (judgement.verdict, judgement.num_more, judgement.num_open) == ("inconclusive", None, 0)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("n", [5, 8, 12, 20])
def test_a_statement_that_only_one_outcome_can_tell_of_is_not_decided_by_those_seeds_alone(n: int, told: bool) -> None:
    """It holds on half of all seeds, and those of the other outcome end too early to tell; all cases are counted."""
    wrong = 0.0
    for count in range(n + 1):
        verdict = judge_most([told] * count, 5, num_open=n - count).verdict
        wrong += (verdict in {"supported", "refuted"}) * float(scipy.stats.binom.pmf(count, n, 0.5))
    assert wrong <= 0.05


def test_no_seed_at_all_is_no_test() -> None:
    assert judge_most([], 5).verdict == "not tested"
    assert judge_most([], 5, num_open=5).verdict == "not tested"
    assert judge_effects([], 5) == "not tested"
    assert judge_effects([[]], 5) == "not tested"
    assert judge_effects([[1.0, 1.1, 0.9, 1.2, 0.8], []], 5) == "not tested"


@pytest.mark.parametrize("n", [*range(1, 13), 20, 50])
def test_a_statement_that_holds_on_half_of_all_seeds_is_called_supported_or_refuted_in_one_of_twenty_each(
    n: int,
) -> None:
    """All outcomes are counted with their exact probabilities: nothing is left to a simulation's luck."""
    wrong = {"supported": 0.0, "refuted": 0.0, "inconclusive": 0.0}
    for hits in range(n + 1):
        verdict = judge_most([True] * hits + [False] * (n - hits), min_seeds=1).verdict
        wrong[verdict] += float(scipy.stats.binom.pmf(hits, n, 0.5))
    assert wrong["supported"] <= 0.05
    assert wrong["refuted"] <= 0.05


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_no_difference_is_called_one_in_one_of_twenty(n: int) -> None:
    experiments = np.random.default_rng(n).normal(size=(3_000, n))
    verdicts = [judge_effects([values], min_seeds=1) for values in experiments]
    decided = np.mean([verdict != "inconclusive" for verdict in verdicts])
    assert decided <= 0.06
    assert decided == 0 if n == 1 else decided > 0.03


def test_a_difference_of_two_deviations_is_found_by_eight_seeds_in_nineteen_of_twenty() -> None:
    experiments = np.random.default_rng(2).normal(loc=2.0, size=(500, 8))
    assert np.mean([judge_effects([v], 5) == "supported" for v in experiments]) >= 0.95


def _values(mean: float, spread: float, n: int = 5) -> list[float]:
    """Return n values about a mean, the outermost `spread` from it."""
    return [mean + spread * (2 * place / (n - 1) - 1) for place in range(n)]


@pytest.mark.parametrize(
    ("distances", "verdict"),
    [
        ([_values(1.0, 0.5)], "supported"),
        ([_values(-1.0, 0.5)], "refuted"),
        ([_values(1.0, 2.0)], "inconclusive"),
        ([_values(1.0, 0.0)], "inconclusive"),
        ([_values(1.0, 0.5, n=4)], "inconclusive"),
        ([_values(1.0, 0.5), _values(2.0, 0.5)], "supported"),
        ([_values(-1.0, 0.5), _values(-2.0, 0.5)], "refuted"),  # all below, each by its own interval
        ([_values(1.0, 0.5), _values(2.0, 3.0)], "inconclusive"),
        ([_values(1.0, 0.5), _values(-2.0, 0.5)], "refuted"),  # one clearly below contradicts "each"
        ([_values(1.0, 0.0), _values(-2.0, 0.5)], "refuted"),
        ([_values(1.0, 0.5, n=3), _values(-2.0, 0.5)], "refuted"),
        # Of two effects each has half the error: t(4) is 3.495 at 97.5 %, and t is 3.536 and 3.492 here.
        ([_values(1.0, 0.5), _values(-1.0, 0.8)], "refuted"),
        ([_values(1.0, 0.5), _values(-1.0, 0.81)], "inconclusive"),
        ([_values(1.0, 0.5), _values(-2.0, 0.5, n=3)], "inconclusive"),
    ],
)
def test_all_effects_must_be_above_and_one_clearly_below_refutes(distances: list[list[float]], verdict: str) -> None:
    assert judge_effects(distances, 5) == verdict


@pytest.mark.parametrize(("n", "shared"), [(5, 0.0), (5, 0.7), (9, 0.0)])
def test_three_epochs_without_a_difference_are_called_one_in_one_of_twenty(n: int, shared: float) -> None:
    generator = np.random.default_rng(n)
    noise, common = generator.normal(size=(draws(4_000), 3, n)), generator.normal(size=(draws(4_000), 1, n))
    effects = math.sqrt(1 - shared) * noise + math.sqrt(shared) * common
    verdicts = [judge_effects(list(effect), 5) for effect in effects]
    assert 0.01 < verdicts.count("refuted") / len(verdicts) <= 0.05
    assert verdicts.count("supported") / len(verdicts) <= 0.05


def test_one_seed_decides_nothing_even_where_one_is_asked_for() -> None:
    assert judge_effects([[1.0]], min_seeds=1) == "inconclusive"


def test_further_seeds_are_those_of_the_effect_that_takes_most() -> None:
    clear, near, none = [1.0, 1.1, 0.9, 1.0, 1.05], [0.9, -0.2, 0.5, 1.3, 0.2, -0.1], [-1.0, 1.0, -0.9, 0.9, 0.1]
    assert more_for_effects([clear]) is None  # decided, so nothing is lacking
    assert more_for_effects([clear, near]) == more_for_effects([near]) == more_to_decide(near)
    assert more_to_decide(near) is not None
    assert more_for_effects([near, none]) is None


def test_a_shares_p_value_is_two_sided_and_the_worst_that_open_seeds_allow() -> None:
    assert judge_most([True] * 5, 5).p_value == pytest.approx(2 / 32)
    assert judge_most([False] * 9 + [True], 5).p_value == pytest.approx(2 * 11 / 1024)
    assert judge_most([True] * 18, 5, num_open=2).p_value == pytest.approx(2 * 211 / 2**20)  # 18 of 20: 1 + 20 + 190
    assert judge_most([True] * 4, 5, num_open=4).p_value == 1.0


def test_a_shares_error_is_how_often_one_half_is_decided() -> None:
    assert judge_most([True] * 5, 5).error == pytest.approx(2 / 32)
    assert judge_most([True, False] * 4, 5).error == pytest.approx(2 * 9 / 256)  # 7 or 8 of 8, or 0 or 1
    assert judge_most([True] * 4, 5).error == 0.0
    assert judge_most([True] * 5, 8).error == 0.0


def test_the_p_value_of_several_effects_is_of_the_weakest_or_of_one_that_contradicts() -> None:
    strong, weak = [1.0, 1.1, 0.9, 1.05, 0.95], [0.2, 1.1, 0.9, 1.05, 0.95]
    against = [-value for value in strong]
    assert p_of_effects([strong, weak]) == pytest.approx(scipy.stats.ttest_1samp(weak, 0.0).pvalue)
    assert p_of_effects([strong, against]) == pytest.approx(2 * scipy.stats.ttest_1samp(strong, 0.0).pvalue)
    assert p_of_effects([[0.5] * 5]) == 1.0
