"""Resampling: the draws, the sums and the bounds are those of scipy, whatever the order of the work."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from bench.analysis.statistics import bootstrap as resampling
from bench.analysis.statistics.interval import interquartile_mean

NUM_RESAMPLES = 999
# Accuracies of 10,000 images: many values are equal, and so are many resamples' means.
VALUES = st.one_of(st.integers(8, 40), st.integers(300, 320)).flatmap(
    lambda n: st_numpy.arrays(np.float64, n, elements=st.integers(9_000, 9_050).map(lambda hits: hits / 10_000))
)


@settings(max_examples=40)
@given(VALUES)
def test_counting_makes_the_interquartile_means_that_sorting_makes(values: np.ndarray) -> None:
    peer = scipy.stats.bootstrap(
        (values,), interquartile_mean, n_resamples=NUM_RESAMPLES, confidence_level=0.97, method="percentile",
        vectorized=True, rng=resampling.fixed_generator(),
    )  # fmt: skip
    distribution = resampling.resample_interquartile_mean(values, NUM_RESAMPLES)
    assert distribution == pytest.approx(peer.bootstrap_distribution, rel=1e-12)
    assert resampling.percentile_bounds(distribution, 0.97) == pytest.approx(tuple(peer.confidence_interval), rel=1e-12)


def test_small_batches_draw_and_sum_what_one_large_batch_does(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).lognormal(size=37)

    def work() -> list[np.ndarray]:
        for cached in (resampling.draw_indices, resampling.count_draws, resampling.draw_signs):
            cached.cache_clear()
        return [
            resampling.resample_interquartile_mean(values, NUM_RESAMPLES),
            resampling.sum_sign_patterns(values),
        ]

    whole = work()
    monkeypatch.setattr(resampling, "_BATCH_VALUES", 100)
    assert all((one == other).all() for one, other in zip(whole, work(), strict=True))


@pytest.mark.parametrize("n", [1, 2, 8, 9, 16])
def test_every_pattern_of_signs_is_summed_once(n: int) -> None:
    values = 3.0 ** np.arange(n)  # no two patterns have one sum
    sums = resampling.sum_sign_patterns(values)
    assert len(np.unique(sums)) == len(sums) == 2**n
    assert np.abs(sums).max() == values.sum()
    assert sorted(sums) == sorted(-sums)


def test_drawn_signs_are_those_of_the_fixed_generator() -> None:
    values = np.random.default_rng(3).normal(size=21)
    signs = 1 - 2 * resampling.fixed_generator().integers(2, size=(2**16, 21))
    assert resampling.sum_sign_patterns(values) == pytest.approx(signs @ values)
