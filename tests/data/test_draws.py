from __future__ import annotations

import numpy as np
from scipy import stats

from bench.data.draws import fixed_integers, fixed_keys, fixed_permutation


def test_the_draws_are_pcg64s_raw_stream_which_numpy_keeps_for_good():
    assert [int(key) for key in fixed_keys(3, 0)] == [11749869230777074271, 4976686463289251617, 755828109848996024]


def test_a_permutation_holds_every_number_once_and_is_not_the_identity():
    order = fixed_permutation(784, 2015)
    assert np.array_equal(np.sort(order), np.arange(784))
    assert not np.array_equal(order, np.arange(784))


def test_integers_are_uniform_over_the_values_asked_for():
    draws = fixed_integers((100, 110), 11, seed=3)
    assert draws.shape == (100, 110)
    assert stats.chisquare(np.bincount(draws.ravel(), minlength=11)).pvalue > 0.001
