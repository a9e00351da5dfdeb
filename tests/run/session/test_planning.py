"""From what was asked to a plan: sizes that nobody typed fit the data."""

import numpy as np
import pytest

from bench.data import load
from bench.errors import DataError
from bench.plan.suite import Axes
from bench.run.session.planning import Request, make_plan


@pytest.fixture
def small(tmp_path):
    x = np.random.default_rng(0).normal(size=(130, 5, 3))
    y = np.arange(130) % 2
    np.savez(tmp_path / "small.npz", x_train=x[:100], y_train=y[:100], x_test=x[100:], y_test=y[100:])
    return str(tmp_path / "small.npz")


def test_quick_takes_all_of_a_smaller_data_set(small, environment):
    plan = make_plan(Request("quick", Axes(dataset=(small,), device=("cpu",))), environment)
    assert {(case.train_size, case.test_size) for case in plan.data} == {(None, None)}
    assert {(info.num_train, info.num_test) for info in plan.data.values()} == {(100, 30)}


def test_a_size_that_was_typed_is_refused_where_it_is_too_large(small, environment):
    with pytest.raises(DataError, match="--train-size: expected from 1 to 100"):
        make_plan(Request("quick", Axes(dataset=(small,), device=("cpu",), train_size=(3000,))), environment)


def test_quicks_own_data_set_keeps_its_sizes(environment):
    plan = make_plan(Request("quick", Axes(device=("cpu",))), environment)
    assert {(case.train_size, case.test_size) for case in plan.data} == {(3000, 1000)}


@pytest.mark.parametrize("num_cases", [1, 6])
def test_a_data_set_is_read_as_often_for_many_cases_as_for_one(small, environment, monkeypatch, num_cases):
    reads = []
    monkeypatch.setattr(load, "read_npz", lambda path, read=load.read_npz: reads.append(path) or read(path))
    batch_sizes = tuple(range(1, num_cases + 1))
    plan = make_plan(Request("quick", Axes(model=("lstm",), dataset=(small,), batch_size=batch_sizes)), environment)
    assert len(plan.suite.trials) == num_cases
    assert len(reads) == 3  # for its scaling, for its sizes, and for its check


@pytest.mark.parametrize(("batch_size", "typed", "every"), [(4, None, None), (1, 60, 60), (1, 99, 99), (1, 100, None)])
def test_an_epoch_that_ends_before_its_first_validation_within_has_none(small, environment, batch_size, typed, every):
    """The tutorial's suite validates every 625 steps of MNIST's 1,875; 100 examples have 100 steps at most."""
    axes = Axes(dataset=(small,), device=("cpu",), batch_size=(batch_size,), validate_every=typed)
    plan = make_plan(Request("tutorial", axes), environment)
    assert {case.validate_every for case in plan.data} == {every}
    assert {trial.case for trial in plan.suite.trials} == set(plan.data)
