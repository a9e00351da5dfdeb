from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.reports.kit.figures.short_names import shorten_together

LIMIT = 30
LONG = "lstm-fast · batch {} · 8 steps per execution · {} intra-op threads · {} inter-op threads"


def test_labels_that_fit_stay_whole() -> None:
    labels = ["lstm · batch 32", "lstm · batch 64"]
    assert shorten_together(labels, LIMIT) == labels


def test_what_all_share_goes_first() -> None:
    assert shorten_together([LONG.format(size, 1, 2) for size in (128, 512)], LIMIT) == ["batch 128", "batch 512"]


def test_where_others_differ_a_name_keeps_its_network_and_what_tells_it_from_its_twin() -> None:
    labels = ["cnn", *(LONG.format(size, 1, 2) for size in (128, 512)), "lstm · batch 32"]
    assert shorten_together(labels, LIMIT) == [
        "cnn", "lstm-fast · batch 128 · …", "lstm-fast · batch 512 · …", "lstm · batch 32",
    ]  # fmt: skip


def test_a_setting_is_cut_behind_a_whole_word_and_never_within_a_figure() -> None:
    labels = ["cnn", *(LONG.format(size, 1, threads) for size, threads in product((128, 512), (1, 2)))]
    assert shorten_together(labels, LIMIT)[1:] == [
        "lstm-fast · batch 128 · … · 1…", "lstm-fast · batch 128 · … · 2…",
        "lstm-fast · batch 512 · … · 1…", "lstm-fast · batch 512 · … · 2…",
    ]  # fmt: skip


def test_names_of_one_part_are_cut_elsewhere_than_where_they_differ() -> None:
    names = shorten_together([f"mypackage.models.variant_{letter}:build_network" for letter in "ab"], LIMIT)
    assert names == ["mypackage.models.variant_a:bu…", "mypackage.models.variant_b:bu…"]


def test_nothing_is_left_out_where_a_label_would_be_empty() -> None:
    assert shorten_together(["x" * 40, f"{'x' * 40} · jit"], LIMIT)[0] == "x" * 15 + "…" + "x" * 14


@pytest.mark.parametrize("labels", [["lstm"] * 3, ["x" * 40] * 3, ["lstm", "lstm #2", "lstm"]])
def test_what_nothing_tells_apart_is_numbered(labels: list[str]) -> None:
    names = shorten_together(labels, LIMIT)
    assert len(set(names)) == 3
    assert names[-1].endswith(" #3")


PARTS = st.sampled_from(["lstm", "cnn", "batch 32", "batch 1,024", "8 steps per execution", "x" * 35, "y" * 34 + "z"])
LABELS = st.lists(st.lists(PARTS, min_size=1, max_size=5).map(" · ".join), max_size=8)


@given(LABELS | st.lists(st.text(max_size=60), max_size=8))
def test_names_keep_their_order_are_short_and_never_equal(labels: list[str]) -> None:
    names = shorten_together(labels, LIMIT)
    assert len(names) == len(set(names)) == len(labels)
    assert all(len(name) <= LIMIT for name in names)
    if len(set(labels)) == len(labels) and all(len(label) <= LIMIT for label in labels):
        assert names == labels
