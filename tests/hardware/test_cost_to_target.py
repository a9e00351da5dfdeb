from __future__ import annotations

import pytest

from bench.analysis.trial.time_to_target import summarize_target
from bench.hardware.cost_to_target import dollars, joules_to_target
from bench.store.records import StepValidation


def with_energy(journal, *joules):
    epochs = tuple(
        epoch.model_copy(update={"energy_j": energy}) for epoch, energy in zip(journal.epochs, joules, strict=True)
    )
    return journal.model_copy(update={"epochs": epochs})


def cost(journals, target=0.96):
    return joules_to_target(journals, summarize_target(journals, target, 3))


def test_an_hour_costs_its_price():
    assert dollars(3600.0, 0.5) == 0.5
    assert dollars(90.0, 2.0) == pytest.approx(0.05)


@pytest.mark.parametrize(("seconds", "price"), [(None, 1.0), (60.0, None)])
def test_no_time_or_no_price_has_no_cost(seconds, price):
    assert dollars(seconds, price) is None


def test_joules_are_summed_up_to_the_epoch_of_the_hit(make_journal):
    assert cost([with_energy(make_journal("lstm"), 100.0, 110.0, 120.0)]) == 210.0


def test_within_an_epoch_joules_are_shared_by_its_training_seconds(make_journal):
    """The second epoch's validation after 15 of its 60 seconds sees the target: a quarter of its joules are spent."""
    journal = with_energy(make_journal("lstm"), 100.0, 110.0, 120.0)
    within = StepValidation(num_steps=469, train_s=15.0, val_s=1.0, val_loss=0.1, val_accuracy=0.965)
    first, second, third = journal.epochs
    epochs = (first, second.model_copy(update={"validations": (within,)}), third)
    assert cost([journal.model_copy(update={"epochs": epochs})]) == pytest.approx(100 + 110 / 4)


def test_of_three_seeds_the_median_speaks(make_journal):
    journals = [
        with_energy(make_journal("lstm", seed), first, 100.0, 100.0) for seed, first in enumerate((90.0, 70.0, 80.0))
    ]
    assert cost(journals) == 180.0


def test_a_miss_counts_as_later_than_every_hit(make_journal):
    hit = with_energy(make_journal("lstm", 0), 100.0, 100.0, 100.0)
    misses = [with_energy(make_journal("lstm", seed, val_accuracy=(0.1, 0.1, 0.1)), 1.0, 1.0, 1.0) for seed in (1, 2)]
    assert cost([hit, *misses]) is None
    assert cost([hit, misses[0]]) is None  # half of them: the other half of the middle two is not known


def test_an_epoch_without_a_figure_costs_the_sum(make_journal):
    assert cost([with_energy(make_journal("lstm"), 100.0, None, 100.0)]) is None
    assert cost([make_journal("lstm")]) is None


def test_an_epoch_after_the_hit_may_lack_its_figure(make_journal):
    assert cost([with_energy(make_journal("lstm"), 100.0, 110.0, None)]) == 210.0
