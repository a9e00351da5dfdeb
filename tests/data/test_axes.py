"""The order of an example's axes, and when another one is likelier."""

import numpy as np
import pytest

from bench.data.axes import order_axes, seem_reversed, word_example


@pytest.mark.parametrize(
    ("shape", "ordered"), [((5, 3, 8, 9), (5, 8, 9, 3)), ((5, 3, 60), (5, 60, 3)), ((5, 60), (5, 60))]
)
def test_channels_come_last(shape, ordered):
    assert order_axes(np.zeros(shape), "channels-first").shape == ordered
    assert order_axes(np.zeros(shape), "channels-last").shape == shape


@pytest.mark.parametrize(
    ("shape", "layout", "expected"),
    [
        ((1, 28, 28), "image", True),
        ((3, 32, 32), "image", True),
        ((3, 60), "sequence", True),
        ((28, 28, 1), "image", False),
        ((3, 3, 3), "image", False),
        ((60, 3), "sequence", False),
        ((100, 128), "sequence", False),
        ((28, 28), "image", False),
        ((3, 60), "image", False),
        ((40,), "tokens", False),
    ],
)
def test_axes_that_likelier_stand_the_other_way_are_told(shape, layout, expected):
    assert seem_reversed(shape, layout) is expected


@pytest.mark.parametrize(
    ("shape", "layout", "words"),
    [
        ((60, 3), "sequence", "60 steps of 3 features"),
        ((275, 1), "sequence", "275 steps of 1 feature"),
        ((28, 28), "image", "28 rows of 28 pixels"),
        ((1, 28, 28), "image", "1 rows of 28 pixels with 28 channels"),
        ((20,), "tokens", "20 tokens"),
        ((28, 28), None, "28 × 28"),
    ],
)
def test_an_example_is_worded_as_it_is_read(shape, layout, words):
    assert word_example(shape, layout) == words
