"""A trial's turns as its journal has them."""

from bench.analysis.trial.turn_series import collect_turns
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
