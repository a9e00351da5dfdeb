"""Where a user's series end: by lengths beside them, or by NaN behind their ends; nothing of that reaches a network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.dataset import RawArrays
from bench.data.load import load_dataset
from bench.data.mark_padding import mark_padding
from bench.errors import DataError

NUM_STEPS = 6


def arrays(x, **changes):
    """Return a data set whose halves are both `x`."""
    return RawArrays(x, np.arange(len(x)), x, np.arange(len(x)), layout="sequence", source="mine", **changes)


def series(lengths, num_features=2, behind=np.nan):
    x = np.random.default_rng(0).normal(size=(len(lengths), NUM_STEPS, num_features))
    for row, length in zip(x, lengths, strict=True):
        row[length:] = behind
    return x


@given(st.lists(st.integers(1, NUM_STEPS), min_size=1, max_size=9), st.sampled_from([1, 3]), st.booleans())
def test_series_end_before_the_nan_behind_them_in_either_order_of_axes(lengths, num_features, is_channels_first):
    x = series(lengths, num_features)
    given_x = x.swapaxes(1, 2) if is_channels_first else x
    marked = mark_padding(arrays(given_x), "mine", "channels-first" if is_channels_first else "channels-last")
    if min(lengths) == NUM_STEPS:
        assert marked.lengths_train is None
        return
    assert marked.lengths_train.tolist() == marked.lengths_test.tolist() == lengths
    found = marked.x_train.swapaxes(1, 2) if is_channels_first else marked.x_train
    assert np.array_equal(found, np.nan_to_num(x))


def test_series_of_single_values_need_no_axis_of_features():
    marked = mark_padding(arrays(series([2, 6], 1)[..., 0]), "mine", "channels-first")
    assert marked.lengths_train.tolist() == [2, 6]
    assert marked.x_train.shape == (2, NUM_STEPS)


def test_lengths_beside_the_series_silence_what_stands_behind():
    x = series([2, 6, 4], behind=7.0)
    lengths = np.array([[2], [6], [4]], np.uint8)
    marked = mark_padding(arrays(x, lengths_train=lengths, lengths_test=lengths), "mine")
    assert marked.lengths_train.tolist() == [2, 6, 4]
    assert not marked.x_train[0, 2:].any()
    assert np.array_equal(marked.x_train[1], x[1])


def test_one_half_of_whole_series_has_their_whole_length():
    whole = series([6, 6])
    marked = mark_padding(replace(arrays(series([3, 6])), x_test=whole), "mine")
    assert marked.lengths_test.tolist() == [6, 6]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lengths_train": np.array([1, 2])}, "expected the lengths of both halves"),
        ({"lengths_train": np.array([1, 2]), "lengths_test": np.array([1])}, "expected 2 integers, .* received 1"),
        ({"lengths_train": np.array([1.0, 2.0]), "lengths_test": np.array([1, 2])}, "received 2 of float64"),
        ({"lengths_train": np.array([0, 2]), "lengths_test": np.array([1, 2])}, "from 1 to the 6 steps, received 0"),
        ({"lengths_train": np.array([1, 7]), "lengths_test": np.array([1, 2])}, "from 1 to the 6 steps, received 7"),
        ({"lengths_train": np.array([1, 2]), "lengths_test": np.array([1, 2]), "layout": "image"}, "images have no"),
    ],
)
def test_lengths_that_cannot_be_are_refused(changes, words):
    with pytest.raises(DataError, match=words):
        mark_padding(replace(arrays(series([6, 6])), **changes), "mine")


def test_nan_inside_a_series_and_a_series_of_nothing_are_refused_as_before(tmp_path):
    for place in ((0, 2, 1), (0,)):
        x = series([6, 6, 6, 6])
        x[place] = np.nan
        np.savez(tmp_path / "mine.npz", X=x, y=[0, 1, 0, 1])
        with pytest.raises(DataError, match="expected finite values"):
            load_dataset(str(tmp_path / "mine.npz"), validation_split=0.5)


def test_an_own_file_carries_lengths_through_the_split_and_the_cut(tmp_path):
    lengths = np.array([2, 6, 4, 5, 3, 6, 6, 2])
    np.savez(tmp_path / "mine.npz", X=series(lengths, behind=0.0), y=np.arange(8) % 2, lengths=lengths)
    found = load_dataset(str(tmp_path / "mine.npz"), validation_split=0.25, max_length=4)
    assert sorted([*found.lengths_train, *found.lengths_test]) == sorted(np.minimum(lengths, 4))
    assert (found.info.lengths.shortest, found.info.lengths.longest, found.info.lengths.num_cut) == (2, 6, 4)
