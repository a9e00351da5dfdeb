"""The pairs behind a claim's ratio: of the turns that both sides had, or of neighbours in time."""

import pytest

from bench.analysis.trial.throughput import fit_epoch_s, fit_throughput
from bench.claims.evidence import ClaimSide
from bench.claims.paired_speeds import count_in_turns, pair_speeds


@pytest.fixture
def make_sides(make_journal, take_turns):
    """Return what makes both sides of a claim; an example costs the second half as much in the turns of some seeds."""

    def make(seeds, in_turns):
        pairs = [[make_journal(model, seed, first_step_s=None) for model in ("lstm", "cnn")] for seed in seeds]
        pairs = [take_turns(pair, (0.002, 0.001)) if pair[0].start.seed in in_turns else pair for pair in pairs]
        sides = zip(*pairs, strict=True)
        return [ClaimSide(name, side[0].start.case, {one.start.seed: one for one in side})
                for name, side in zip(("rnn", "cnn"), sides, strict=True)]  # fmt: skip

    return make


def ratios(speeds):
    return [over / under for over, under in zip(speeds.a, speeds.b, strict=True)]


@pytest.mark.parametrize(("speed", "expected"), [(fit_throughput, 0.5), (fit_epoch_s, 2.0)])
def test_a_ratio_of_speeds_is_that_of_the_turns_on_each_seed_that_took_some(make_sides, speed, expected):
    found = pair_speeds(*make_sides((0, 1, 2), in_turns={0, 2}), (0, 1, 2), speed)
    assert ratios(found) == pytest.approx([expected, 1.0, expected])
    assert (found.seeds, found.num_in_turns) == ([0, 1, 2], 2)


def test_without_turns_the_values_are_as_they_are_and_nothing_is_said(make_sides):
    found = pair_speeds(*make_sides((0, 1), in_turns=()), (0, 1), fit_throughput)
    assert ratios(found) == pytest.approx([1.0, 1.0])
    assert found.num_in_turns is None


@pytest.mark.parametrize(("num_epochs", "expected"), [(100, 1), (1, 0)])
def test_a_target_counts_as_reached_in_turns_where_neither_side_had_ended_before(
    make_journal, take_turns, num_epochs, expected
):
    """Both reach 97 % in their second epoch."""
    pair = take_turns([make_journal("lstm"), make_journal("cnn")], (0.002, 0.001), num_epochs=num_epochs)
    assert count_in_turns([pair], 0.97) == expected
    assert count_in_turns([(make_journal("lstm"), make_journal("cnn"))], 0.97) is None
