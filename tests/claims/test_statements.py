"""Selectors: which cases a claim's name stands for."""

import pytest
from pydantic import ValidationError

from bench.claims.statements import PREDICATES, Selector


def test_settings_that_are_not_named_have_their_defaults(make_case):
    rnn = Selector(model="lstm")
    assert rnn.matches(make_case("lstm"))
    assert not rnn.matches(make_case("cnn"))
    assert not rnn.matches(make_case("lstm", scaling="none"))
    assert not rnn.matches(make_case("lstm", batch_size=128))
    assert not rnn.matches(make_case("lstm", optimizer="sgd"))


def test_device_budget_and_sizes_are_open_where_they_are_not_named(make_case):
    rnn = Selector(model="lstm")
    for case in (make_case(device="gpu:1"), make_case(epochs=9), make_case(train_size=600, test_size=100)):
        assert rnn.matches(case)


def test_what_the_named_data_or_network_decides_need_not_be_named(make_case):
    """Series are scaled by their features and tokens not at all; a PyTorch network has a backend of its own."""
    own = Selector(model="lstm", dataset="mine.csv")
    assert own.matches(make_case(dataset="/data/mine.csv", scaling="standard"))
    assert Selector(model="gru", dataset="word-languages").matches(
        make_case("gru", dataset="word-languages", scaling="none")
    )
    assert not own.matches(make_case(dataset="/data/mine.csv", batch_size=128))
    assert not Selector(model="lstm", dataset="mine.csv", scaling="unit").matches(
        make_case(dataset="mine.csv", scaling="standard")
    )
    assert Selector(model="lstm-pytorch").matches(make_case("lstm-pytorch", backend="torch"))
    assert Selector(model="mine:Net").matches(make_case("mine:Net", backend="torch"))
    assert not Selector(model="lstm").matches(make_case(backend="jax"))


def test_what_is_named_must_be_met(make_case):
    assert Selector(model="lstm", train_size=600).matches(make_case(train_size=600))
    assert not Selector(model="lstm", train_size=600).matches(make_case())
    assert not Selector(model="lstm", epochs=3).matches(make_case(epochs=9))
    assert not Selector(model="lstm", scaling="unit").matches(make_case(scaling="none"))


@pytest.mark.parametrize(
    ("named", "device", "is_met"),
    [
        ("gpu", "gpu", True), ("gpu", "gpu:1", True), ("gpu:1", "gpu", False), ("gpu", "cpu", False),
        ("cpu", "cpu:2", True), ("cpu:2", "cpu:20", False),
    ],
)  # fmt: skip
def test_a_kind_of_device_stands_for_each_of_its_kind(make_case, named, device, is_met):
    assert Selector(model="lstm", device=named).matches(make_case(device=device)) is is_met


def test_a_model_that_does_not_exist_is_refused_and_a_users_own_is_not():
    with pytest.raises(ValidationError, match="did you mean 'lstm'"):
        Selector(model="lsmt")
    assert Selector(model="mine.models:build").model == "mine.models:build"


def test_the_predicates_are_a_closed_set():
    assert set(PREDICATES) == {
        "reaches", "needs_at_least", "stays_below", "ahead_per_epoch", "fewer_epochs", "sooner", "slower", "faster",
        "ahead_on_sets", "reproduces",
    }  # fmt: skip
