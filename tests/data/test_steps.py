"""Padding, cutting and vocabularies, as `load_dataset` has them."""

from __future__ import annotations

import numpy as np
import pytest

from bench.data.load import load_dataset, own_scaling
from bench.data.padding import pad_series, real_steps, split_series
from bench.errors import DataError


def test_series_are_padded_with_zeros_at_the_end():
    series = split_series(np.array([[1], [2], [3]]), np.array([1, 2]))
    assert pad_series(series, 3)[..., 0].tolist() == [[1, 0, 0], [2, 3, 0]]
    assert real_steps(np.array([1, 2]), 3).tolist() == [[True, False, False], [True, True, False]]


def test_a_cut_keeps_the_beginning_and_counts_what_it_cut():
    whole, cut = load_dataset("spoken-digits"), load_dataset("spoken-digits", max_length=48)
    assert np.array_equal(cut.x_train, whole.x_train[:, :48])
    assert cut.lengths_train.max() == 48
    assert np.array_equal(cut.lengths_train, np.minimum(whole.lengths_train, 48))
    assert (cut.info.lengths.longest, cut.info.lengths.num_cut) == (92, 8)
    assert cut.info.sha256 == whole.info.sha256


def test_series_that_are_all_cut_to_one_length_are_not_padded():
    info = load_dataset("spoken-digits", max_length=6).info
    assert info.example_shape == (6, 13)
    assert not info.is_padded
    assert load_dataset("temporal-order", max_length=60).info.lengths.num_cut == 22_000


def test_a_subset_keeps_its_lengths():
    whole, part = load_dataset("japanese-vowels"), load_dataset("japanese-vowels", train_size=20, test_size=10)
    assert (len(part.lengths_train), len(part.lengths_test)) == (20, 10)
    for x, length in zip(part.x_train, part.lengths_train, strict=True):
        assert x[length - 1].any()
        assert not x[length:].any()
    assert part.info.lengths == whole.info.lengths


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mnist", {"max_length": 5}, "mnist is of images, which have no length"),
        ("spoken-digits", {"max_length": 92}, "expected less than the 92 steps of the longest series of spoken-digits"),
        ("spoken-digits", {"vocabulary": 5}, "spoken-digits is not of tokens, so it has no vocabulary"),
        ("word-languages", {"vocabulary": 62}, "expected from 2 to 61 of word-languages's 62 ids, received 62"),
        ("word-languages", {"vocabulary": 1}, "received 1"),
    ],
)
def test_a_setting_that_the_data_cannot_take_is_refused(name, options, message):
    with pytest.raises(DataError, match=message):
        load_dataset(name, **options)


def test_ids_above_the_vocabulary_share_the_last_one():
    whole, limited = load_dataset("word-languages"), load_dataset("word-languages", vocabulary=10)
    assert np.array_equal(limited.x_train, np.minimum(whole.x_train, 9))
    assert (whole.info.vocabulary, limited.info.vocabulary) == (62, 10)


@pytest.mark.parametrize(
    ("name", "scaling"),
    [
        ("mnist", "unit"), ("mnist-pixels", "unit"), ("temporal-order", "unit"), ("spoken-digits", "standard"),
        ("word-languages", "none"), ("cifar10", "unit"),
    ],
)  # fmt: skip
def test_images_are_scaled_by_one_number_series_by_feature_and_tokens_not_at_all(name, scaling):
    assert own_scaling(name) == scaling


def test_a_file_is_scaled_as_its_layout_has_it(tmp_path, write_npz):
    tokens = np.arange(36).reshape(12, 3) % 7, np.arange(18).reshape(6, 3) % 9
    halves = {half: {"x_train": x.astype(dtype), "x_test": other.astype(dtype)} for half, x, other, dtype in (
        ("none", *tokens, np.int64),
        ("standard", *(x[..., None] for x in tokens), np.float32),
        ("unit", *(x[..., None] for x in tokens), np.uint8),
    )}  # fmt: skip
    for scaling, arrays in halves.items():
        folder = tmp_path / scaling
        folder.mkdir()
        assert own_scaling(str(write_npz(folder, **arrays))) == scaling
    info = load_dataset(str(tmp_path / "none" / "data.npz")).info
    assert (info.vocabulary, info.example_shape, info.lengths) == (9, (3,), None)


def test_tokens_below_0_are_refused(tmp_path, write_npz):
    x = np.arange(36).reshape(12, 3) - 1
    with pytest.raises(DataError, match=r"expected tokens, which are integers from 0, received -1; .*x\[..., None\]"):
        load_dataset(str(write_npz(tmp_path, x_train=x, x_test=x[:6])))
