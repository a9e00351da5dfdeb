"""Validation examples out of a data set that comes without a test half."""

import numpy as np
import pytest

from bench.data.dataset import RawArrays
from bench.data.validation_split import split_validation
from bench.errors import DataError


def arrays(y, *, test=False):
    x = np.arange(len(y), dtype=float)[:, None, None]
    return RawArrays(x, y, x if test else None, y if test else None, layout="sequence", source="s")


@pytest.mark.parametrize("kind", ["numbers", "text"])
def test_a_share_is_stratified_fixed_and_in_one_half_alone(kind):
    y = np.array([0] * 80 + [1] * 20)
    labels = y if kind == "numbers" else np.array(["rare", "usual"])[1 - y]
    split = split_validation(arrays(labels), 0.2, "mine")
    assert (len(split.y_train), len(split.y_test)) == (80, 20)
    assert np.unique(split.y_test, return_counts=True)[1].tolist() in ([16, 4], [4, 16])
    assert sorted([*split.x_train.ravel(), *split.x_test.ravel()]) == list(range(100))
    assert np.array_equal(split.x_test, split_validation(arrays(labels), 0.2, "mine").x_test)
    assert "20% of the examples, stratified" in split.source


def test_a_test_half_of_its_own_is_kept_and_forbids_a_share():
    whole = arrays(np.array([0, 1]), test=True)
    assert split_validation(whole, None, "mine") is whole
    with pytest.raises(DataError, match="mine has a test half of its own; leave it out"):
        split_validation(whole, 0.2, "mine")


def test_without_a_test_half_the_flag_is_named():
    with pytest.raises(DataError, match=r"mine has no test half; .*--validation-split 0\.2"):
        split_validation(arrays(np.array([0, 1])), None, "mine")


def test_a_share_that_leaves_a_half_empty_is_refused():
    with pytest.raises(DataError, match="leaves examples in both halves"):
        split_validation(arrays(np.array([0, 1, 0])), 0.01, "mine")


def test_an_example_that_cannot_be_trained_on_is_named_by_its_place_before_the_split():
    whole = arrays(np.arange(20) % 2)
    whole.x_train[7] = np.inf
    with pytest.raises(DataError, match=r"mine: examples: .* received inf in example 7"):
        split_validation(whole, 0.2, "mine")
