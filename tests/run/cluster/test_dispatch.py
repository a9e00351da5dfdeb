import pytest

from bench.plan.case import Case
from bench.plan.trial_order import interleave
from bench.run.cluster.dispatch import Dispatch

CASES = [Case(model=model, epochs=1) for model in ("lstm", "cnn")]


def names(trials):
    return [f"{trial.case.model}{trial.seed}" for trial in trials]


def test_all_cases_of_a_seed_go_to_one_host():
    dispatch = Dispatch(interleave(CASES, (0, 1)))
    taken = [dispatch.take(host) for host in ("a", "b", "a", "b")]
    assert names(taken) == ["lstm0", "cnn1", "cnn0", "lstm1"]
    assert dispatch.waiting == ()


def test_one_host_runs_everything_in_the_runs_order():
    trials = interleave(CASES, (0, 1, 2))
    dispatch = Dispatch(trials)
    assert tuple(dispatch.take("a") for _ in trials) == trials


def test_no_host_is_left_without_work_for_the_sake_of_a_pair():
    dispatch = Dispatch(interleave(CASES, (0,)))
    assert names([dispatch.take("a"), dispatch.take("b")]) == ["lstm0", "cnn0"]


def test_a_lost_trial_goes_elsewhere_where_there_is_an_elsewhere():
    dispatch = Dispatch(interleave(CASES, (0,)))
    lost = dispatch.take("a")
    dispatch.give_back(lost, "a")
    assert dispatch.num_lost(lost) == 1
    assert names([dispatch.take("a"), dispatch.take("b")]) == ["cnn0", "lstm0"]


def test_a_lost_trial_goes_to_the_same_host_again_where_nothing_else_is_left_for_it():
    dispatch = Dispatch(interleave(CASES[:1], (0,)))
    dispatch.give_back(dispatch.take("a"), "a")
    assert names([dispatch.take("a")]) == ["lstm0"]


def test_the_rest_of_a_lost_hosts_seed_follows_the_lost_trial():
    dispatch = Dispatch(interleave(CASES, (0, 1)))
    lost, _ = dispatch.take("a"), dispatch.take("b")
    dispatch.give_back(lost, "a")
    assert names([dispatch.take("c"), dispatch.take("c")]) == ["lstm0", "cnn0"]


def test_taking_from_nothing_is_an_error():
    with pytest.raises(IndexError, match="no trial waits"):
        Dispatch(()).take("a")
