from __future__ import annotations

import numpy as np
import pytest

from bench.data.check import check_arrays
from bench.data.dataset import RawArrays
from bench.errors import DataError


@pytest.fixture
def check(make_arrays):
    def check_with(**changes):
        return check_arrays(RawArrays(**make_arrays(**changes), layout="image", source="s"), "mine.npz")

    return check_with


def test_labels_come_out_as_int64_with_one_axis(check):
    checked = check(y_train=(np.arange(12, dtype=np.uint64) % 3).reshape(12, 1))
    assert checked.y_train.dtype == checked.y_test.dtype == np.int64
    assert checked.y_train.tolist() == [0, 1, 2] * 4


def test_series_and_colour_images_pass(check):
    assert check(x_train=np.zeros((12, 50, 2)), x_test=np.zeros((6, 50, 2))).x_train.shape == (12, 50, 2)
    assert check(x_train=np.zeros((12, 8, 8, 3)), x_test=np.zeros((6, 8, 8, 3))).x_test.shape == (6, 8, 8, 3)


@pytest.mark.parametrize("shape", [(12,), (12, 4), (12, 2, 2, 2, 2), ()])
def test_a_wrong_number_of_axes_is_refused_with_the_shape(check, shape):
    with pytest.raises(DataError, match=r"mine\.npz: x_train: expected shape .* received \("):
        check(x_train=np.zeros(shape, dtype=np.uint8))


@pytest.mark.parametrize("shape", [(0, 4, 5), (12, 0, 5), (12, 4, 0)])
def test_empty_examples_are_refused(check, shape):
    with pytest.raises(DataError, match="x_train: expected at least one example with at least one value"):
        check(x_train=np.zeros(shape, dtype=np.uint8))


@pytest.mark.parametrize("dtype", ["bool", "complex64", "U3", "M8[s]", "object"])
def test_values_that_are_no_plain_numbers_are_refused(check, dtype):
    with pytest.raises(DataError, match="x_test: expected integers or floats, received dtype"):
        check(x_test=np.zeros((6, 4, 5), dtype=dtype))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_a_value_that_is_not_finite_in_float32_is_named_with_its_example(check, value):
    x_train = np.zeros((12, 4, 5))
    x_train[7, 1, 2] = value
    with pytest.raises(
        DataError, match=rf"x_train: expected finite .* received {value:g}.* in example 7".replace("+", r"\+")
    ):
        check(x_train=x_train, x_test=np.zeros((6, 4, 5)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_width_of_floats_lets_a_value_through_that_is_not_finite(check, dtype, value):
    x_test = np.zeros((6, 4, 5), dtype)
    x_test[3, 0, 0] = value
    with pytest.raises(DataError, match=r"x_test: expected finite .* in example 3"):
        check(x_train=np.zeros((12, 4, 5), dtype), x_test=x_test)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_largest_value_of_a_width_within_float32_passes(check, dtype):
    x_train = np.full((12, 4, 5), np.finfo(dtype).max, dtype)
    assert check(x_train=x_train, x_test=-x_train[:6]).x_train is x_train


def test_a_bad_value_far_down_is_named_with_the_right_example(check):
    x_train = np.zeros((9000, 1, 1), dtype=np.float32)
    x_train[8999] = np.nan
    with pytest.raises(DataError, match="in example 8999"):
        check(x_train=x_train, y_train=np.arange(9000) % 2)


def test_halves_of_different_length_are_refused_with_both_counts(check):
    with pytest.raises(DataError, match="x_train has 12 examples, y_train 11"):
        check(y_train=np.arange(11) % 3)


def test_halves_of_different_shape_or_dtype_are_refused(check):
    with pytest.raises(DataError, match=r"examples of one shape .* x_train has \(4, 5\), x_test has \(5, 4\)"):
        check(x_test=np.zeros((6, 5, 4), dtype=np.uint8))
    with pytest.raises(DataError, match="one dtype in both halves; x_train has uint8, x_test has float32"):
        check(x_test=np.zeros((6, 4, 5), dtype=np.float32))


def test_series_of_single_values_get_their_axis(check):
    assert check(x_train=np.zeros((12, 50)), x_test=np.zeros((6, 50))).x_train.shape == (12, 50, 1)


def test_labels_are_numbered_and_their_names_kept(check):
    checked = check(y_train=np.array(["b", "a", "c"] * 4), y_test=np.array(["c", "a", "b"] * 2))
    assert (checked.y_train.tolist(), checked.y_test.tolist()) == ([1, 0, 2] * 4, [2, 0, 1] * 2)
    assert checked.class_names == ("a", "b", "c")


def test_a_data_sets_own_names_stand_for_its_numbers(make_arrays):
    arrays = RawArrays(**make_arrays(), layout="image", source="s", label_names=("cat", "dog", "owl"))
    assert check_arrays(arrays, "mine").class_names == ("cat", "dog", "owl")


def test_ids_that_int32_cannot_hold_are_refused_and_not_wrapped():
    x, y = np.array([[1, 2**31], [3, 4]]), np.array([0, 1])
    with pytest.raises(
        DataError, match=r"ids below 2\*\*31, received 2,147,483,648; .* a last axis: x\[\.\.\., None\]"
    ):
        check_arrays(RawArrays(x, y, x, y, layout="tokens", source="s"), "mine.npz")


def test_halves_that_do_not_fit_end_with_what_to_do(check):
    with pytest.raises(DataError, match=r"x_test has float32; convert with x_test\.astype\('uint8'\) if both"):
        check(x_test=np.zeros((6, 4, 5), "f4"))
    with pytest.raises(DataError, match=r"x_test has \(4, 6\); cut or pad those of one half"):
        check(x_test=np.zeros((6, 4, 6), "u1"))
