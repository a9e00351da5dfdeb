"""Which settings come nearest to a claim: by the ratio of epochs, misses last."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.analysis.run_journals import RunJournals
from bench.claims.neighbours import find_neighbours
from bench.claims.statements import NeedsAtLeast
from bench.plan.case import Case
from bench.store.records import Journal, RunRecord

CLAIM = NeedsAtLeast(
    id="two", statement="It needs ten.", case="cnn", predicate="needs_at_least", target=0.9, at_least_epochs=10
)


@pytest.fixture
def run(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> RunJournals:
    cases = {
        make_case("cnn", epochs=12): 1,
        make_case("cnn", epochs=12, optimizer="sgd"): 5,
        make_case("cnn", epochs=12, train_size=600): 11,
        make_case("cnn", epochs=12, activation="sigmoid", learning_rate=1e-05): None,
        make_case("lstm", epochs=12): 10,
    }
    journals = [
        make_journal(case, val_accuracy=[0.95 if reached and epoch >= reached else 0.5 for epoch in range(1, 13)])
        for case, reached in cases.items()
    ]
    untrained = make_case("cnn", epochs=12, filters=2)
    return RunJournals(make_run([*cases, untrained]), tuple(journals))


def test_the_nearest_setting_of_the_same_network_comes_first_and_a_miss_last(run: RunJournals) -> None:
    found = find_neighbours(CLAIM, run.journals[0].start.case, [run])
    assert [(one.result.median_epochs, one.is_as_claimed) for one in found] == [(11, True), (5, False), (None, False)]
    assert [one.label for one in found] == [
        "cnn · 600 examples",
        "cnn · sgd",
        "cnn · rate 1e-05 · sigmoid",
    ]


def test_a_setting_that_is_nearly_there_when_its_budget_ends_is_later_and_not_last(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    own, nearly, early, never = (
        make_case("cnn", epochs=12, **settings)
        for settings in ({}, {"activation": "sigmoid"}, {"optimizer": "sgd"}, {"filters": 2})
    )
    curves = {nearly: [0.1] * 11 + [0.899], early: [0.5] * 5 + [0.95] * 7, never: [0.1] * 11 + [0.87]}
    journals = tuple(make_journal(case, val_accuracy=curve) for case, curve in curves.items())
    found = find_neighbours(CLAIM, own, [RunJournals(make_run([own, *curves]), journals)])
    assert [(one.case_id, one.best, one.is_as_claimed) for one in found] == [
        (
            nearly.case_id,
            0.899,
            True,
        ),  # it would pass in the 13th epoch, which is nearer to the tenth than the sixth is
        (early.case_id, 0.95, False),
        (never.case_id, 0.87, False),
    ]


def test_a_neighbour_of_two_runs_is_judged_by_its_longer_one_whichever_is_named_first(
    make_case: Callable[..., Case], make_journal: Callable[..., Journal], make_run: Callable[..., RunRecord]
) -> None:
    own, long = make_case("cnn", epochs=12), make_case("cnn", epochs=12, optimizer="sgd")
    short, crashed = (long.model_copy(update={"epochs": epochs}) for epochs in (3, 20))
    runs = [
        RunJournals(make_run([short]), (make_journal(short, run_id="a"),)),
        RunJournals(make_run([crashed]), (make_journal(crashed, status="oom", run_id="b"),)),
        RunJournals(make_run([own, long]), (make_journal(long, val_accuracy=[0.5] * 10 + [0.95] * 2, run_id="c"),)),
    ]
    for order in (runs, runs[::-1]):
        (found,) = find_neighbours(CLAIM, own, order)
        assert (found.result.epoch_budget, found.result.median_epochs, found.is_as_claimed) == (12, 11, True)


def test_settings_that_share_all_but_their_rate_have_names_of_their_own(make_case: Callable[..., Case]) -> None:
    cases = [make_case("cnn", learning_rate=rate) for rate in (1e-3, 1e-5, None)]
    assert len({case.case_id for case in cases}) == 3
