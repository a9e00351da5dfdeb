"""Plans for more trials: known answers, and how often the number that is named suffices."""

from __future__ import annotations

import numpy as np
import scipy.stats

from bench.analysis.statistics import planning


def test_more_pairs_bring_the_interval_clear_of_delta() -> None:
    values = [0.03, 0.05, 0.03, 0.05]  # mean 0.04, deviation 0.011547
    assert planning.more_to_decide(values) == 0
    assert planning.more_to_decide(values, 0.05) == planning.more_for_half_width(values, 0.01)
    assert planning.more_to_decide(values, 0.03) == planning.more_for_half_width(values, 0.01)
    assert planning.more_to_decide([0.03]) is None


def test_more_pairs_are_counted_until_the_interval_is_narrow_enough() -> None:
    values = [-1.0, 1.0, -1.0, 1.0]  # standard deviation 1.1547
    more = planning.more_for_half_width(values, 0.5)
    assert more == 19  # t(22) · 1.1547 / √23 = 0.4993; with 22 values 0.5120
    assert planning.more_for_half_width(values, 10.0) == 0
    assert planning.more_for_half_width([1.0], 0.5) is None
    assert planning.more_for_half_width(values, 0.0) is None
    assert planning.more_for_half_width(values, 1e-9) is None


def test_the_further_seeds_that_are_named_decide_in_more_than_half_of_the_open_cases() -> None:
    """Planned for the effect as it seems; a pilot that stays open tends to have seen less of it than there is."""
    draw = np.random.default_rng(11)
    decided = []
    for _ in range(300):
        pilot = draw.normal(loc=0.4, size=20)
        if more := planning.more_to_decide(pilot):
            values = draw.normal(loc=0.4, size=20 + more)
            decided.append(scipy.stats.ttest_1samp(values, 0.0).pvalue <= 0.05)
    assert len(decided) > 100
    assert np.mean(decided) > 0.5
