"""What a run is trained on, in words that are true for its data."""

import pytest

from bench.data.dataset import DataInfo, SeriesLengths
from bench.plan.case import Case
from bench.reports.kit.data_words import word_data, word_reversed, word_scaling, word_set


def info(**changes):
    fields = {"name": "mine.npz", "sha256": "0" * 64, "source": "s", "example_shape": (60, 3), "num_classes": 2,
              "num_train": 1000, "num_test": 200, "num_train_available": 1000, "num_test_available": 200,
              "layout": "sequence", "dtype": "float64", "divisor": 4.5, "class_names": ("no", "yes"),
              "class_counts_train": (950, 50), "class_counts_test": (190, 10)}  # fmt: skip
    return DataInfo(**(fields | changes))


def test_the_examples_and_their_classes_are_told():
    assert word_set(info()) == (
        "mine.npz: 1,000 training and 200 validation examples, each 60 steps of 3 features; 2 classes "
        "(no 95 %, yes 5 %)."
    )


def test_of_many_classes_the_ends_are_told():
    counts = tuple(range(1, 11))
    told = word_set(info(num_classes=10, num_train=55, class_names=tuple("abcdefghij"), class_counts_train=counts))
    assert told.endswith("10 classes, from 18.2 % (j) to 1.8 % (a) of the training examples.")


def test_of_many_classes_of_one_size_the_size_is_told():
    told = word_set(info(num_classes=10, num_train=50, class_names=tuple("abcdefghij"), class_counts_train=(5,) * 10))
    assert told.endswith("10 classes, each 10 % of the training examples.")


@pytest.mark.parametrize(
    ("scaling", "changes", "words"),
    [
        ("unit", {}, "Values are divided by 4.5, the largest of the training examples."),
        ("unit", {"dtype": "uint8", "divisor": 255.0}, "Values are divided by 255, the largest of uint8."),
        ("unit", {"divisor": 1.0}, "Values are used as they are: the largest is 1."),
        ("none", {}, "Values are used as they are."),
    ],
)
def test_what_is_done_to_the_values_is_true_for_them(scaling, changes, words):
    assert word_scaling(Case(model="cnn", epochs=1, scaling=scaling), info(**changes)) == words


def test_cases_of_one_data_set_share_a_sentence():
    cases = [Case(model=model, epochs=1) for model in ("lstm", "cnn")]
    assert len(word_data({case: info() for case in cases})) == 1


def test_axes_that_likelier_stand_the_other_way_are_warned_of():
    assert word_reversed([info()]) == []
    (warning,) = word_reversed([info(example_shape=(3, 60))] * 2)
    assert "read as 3 steps of 60 features" in warning
    assert "--axes channels-first" in warning


def test_an_older_journals_data_are_told_by_what_it_records():
    older = info(layout=None, dtype=None, divisor=None, class_names=(), class_counts_train=(), class_counts_test=())
    assert word_set(older).endswith("each 60 × 3; 2 classes.")
    assert "divided by 255 (uint8), or else" in word_scaling(Case(model="cnn", epochs=1), older)


@pytest.mark.parametrize(("longest", "kept"), [(29, 29), (90, 60)])
def test_series_that_end_early_are_told_on_the_console_with_what_cutting_leaves_of_them(longest, kept):
    told = word_set(info(lengths=SeriesLengths(shortest=7, median=15, longest=longest)))
    assert f"each 60 steps of 3 features, padded at the end: they have 7 to {kept} of their own; 2 classes" in told


def test_how_a_file_of_the_users_was_read_is_told():
    assert word_set(info(source="x.csv; label 'y', 3 columns")).endswith(" How it was read: label 'y', 3 columns.")
    assert "How it was read" not in word_set(info(name="imdb", source="bundled; from elsewhere"))


def test_integers_that_are_read_as_ids_are_told_to_be():
    tokens = {"example_shape": (784,), "layout": "tokens", "dtype": "uint8"}
    assert "Integers of two axes are ids of tokens; give values" in word_set(info(**tokens))
    assert "Integers" not in word_set(info(name="imdb", **tokens))
