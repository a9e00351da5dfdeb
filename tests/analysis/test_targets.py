"""Targets are those asked for that the largest class alone does not reach, and the first of them is the primary one."""

from __future__ import annotations

import pytest

from bench.analysis.targets import choose_targets, largest_class_accuracy
from bench.analysis.trial.time_to_target import TARGET_SWEEP


def with_largest_class(journal, accuracy):
    data = journal.start.data.model_copy(update={"majority_accuracy": accuracy})
    return journal.model_copy(update={"start": journal.start.model_copy(update={"data": data})})


@pytest.fixture
def journals_of(make_journal):
    """Return what makes a journal for each accuracy of always answering the largest class."""

    def make(*accuracies):
        return [with_largest_class(make_journal("cnn", seed), one) for seed, one in enumerate(accuracies)]

    return make


def test_the_first_that_was_asked_for_is_primary_whatever_the_order():
    chosen = choose_targets([0.98, 0.9, 0.98], (0.5,), [])
    assert (chosen.wanted, chosen.primary) == ((0.9, 0.98), 0.98)


def test_the_suites_stand_in_for_none_asked_for_and_the_usual_ones_for_the_suites():
    assert choose_targets(None, (0.95, 0.9), []).primary == 0.95
    usual = choose_targets(None, (), [])
    assert (usual.wanted, usual.primary) == (TARGET_SWEEP, 0.9)


def test_a_primary_that_the_largest_class_reaches_gives_way_to_the_next(journals_of):
    chosen = choose_targets([0.9, 0.98, 0.97], None, journals_of(0.96, 0.96))
    assert (chosen.wanted, chosen.sweep, chosen.primary) == ((0.97, 0.98), (0.97, 0.98, 0.99), 0.98)


def test_where_none_is_left_the_one_halfway_to_1_is_primary(journals_of):
    chosen = choose_targets([0.9], None, journals_of(0.995))
    assert (chosen.wanted, chosen.primary) == ((0.998,), 0.998)


def test_only_an_accuracy_that_all_trials_share_is_the_runs(journals_of):
    assert largest_class_accuracy(journals_of(0.4, 0.4)) == 0.4
    assert largest_class_accuracy(journals_of(0.4, 0.5)) is None
    assert largest_class_accuracy([]) is None
