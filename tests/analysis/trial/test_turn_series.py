"""A trial's turns as its journal has them, and what those of two trials say of their speeds."""

import pytest

from bench.analysis.trial.throughput import fit_throughput, steady_throughput
from bench.analysis.trial.trial_summary import summarize_trial
from bench.analysis.trial.turn_series import (
    MIN_TURNS,
    both_there,
    collect_turns,
    shared_turns,
    turns_factor,
    turns_factors,
)
from bench.plan.case import Case
from bench.store.records import EpochTurns


def turns(*numbers):
    n = len(numbers)
    return EpochTurns(numbers=numbers, seconds=(0.1,) * n, steps=(4,) * n, examples=(128,) * n, waited_s=0.5)


def test_the_turns_of_all_epochs_are_one_series(make_journal):
    epochs = make_journal().epochs
    with_turns = [epochs[0].model_copy(update={"turns": turns(3, 5)}), epochs[1].model_copy(update={"turns": turns(9)})]
    series = collect_turns([*with_turns, epochs[2]])
    assert (series.numbers, series.seconds, series.examples) == ([3, 5, 9], [0.1] * 3, [128] * 3)


def test_a_trial_that_had_the_machine_to_itself_has_none(make_journal):
    assert collect_turns(make_journal().epochs).numbers == []


@pytest.fixture
def lstm_and_cnn(make_journal):
    """An lstm and a cnn whose throughputs, over all they trained, are alike."""
    return make_journal("lstm"), make_journal("cnn")


def steady(journal):
    return steady_throughput(journal.start.case, journal.epochs)


def test_the_ratio_of_two_throughputs_becomes_that_of_the_turns(take_turns, lstm_and_cnn):
    a, b = take_turns(lstm_and_cnn, (0.002, 0.001))
    assert steady(a) == steady(b)
    assert steady(a) / steady(b) * turns_factor(a, b) == pytest.approx(0.5)
    assert turns_factor(b, a) == pytest.approx(1 / turns_factor(a, b))


def test_as_fit_costs_each_side_keeps_its_share_of_iterators(take_turns, lstm_and_cnn):
    """Of the cnn's sixty seconds an epoch six are its iterator's, which is in no turn."""
    lstm, cnn = lstm_and_cnn
    cnn = cnn.model_copy(update={"epochs": tuple(e.model_copy(update={"iterator_s": 6.0}) for e in cnn.epochs)})
    a, b = take_turns((lstm, cnn), (0.002, 0.001))
    fit = [fit_throughput(journal.start.case, journal.epochs) for journal in (a, b)]
    assert fit[0] / fit[1] * turns_factor(a, b) == pytest.approx(0.5 * steady(b) / fit[1])
    assert steady(b) / fit[1] == pytest.approx(178 / 160)


def test_of_three_workers_each_two_have_turns_in_the_same_round(take_turns, make_journal):
    three = take_turns([make_journal(model) for model in ("lstm", "cnn", "cnn-deep")], (0.004, 0.002, 0.001))
    ratios = [steady(a) / steady(b) * turns_factor(a, b) for a, b in ((three[0], three[2]), (three[1], three[2]))]
    assert ratios == pytest.approx([0.25, 0.5])


def test_trials_that_took_no_turns_with_each_other_are_told_by_none(take_turns, lstm_and_cnn, make_journal):
    lstm, cnn = lstm_and_cnn
    first, _ = take_turns(lstm_and_cnn, (0.002, 0.001))
    other, _ = take_turns((cnn, make_journal("cnn-deep")), (0.002, 0.001))
    assert [turns_factor(*pair) for pair in ((lstm, cnn), (first, cnn), (first, other), (first, first))] == [None] * 4


@pytest.mark.parametrize(("num_turns", "is_told"), [(MIN_TURNS - 1, False), (MIN_TURNS, True)])
def test_fewer_than_five_turns_tell_nothing(take_turns, make_journal, num_turns, is_told):
    short = [make_journal(model, val_accuracy=(0.9,)) for model in ("lstm", "cnn")]
    assert (turns_factor(*take_turns(short, (0.002, 0.001), num_turns=num_turns)) is not None) is is_told


def test_deterministic_trials_have_no_throughput_and_no_factor(take_turns, make_journal):
    cases = [Case(model=model, epochs=3, deterministic=True) for model in ("lstm", "cnn")]
    assert turns_factor(*take_turns([make_journal(case) for case in cases], (0.002, 0.001))) is None


def test_factors_are_of_the_seeds_that_took_turns(take_turns, make_journal):
    pairs = [take_turns([make_journal(model, seed) for model in ("lstm", "cnn")], (0.002, 0.001)) for seed in (0, 2)]
    alone = [make_journal(model, 1) for model in ("lstm", "cnn")]
    found = turns_factors(*zip(pairs[0], alone, pairs[1], strict=True))
    assert found == pytest.approx({0: 0.5, 2: 0.5})


def test_whose_partners_failed_before_it_began_shared_no_turn(take_turns, lstm_and_cnn):
    alone, _ = take_turns(lstm_and_cnn, (0.002, 0.001), num_epochs=0)
    first_epoch, _ = take_turns(lstm_and_cnn, (0.002, 0.001), num_epochs=1)
    assert [shared_turns(one) for one in (lstm_and_cnn[0], alone, first_epoch)] == [False, False, True]
    assert [summarize_trial(one).num_partners for one in (lstm_and_cnn[0], alone, first_epoch)] == [0, 0, 1]


def test_an_epoch_too_short_for_a_turn_that_is_kept_is_shared_while_others_are_there(take_turns, lstm_and_cnn):
    one, _ = take_turns(lstm_and_cnn, (0.002, 0.001), num_turns=0)
    short = one.epochs[0].turns.model_copy(update={"gone": ()})
    epochs = (one.epochs[0].model_copy(update={"turns": short}), *one.epochs[1:])
    assert shared_turns(one.model_copy(update={"epochs": epochs}))


def test_both_are_there_until_one_has_ended(take_turns, lstm_and_cnn):
    a, b = take_turns(lstm_and_cnn, (0.002, 0.001), num_epochs=2)
    assert both_there(a, b, 2, 2)
    assert not both_there(a, b, 3, 2)
    assert not both_there(a, b, 2, 3)
    assert not both_there(*lstm_and_cnn, 1, 1)
