"""What checks drawn from real pairs of one code tell: few false alarms, and more detection of more slowdown."""

import numpy as np
import pytest

from bench.analysis.statistics import interval as stats
from bench.gate.judgement.calibration import calibrate
from bench.gate.judgement.findings import Tolerances
from bench.gate.judgement.measure_values import StageJournals


@pytest.fixture
def make_sides(make_case, make_journal, monkeypatch):
    """Return a factory of pairs of one code whose processes differ by `sd`."""
    monkeypatch.setattr(stats, "NUM_RESAMPLES", 199)
    generator = np.random.default_rng(5)

    def make(num, sd):
        costs = np.exp(generator.normal(scale=sd, size=(2, num)))
        sides = (tuple(make_journal(make_case("cnn"), seed, train_s=60.0 * cost) for seed, cost in enumerate(side))
                 for side in costs)  # fmt: skip
        return StageJournals(*sides)

    return make


def test_a_quiet_machine_sees_little_slowdowns_and_raises_no_false_alarm(make_sides):
    told = calibrate(make_sides(20, 0.01), Tolerances(), 6, 8, num_checks=40)
    assert told.false_alarms.value <= 0.05
    rates = [one.rate.value for one in told.detections]
    assert rates[-1] == 1.0
    assert rates == sorted(rates)
    assert told.smallest["cnn-mnist-b32-float32-cpu"] <= 0.06
    assert told.flagged[1] == 3


def test_a_noisy_machine_says_that_it_sees_only_large_ones(make_sides):
    told = calibrate(make_sides(20, 0.3), Tolerances(), 6, 8, num_checks=40)
    smallest = told.smallest["cnn-mnist-b32-float32-cpu"]
    assert smallest is None or smallest > 0.2


def test_four_rounds_tell_no_spread(make_sides):
    assert calibrate(make_sides(4, 0.01), Tolerances(), 6, 8) is None


def test_the_same_pairs_give_the_same_figures(make_sides):
    sides = make_sides(12, 0.05)
    assert calibrate(sides, Tolerances(), 6, 8, num_checks=10) == calibrate(sides, Tolerances(), 6, 8, num_checks=10)
