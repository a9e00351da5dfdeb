"""Validation within an epoch: what it adds to the time to a target, to curves and to the ledger."""

from dataclasses import replace

import pytest

from bench.analysis.accuracy_curves import summarize_curve
from bench.analysis.trial.ledger import trial_ledger
from bench.analysis.trial.time_to_target import TargetTime, summarize_target, time_to_target
from bench.analysis.trial.validations import Validation, validations
from bench.store.records import StepValidation

TRIAL_ID = "lstm-mnist-b32-float32-cpu-s0"


@pytest.fixture
def make_validated(make_journal):
    """Return what makes a trial of two epochs of 100 s and 1,875 steps, validated after steps 500 and 1,000 of each."""

    def make(*within, seed=0, ends=(0.93, 0.97)):
        journal = make_journal(seed=seed, val_accuracy=ends, train_s=100.0)
        epochs = [
            epoch.model_copy(
                update={
                    "num_steps": 1875,
                    "num_examples": 60_000,
                    "validations": tuple(
                        StepValidation(num_steps=steps, train_s=steps / 20, val_s=4.0, val_loss=1.0, val_accuracy=value)
                        for steps, value in zip((500, 1000), values, strict=True)
                    ),
                }
            )
            for epoch, values in zip(journal.epochs, within, strict=True)
        ]
        return journal.model_copy(update={"epochs": tuple(epochs)})

    return make


def test_each_validation_has_its_place_in_the_whole_training(make_validated):
    journal = make_validated((0.5, 0.9), (0.94, None))
    assert list(validations(journal)) == [
        Validation(500 / 1875, 25.0, 16_000, 0.5),
        Validation(1000 / 1875, 50.0, 32_000, 0.9),
        Validation(1.0, 100.0, 60_000, 0.93),
        Validation(1 + 500 / 1875, 125.0, 76_000, 0.94),
        Validation(1 + 1000 / 1875, 150.0, 92_000, None),
        Validation(2.0, 200.0, 120_000, 0.97),
    ]
    assert [one.epoch for one in validations(journal)] == [1, 1, 1, 2, 2, 2]


def test_the_time_to_a_target_is_that_of_the_first_validation_that_reaches_it(make_validated):
    journal = make_validated((0.5, 0.9), (0.94, 0.96))
    assert time_to_target(journal, 0.9) == TargetTime(TRIAL_ID, 0, "hit", 1, 50.0, since_s=25.0)
    assert time_to_target(journal, 0.94) == TargetTime(TRIAL_ID, 0, "hit", 2, 125.0, since_s=100.0)
    assert time_to_target(journal, 0.97) == TargetTime(TRIAL_ID, 0, "hit", 2, 200.0, since_s=150.0)
    assert time_to_target(journal, 0.99) == TargetTime(TRIAL_ID, 0, "miss", 2, 200.0, since_s=200.0)


def test_only_what_the_very_first_validation_finds_is_a_bound(make_validated):
    journal = make_validated((0.5, 0.9), (0.94, 0.96))
    assert time_to_target(journal, 0.5) == TargetTime(TRIAL_ID, 0, "hit", 1, 25.0, is_bound=True)
    results = {
        target: summarize_target([journal, make_validated((0.5, 0.9), (0.9, 0.9), seed=1)], target, 2)
        for target in (0.5, 0.9)
    }
    assert (results[0.5].is_bound, results[0.5].is_expected_bound) == (True, True)
    assert (results[0.9].is_bound, results[0.9].is_expected_bound, results[0.9].median_train_s) == (False, False, 50.0)


def test_a_first_validation_without_a_figure_was_a_look_all_the_same(make_validated):
    assert not time_to_target(make_validated((None, 0.9), (0.9, 0.9)), 0.9).is_bound


def test_a_curve_has_them_and_its_epochs_are_as_without(make_validated, make_journal):
    within = summarize_curve([make_validated((0.5, 0.9), (0.94, 0.96))])
    without = summarize_curve([make_journal(val_accuracy=(0.93, 0.97))])
    assert [point.val_accuracy for point in within.points] == [point.val_accuracy for point in without.points]
    assert (len(within.seeds[0].validations), len(without.seeds[0].validations)) == (6, 2)


def test_its_seconds_are_validation_in_the_ledger(make_validated):
    with_them = trial_ledger(make_validated((0.5, 0.9), (0.94, 0.96)))
    # Two epochs' 3 s at the end, and 4 s four times within.
    assert with_them.val_s == 2 * 3.0 + 4 * 4.0
    assert replace(with_them, ending_s=0.0).train_s == 200.0
