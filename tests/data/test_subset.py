from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.data.subset import stratified_subset
from bench.errors import DataError

labels_of_any_kind = st.lists(st.integers(0, 6), min_size=1, max_size=120).map(lambda y: np.array(y, dtype=np.int64))


def test_equal_classes_get_equal_shares():
    labels = np.repeat(np.arange(4), 25)
    kept = stratified_subset(labels, 20)
    assert np.bincount(labels[kept]).tolist() == [5, 5, 5, 5]


def test_seats_follow_webster_and_sainte_lague_on_a_textbook_case():
    # Balinski and Young's method on 53, 24 and 23 votes for 7 seats: 53/1, 24/1, 23/1, 53/3, 53/5, 24/3 > 23/3, 53/7.
    labels = np.repeat([0, 1, 2], [53, 24, 23])
    assert np.bincount(labels[stratified_subset(labels, 7)]).tolist() == [3, 2, 2]
    assert np.bincount(labels[stratified_subset(labels, 6)]).tolist() == [3, 2, 1]


def test_the_chosen_examples_are_fixed_for_good():
    labels = np.arange(100) % 10
    assert stratified_subset(labels, 10).tolist() == [3, 14, 17, 18, 19, 32, 40, 51, 55, 66]


def test_the_examples_are_not_simply_the_first_of_each_class():
    labels = np.arange(1000) % 10
    assert stratified_subset(labels, 100).max() > 900


@given(labels_of_any_kind, st.data())
def test_a_smaller_subset_lies_inside_a_larger_one(labels, data):
    small = data.draw(st.integers(1, len(labels)))
    large = data.draw(st.integers(small, len(labels)))
    assert set(stratified_subset(labels, small)) <= set(stratified_subset(labels, large))


@given(labels_of_any_kind, st.data())
def test_a_subset_is_ascending_without_repeats_and_of_the_size_asked_for(labels, data):
    size = data.draw(st.integers(1, len(labels)))
    kept = stratified_subset(labels, size)
    assert len(kept) == size
    assert (np.diff(kept) > 0).all()


@given(labels_of_any_kind, st.data())
def test_every_class_is_present_as_soon_as_there_are_as_many_examples_as_classes(labels, data):
    classes = np.unique(labels)
    size = data.draw(st.integers(len(classes), len(labels)))
    assert np.array_equal(np.unique(labels[stratified_subset(labels, size)]), classes)


@given(labels_of_any_kind)
def test_all_the_examples_are_the_data_in_its_own_order(labels):
    assert stratified_subset(labels, len(labels)).tolist() == list(range(len(labels)))


@pytest.mark.parametrize("size", [0, -1, 11])
def test_a_size_that_is_not_there_is_refused_with_both_figures(size):
    with pytest.raises(DataError, match=rf"from 1 to 10 examples.*received {size}"):
        stratified_subset(np.arange(10) % 2, size)
