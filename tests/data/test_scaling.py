from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bench.data.dataset import DataInfo, Dataset
from bench.data.scaling import arrange, prepare, scale, unit_divisor


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
