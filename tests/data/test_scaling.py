from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.data.dataset import DataInfo, Dataset
from bench.data.scaling import arrange, mark_padding, prepare, scale, unit_divisor
from bench.errors import DataError


def test_every_pixel_is_divided_by_255_exactly_as_the_tutorial_divides():
    pixels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(scale(pixels, "unit"), (pixels / 255.0).astype(np.float32))


def test_none_leaves_the_values_as_float32():
    scaled = scale(np.array([[0, 7, 255]], dtype=np.uint8), "none")
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [[0.0, 7.0, 255.0]]


def test_pixels_are_divided_by_255_even_where_none_is_that_bright():
    assert unit_divisor(np.array([0, 100], dtype=np.uint8)) == 255.0


def test_bytes_of_0_and_1_are_no_pixels_and_stay():
    assert unit_divisor(np.array([0, 1, 1], dtype=np.uint8)) == 1.0


@pytest.mark.parametrize(
    ("values", "divisor"),
    [
        (np.array([-4.0, 2.0]), 4.0),
        (np.array([-128, 127], dtype=np.int8), 128.0),
        (np.array([0, 4095], dtype=np.uint16), 4095.0),
        (np.zeros(3), 1.0),
        (np.array([1e-300]), 1.0),
    ],
)
def test_other_numbers_are_divided_by_the_largest_absolute_value(values, divisor):
    assert unit_divisor(values) == divisor


def test_test_examples_are_scaled_by_the_training_examples():
    scaled = scale(np.array([8.0, -2.0]), "unit", unit_divisor(np.array([4.0, -1.0])))
    assert scaled.tolist() == [2.0, -0.5]


def test_scaling_real_values_without_the_training_examples_divisor_is_refused():
    with pytest.raises(ValueError, match="float64 needs the training examples' divisor"):
        scale(np.array([1.0]), "unit")


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.int16, np.int64, np.uint64, np.float16, np.float32]),
        st.integers(1, 20),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_unit_scaling_keeps_the_training_examples_within_one(x):
    scaled = scale(x, "unit", unit_divisor(x))
    assert scaled.dtype == np.float32
    assert np.abs(scaled).max() <= 1 + 1e-6


def test_scaling_leaves_its_input_alone():
    x = np.array([1.0, 2.0], dtype=np.float32)
    scale(x, "unit", 2.0)
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("shape", "sequence", "image"),
    [
        ((6, 28, 28), (6, 28, 28), (6, 28, 28, 1)),
        ((6, 100, 8), (6, 100, 8), (6, 100, 8, 1)),
        ((6, 32, 30, 3), (6, 32, 90), (6, 32, 30, 3)),
    ],
)
def test_rows_are_steps_and_columns_with_their_channels_are_features(shape, sequence, image):
    x = np.arange(np.prod(shape)).reshape(shape)
    assert arrange(x, "sequence").shape == sequence
    assert arrange(x, "image").shape == image
    assert np.array_equal(arrange(x, "sequence").ravel(), x.ravel())


def test_a_step_of_a_colour_image_holds_the_columns_in_order_with_their_channels_together():
    x = np.arange(2 * 2 * 3).reshape(1, 2, 2, 3)
    assert arrange(x, "sequence")[0, 1].tolist() == [6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 5, 6, 7)])
def test_other_numbers_of_axes_are_refused(shape):
    with pytest.raises(ValueError, match="expected three or four axes"):
        arrange(np.zeros(shape), "image")


def test_preparing_scales_both_halves_alike_and_arranges_them():
    info = DataInfo(
        name="n", sha256="0", source="s", example_shape=(1, 2), num_classes=2, num_train=2, num_test=1,
        num_train_available=2, num_test_available=1,
    )  # fmt: skip
    dataset = Dataset(
        info,
        x_train=np.array([[[0.0, 2.0]], [[-4.0, 1.0]]]),
        y_train=np.array([0, 1]),
        x_test=np.array([[[8.0, 2.0]]]),
        y_test=np.array([1]),
        layout="sequence",
    )
    prepared = prepare(dataset, "unit", "image")
    assert prepared.x_train.shape == (2, 1, 2, 1)
    assert prepared.x_test[..., 0].tolist() == [[[2.0, 0.5]]]
    assert prepared.y_train.tolist() == [0, 1]


def make_series(x_train, x_test, lengths=(None, None)):
    info = DataInfo(
        name="n", sha256="0", source="s", example_shape=x_train.shape[1:], num_classes=2, num_train=len(x_train),
        num_test=len(x_test), num_train_available=len(x_train), num_test_available=len(x_test),
    )  # fmt: skip
    return Dataset(info, x_train, np.arange(len(x_train)) % 2, x_test, np.zeros(len(x_test), int), "sequence", *lengths)


def test_standard_scaling_gives_each_feature_of_the_training_half_mean_0_and_deviation_1():
    draws = np.random.default_rng(1).normal(size=(50, 4, 3)) * [300, 1, 0.01] + [-300, 5, 0]
    scaled = prepare(make_series(draws, draws[:5]), "standard", "sequence").x_train
    assert scaled.dtype == np.float32
    assert np.allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-5)
    assert np.allclose(scaled.std(axis=(0, 1)), 1, atol=1e-5)


def test_standard_scaling_takes_the_test_half_by_the_training_halfs_mean_and_deviation():
    x_train = np.array([[[0.0]], [[4.0]]])  # mean 2, deviation 2
    assert prepare(make_series(x_train, np.array([[[8.0]]])), "standard", "sequence").x_test.tolist() == [[[3.0]]]


def test_padding_is_in_no_mean_and_is_0_afterwards():
    x_train = np.array([[[1.0], [3.0]], [[5.0], [0.0]]])  # the last step pads: mean 3, not 2.25
    series = make_series(x_train, x_train, (np.array([2, 1]), np.array([2, 1])))
    root = np.float32((8 / 3) ** 0.5)
    expected = [[[-2 / root], [0.0]], [[2 / root], [0.0]]]
    assert np.allclose(prepare(series, "standard", "sequence").x_train, expected)
    assert np.allclose(prepare(series, "standard", "sequence").x_test, expected)


@pytest.mark.parametrize("constant", [0.0, 7.0, 0.1, -300.1])
def test_a_feature_that_never_changes_becomes_0_and_divides_by_nothing(constant):
    x_train = np.full((30, 5, 2), constant)
    x_train[..., 1] = np.arange(150).reshape(30, 5)
    scaled = prepare(make_series(x_train, x_train + 1), "standard", "sequence")
    assert np.allclose(scaled.x_train[..., 0], 0, atol=1e-12)
    assert np.allclose(scaled.x_test[..., 0], 1)


def test_standard_scaling_of_images_is_by_channel():
    pixels = np.random.default_rng(1).integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)
    series = make_series(pixels, pixels)
    image = Dataset(series.info, pixels, series.y_train, pixels, series.y_test, "image")
    assert np.allclose(prepare(image, "standard", "image").x_train.std(axis=(0, 1, 2)), 1, atol=1e-5)


def test_tokens_are_never_scaled():
    tokens = np.array([[3, 255, 0]], dtype=np.uint8)
    series = make_series(tokens, tokens)
    words = Dataset(series.info, tokens, series.y_train, tokens, series.y_test, "tokens")
    prepared = prepare(words, "none", "sequence")
    assert prepared.x_train.dtype == np.int32
    assert prepared.x_train.tolist() == [[3, 255, 0]]


def test_marks_stand_in_padded_steps_alone():
    x = np.array([[[1.0], [3.0]], [[5.0], [0.0]]])
    prepared = prepare(make_series(x, x, (np.array([2, 1]), np.array([2, 2]))), "none", "sequence")
    mark_padding(prepared, -16384.0)
    assert prepared.x_train.tolist() == [[[1.0], [3.0]], [[5.0], [-16384.0]]]
    assert prepared.x_test.tolist() == [[[1.0], [3.0]], [[5.0], [0.0]]]


def test_a_real_step_that_looks_like_a_mark_is_refused():
    x = np.array([[[-16384.0], [3.0]]])
    prepared = prepare(make_series(x, x, (np.array([1]), np.array([1]))), "none", "sequence")
    with pytest.raises(DataError, match="all -16384, which marks padding"):
        mark_padding(prepared, -16384.0)
