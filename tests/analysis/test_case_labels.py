"""Labels: short, unique, and honest about every axis in which a case differs from most."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.analysis.case_labels import case_labels, unsaid_settings
from bench.plan.case import Case


def test_a_label_is_the_model_alone_where_only_the_model_varies(make_case: Callable[..., Case]) -> None:
    cases = [make_case("lstm", epochs=3, batch_size=128), make_case("cnn", epochs=10, batch_size=128)]
    assert list(case_labels(cases).values()) == ["lstm", "cnn"]


def test_a_label_names_each_axis_that_varies_and_no_other(make_case: Callable[..., Case]) -> None:
    cases = [
        make_case("lstm", batch_size=32, precision="mixed_float16"),
        make_case("cnn", batch_size=128, scaling="none", precision="mixed_float16"),
    ]
    assert list(case_labels(cases).values()) == ["lstm · batch 32 · scaled", "cnn · batch 128 · unscaled"]


def test_a_setting_left_to_the_model_needs_no_word(make_case: Callable[..., Case]) -> None:
    cases = [make_case("lstm"), make_case("lstm", units=64, unroll=True), make_case("cnn", train_size=500)]
    assert list(case_labels(cases).values()) == ["lstm", "lstm · unrolled · 64 units", "cnn · 500 examples"]
    assert unsaid_settings(cases) == ("all examples",)


def test_what_most_cases_share_goes_without_saying(make_case: Callable[..., Case]) -> None:
    plain = [make_case("lstm"), make_case("cnn"), make_case("cnn-deep")]
    others = [make_case("cnn", scaling="none"), make_case("cnn", scaling="none", activation="sigmoid")]
    assert list(case_labels([*plain, *others]).values()) == [
        "lstm", "cnn", "cnn-deep", "cnn · unscaled", "cnn · unscaled · sigmoid",
    ]  # fmt: skip
    assert unsaid_settings([*plain, *others]) == ("scaled",)


def test_of_values_that_are_as_common_the_default_goes_without_saying_unless_they_are_compared(
    make_case: Callable[..., Case],
) -> None:
    slow = [make_case("cnn", optimizer="sgd", learning_rate=0.001), make_case("cnn", optimizer="sgd", batch_size=512)]
    sweep = [*slow, make_case("cnn", train_size=600), make_case("cnn", filters=2)]
    assert list(case_labels(sweep).values()) == [
        "cnn · sgd · rate 0.001", "cnn · batch 512 · sgd", "cnn · 600 examples", "cnn · 2 filters",
    ]  # fmt: skip
    pairs = [make_case(model, optimizer=name) for model in ("lstm", "cnn") for name in ("adam", "sgd")]
    assert list(case_labels(pairs).values()) == ["lstm · adam", "lstm · sgd", "cnn · adam", "cnn · sgd"]


def test_a_value_without_a_word_cannot_be_told_from_one_that_goes_without_saying(
    make_case: Callable[..., Case],
) -> None:
    cases = [make_case("cnn", filters=2), make_case("cnn", filters=2, batch_size=64), make_case("cnn", filters=None)]
    labels = case_labels(cases)
    assert list(labels.values()) == ["cnn · 2 filters", "cnn · batch 64 · 2 filters", "cnn"]


def test_one_of_a_thing_is_told_in_the_singular(make_case: Callable[..., Case]) -> None:
    one, two = (
        make_case(train_size=n, test_size=n, units=n, filters=n, steps_per_execution=n, inter_op_threads=n)
        for n in (1, 2)
    )
    assert list(case_labels([one, two]).values()) == [
        "lstm · 1 example · 1 test example · 1 unit · 1 filter · 1 step per execution · 1 inter-op thread",
        "lstm · 2 examples · 2 test examples · 2 units · 2 filters · 2 steps per execution · 2 inter-op threads",
    ]


def test_a_number_of_examples_that_follows_from_the_batch_size_needs_no_word(make_case: Callable[..., Case]) -> None:
    cases = [make_case(batch_size=32, train_size=5_632), make_case(batch_size=1_024, train_size=11_264)]
    cnns = [case.model_copy(update={"model": "cnn"}) for case in cases]
    assert list(case_labels([*cases, *cnns]).values())[2:] == ["cnn · batch 32", "cnn · batch 1,024"]
    assert list(case_labels(cases).values()) == ["lstm · batch 32", "lstm · batch 1,024"]
    other = make_case(batch_size=1_024, train_size=2_048)
    assert case_labels([*cases, other])[other.case_id] == "lstm · 2,048 examples"


def test_what_follows_from_the_data_set_needs_no_word(make_case: Callable[..., Case]) -> None:
    sound = make_case("gru", dataset="spoken-digits", scaling="standard", max_length=48)
    words = make_case("gru", dataset="word-languages", scaling="none")
    assert list(case_labels([sound, words]).values()) == ["gru · spoken-digits", "gru · word-languages"]
    raw = make_case("gru", dataset="spoken-digits", scaling="none", max_length=48)
    assert list(case_labels([sound, words, raw]).values()) == ["gru · standardised", "gru · word-languages", "gru"]


def test_cases_that_differ_by_their_budget_alone_are_one_case(make_case: Callable[..., Case]) -> None:
    assert list(case_labels([make_case(epochs=3), make_case(epochs=10)]).values()) == ["lstm"]


# Two values of each axis, the default first, and the words that tell them apart.
AXES = {
    "dataset": ("mnist", "fashion_mnist", ("mnist", "fashion_mnist")),
    "batch_size": (32, 64, ("batch 32", "batch 64")),
    "precision": ("float32", "float64", ("float32", "float64")),
    "device": ("cpu", "gpu:1", ("cpu", "gpu:1")),
    "backend": ("tensorflow", "jax", ("tensorflow", "jax")),
    "scaling": ("unit", "none", ("scaled", "unscaled")),
    "max_length": (None, 48, ("all steps", "48 steps")),
    "vocabulary": (None, 500, ("all tokens", "500 tokens")),
    "train_size": (None, 500, ("all examples", "500 examples")),
    "test_size": (None, 100, ("all test examples", "100 test examples")),
    "validation_split": (None, 0.25, ("the test half", "validated on 25%")),
    "axes": ("channels-last", "channels-first", ("channels-last", "channels-first")),
    "training": ("bench", "own", ("", "own training")),
    "jit": ("auto", "on", ("jit auto", "jit on")),
    "unroll": (False, True, ("", "unrolled")),
    "units": (None, 64, ("", "64 units")),
    "filters": (None, 8, ("", "8 filters")),
    "depth": (None, 6, ("", "depth 6")),
    "steps_per_execution": (1, 8, ("1 step per execution", "8 steps per execution")),
    "input": ("arrays", "pipeline", ("from arrays", "input pipeline")),
    "deterministic": (False, True, ("", "deterministic")),
    "optimizer": ("adam", "sgd", ("adam", "sgd")),
    "learning_rate": (None, 0.5, ("", "rate 0.5")),
    "decay": (1e-5, 0.0, ("decay 1e-05", "decay 0.0")),
    "activation": (None, "tanh", ("", "tanh")),
    "output_activation": (None, "sigmoid", ("", "sigmoid output")),
    "intra_op_threads": (None, 1, ("", "1 intra-op thread")),
    "inter_op_threads": (None, 2, ("", "2 inter-op threads")),
}


@pytest.mark.parametrize("axis", sorted(Case.model_fields.keys() - {"model", "epochs", "validate_every"}))
def test_every_axis_shows_in_label_and_id_where_it_varies_and_only_there(
    make_case: Callable[..., Case], axis: str
) -> None:
    usual, other, words = AXES[axis]
    cases = [make_case("lstm", **{axis: value}) for value in (usual, other)]
    labels = case_labels(cases)
    assert list(labels.values()) == [" · ".join(filter(None, ("lstm", word))) for word in words]
    assert len(labels) == 2
    assert list(case_labels(cases[1:]).values()) == ["lstm"]


@given(
    st.lists(
        st.builds(
            Case,
            model=st.sampled_from(["lstm", "cnn", "pkg.mod:build"]),
            epochs=st.just(1),
            validate_every=st.none(),
            batch_size=st.sampled_from([32, 128]),
            device=st.sampled_from(["cpu", "cpu:2", "gpu:0"]),
            scaling=st.sampled_from(["unit", "none"]),
            jit=st.sampled_from(["auto", "on", "off"]),
            train_size=st.sampled_from([None, 100]),
            test_size=st.sampled_from([None, 100]),
            depth=st.sampled_from([None, 1, 2]),
            unroll=st.booleans(),
            deterministic=st.booleans(),
            steps_per_execution=st.sampled_from([1, 8]),
        ),
        max_size=12,
    )
)
def test_no_two_cases_share_a_label(cases: list[Case]) -> None:
    labels = case_labels(cases)
    assert set(labels) == {case.case_id for case in cases}
    assert len(set(labels.values())) == len(labels)
