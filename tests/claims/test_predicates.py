"""What a trial says to each predicate, and when it cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bench.claims import predicates
from bench.claims.predicates import Answer
from bench.store.records import Journal

MakeJournal = Callable[..., Journal]
MISS = (0.5, 0.6, 0.7)


@pytest.mark.parametrize(
    ("curve", "status", "answer"),
    [
        ((0.8, 0.9, 0.95), "ok", "holds"),
        ((0.8, 0.85, 0.9), "ok", "fails"),  # in the third epoch, of two allowed
        (MISS, "ok", "fails"),
        ((0.5,), "ok", "open"),  # its budget ended before
        ((0.5,), "oom", None),
        ((0.5, 0.6), "oom", "fails"),  # it crashed after the two epochs that were allowed
        ((0.8, 0.9), "oom", "holds"),
        ((None,), "diverged", "fails"),
    ],
)
def test_reaching_within_two_epochs(
    make_journal: MakeJournal, curve: Sequence[float], status: str, answer: Answer
) -> None:
    assert predicates.reaches(make_journal(val_accuracy=curve, status=status), 0.9, 2) == answer


@pytest.mark.parametrize(
    ("curve", "status", "answer"),
    [
        ((0.5, 0.6, 0.9), "ok", "holds"),
        ((0.5, 0.9, 0.95), "ok", "fails"),
        (MISS, "ok", "holds"),
        ((0.5, 0.6), "ok", "holds"),  # not passed in two epochs, so in the third at the earliest
        ((0.5,), "ok", "open"),
        ((0.5,), "killed", None),
        ((None,), "diverged", "holds"),  # it never passes
    ],
)
def test_needing_at_least_three_epochs(
    make_journal: MakeJournal, curve: Sequence[float], status: str, answer: Answer
) -> None:
    assert predicates.needs_at_least(make_journal(val_accuracy=curve, status=status), 0.9, 3) == answer


@pytest.mark.parametrize(
    ("curve", "status", "answer"),
    [
        ((0.11, 0.11, 0.5), "ok", "holds"),  # the third epoch is beyond the two that are asked about
        ((0.11, 0.2), "ok", "fails"),
        ((0.11,), "ok", "open"),
        ((0.11,), "oom", None),
        ((0.5,), "oom", "fails"),
        ((None,), "diverged", "holds"),
        ((0.11,), "diverged", "holds"),
    ],
)
def test_staying_below_a_fifth_for_two_epochs(
    make_journal: MakeJournal, curve: Sequence[float], status: str, answer: Answer
) -> None:
    assert predicates.stays_below(make_journal(val_accuracy=curve, status=status), 0.2, 2) == answer


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ((0.9, 0.9), (0.5, 0.9), "holds"),
        ((0.5, 0.9), (0.9, 0.9), "fails"),
        ((0.9, 0.9), (0.9, 0.9), "fails"),  # as early is not earlier
        ((0.5, 0.9), (0.5, 0.5), "holds"),  # the other had missed in as many epochs
        ((0.5, 0.5, 0.9), (0.5,), "open"),  # the other might have come there in its second
        ((0.5, 0.5), (0.5, 0.9), "fails"),
        ((0.5, 0.5), (0.5, 0.5, 0.9), "fails"),  # in its third at the earliest, so not before the other
        ((0.5,), (0.5, 0.5, 0.9), "open"),
        ((0.5, 0.5), (0.5, 0.5), "open"),
    ],
)
def test_fewer_epochs_with_both_sides_possibly_censored(
    make_journal: MakeJournal, a: Sequence[float], b: Sequence[float], answer: Answer
) -> None:
    sides = make_journal("lstm", val_accuracy=a), make_journal("cnn", val_accuracy=b)
    assert predicates.needs_fewer_epochs(*sides, 0.9) == answer


HIT, SHORT = {"val_accuracy": (0.5, 0.5, 0.9)}, {"val_accuracy": (0.5,)}
DIVERGED, CRASHED = {"val_accuracy": (None,), "status": "diverged"}, {"val_accuracy": (0.5,), "status": "oom"}


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (HIT, DIVERGED, "holds"),  # a diverged miss is later than any hit, however early it ended
        (DIVERGED, HIT, "fails"),
        (DIVERGED, SHORT, "fails"),  # it never comes, so not before the other
        (SHORT, DIVERGED, "open"),
        (DIVERGED, DIVERGED, "fails"),
        (CRASHED, HIT, None),
        (HIT, CRASHED, None),
        (CRASHED, SHORT, None),
        (DIVERGED, CRASHED, "fails"),
    ],
)
def test_a_diverged_trial_never_comes_there_and_a_crashed_one_does_not_tell(
    make_journal: MakeJournal, a: dict[str, Any], b: dict[str, Any], answer: Answer
) -> None:
    sides = make_journal("lstm", **a), make_journal("cnn", **b)
    assert predicates.needs_fewer_epochs(*sides, 0.9) == answer
    assert predicates.seconds_to_target([sides], 0.9) == ([], [], [answer])


def test_seconds_are_kept_of_the_pairs_that_both_came_there_and_the_order_of_all_that_tell(
    make_journal: MakeJournal,
) -> None:
    first, hit, miss = (0.9, 0.9), (0.5, 0.9), (0.5, 0.5)
    pairs = [
        (make_journal(val_accuracy=hit, train_s=5.0), make_journal(val_accuracy=hit, train_s=20.0)),
        (make_journal(val_accuracy=hit, train_s=5.0), make_journal(val_accuracy=miss, train_s=20.0)),
        (make_journal(val_accuracy=hit, train_s=20.0), make_journal(val_accuracy=miss, train_s=20.0)),
        (make_journal(val_accuracy=hit, train_s=25.0), make_journal(val_accuracy=miss, train_s=20.0)),
        (make_journal(val_accuracy=miss, train_s=10.0), make_journal(val_accuracy=hit, train_s=7.5)),
        (make_journal(val_accuracy=miss, train_s=10.0), make_journal(val_accuracy=hit, train_s=12.5)),
        (make_journal(val_accuracy=miss), make_journal(val_accuracy=miss)),
        # Within the first epoch: at some time before its end.
        (make_journal(val_accuracy=first, train_s=10.0), make_journal(val_accuracy=hit, train_s=20.0)),
        (make_journal(val_accuracy=first, train_s=10.0), make_journal(val_accuracy=first, train_s=20.0)),
        (make_journal(val_accuracy=hit, train_s=20.0), make_journal(val_accuracy=first, train_s=50.0)),
    ]
    answers = ["holds", "holds", "holds", "open", "fails", "open", "open", "holds", "open", "open"]
    assert predicates.seconds_to_target(pairs, 0.9) == ([10.0], [40.0], answers)


def test_an_epoch_that_a_side_lacks_makes_no_pair(make_journal: MakeJournal) -> None:
    pairs = [
        (make_journal(val_accuracy=(0.5, 0.6)), make_journal(val_accuracy=(0.7, 0.8))),
        (make_journal(val_accuracy=(0.5,)), make_journal(val_accuracy=(0.7, 0.8))),
        (make_journal(val_accuracy=(0.5, None)), make_journal(val_accuracy=(0.7, 0.8))),
    ]
    assert predicates.accuracy_lead(pairs, 2) == ([0.6], [0.8])


def test_a_trial_that_diverged_counts_as_one_that_learned_nothing_and_is_not_left_out(
    make_journal: MakeJournal,
) -> None:
    diverged = make_journal(val_accuracy=(0.5,), status="diverged")
    crashed = make_journal(val_accuracy=(0.5,), status="oom")
    other = make_journal("cnn", val_accuracy=(0.7, 0.8))
    assert predicates.accuracy_lead([(diverged, other), (crashed, other)], 2) == ([0.0], [0.8])


def test_within_its_own_seconds_a_trial_has_its_last_epoch(make_journal: MakeJournal) -> None:
    accuracies = tuple(0.1 + 0.01 * epoch for epoch in range(12))
    journal = make_journal(val_accuracy=accuracies, train_s=0.1)  # whose sum depends on how it is added up
    elapsed = predicates.elapsed_train_s(journal)
    assert [predicates.accuracy_within(journal, limit_s) for limit_s in elapsed] == pytest.approx(list(accuracies))
    assert predicates.accuracy_within(journal, elapsed[0] / 2) is None
