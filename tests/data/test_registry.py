from __future__ import annotations

import re
import sys
import textwrap

import numpy as np
import pytest

import bench.data.sets
from bench.data import registry
from bench.data.load import load_dataset
from bench.data.registry import builtin_datasets

BUNDLED_SEQUENCES = {"spoken-digits", "japanese-vowels", "word-languages"}
KERAS_SETS = {"fashion_mnist", "cifar10", "cifar100", "imdb", "reuters"}


@pytest.fixture
def fresh_registry():
    builtin_datasets.cache_clear()
    yield
    builtin_datasets.cache_clear()
    sys.modules.pop("bench.data.sets.stripes", None)


def test_every_named_data_set_is_found_without_being_listed_anywhere():
    expected = {"mnist", "mnist-pixels", "mnist-pixels-permuted", "temporal-order"} | KERAS_SETS | BUNDLED_SEQUENCES
    assert set(builtin_datasets()) == expected


def test_names_fit_a_file_name_and_summaries_fit_a_line():
    for name, spec in builtin_datasets().items():
        assert name == spec.name
        assert re.fullmatch(r"[a-z0-9_-]{1,40}", name)
        assert 0 < len(spec.summary) <= 110
        assert "\n" not in spec.summary


def test_what_is_loaded_has_the_layout_that_the_list_says():
    for name in set(builtin_datasets()) - KERAS_SETS:
        assert builtin_datasets()[name].load().layout == builtin_datasets()[name].layout


@pytest.mark.usefixtures("fresh_registry")
def test_the_recipe_followed_to_the_letter_adds_a_data_set(tmp_path, monkeypatch):
    recipe = re.search(r"`stripes\.py`:\n\n((?:    .*\n|\n)+)", registry.__doc__ or "")
    assert recipe
    (tmp_path / "stripes.py").write_text(textwrap.dedent(recipe.group(1)), encoding="utf-8")
    monkeypatch.setattr(bench.data.sets, "__path__", [*bench.data.sets.__path__, str(tmp_path)])
    data = load_dataset("stripes", train_size=100)
    assert data.info.example_shape == (8, 8)
    assert np.bincount(data.y_train).tolist() == [50, 50]
    assert len(data.x_test) == 200
