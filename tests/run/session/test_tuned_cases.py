"""`--tuned`: each stock case with its tuned one behind it, where this machine has a tuning of it."""

from datetime import UTC, datetime

import pytest

from bench.errors import ConfigError
from bench.plan.case import Case
from bench.plan.suite import Axes
from bench.plan.tuning import TunedCase
from bench.run.session.planning import Request, make_plan
from bench.run.session.tuned_cases import add_tuned, tune_command
from bench.store.tunings_file import Tuning, write_tunings

LSTM, CNN = (Case(model=model, epochs=3, train_size=640, input="pipeline") for model in ("lstm", "cnn"))


@pytest.fixture
def tune(monkeypatch, tmp_path, environment):
    """Return what keeps a tuning in a cache of this test's own: `tune(LSTM, unroll=True)`; no change: stock stands."""
    monkeypatch.setattr("bench.store.tunings_file.cache_folder", lambda: tmp_path)

    def keep(stock, **changes):
        short = stock.model_copy(update={"epochs": 1, "train_size": 4096, "test_size": 100})
        tuned = short.model_copy(update=changes) if changes else None
        now = datetime(2026, 11, 22, tzinfo=UTC)
        found = Tuning(
            stock=short, tuned=tuned, gain=None, gain_low=None, gain_high=None, num_pairs=0, run_id="r", measured_at=now
        )
        write_tunings(environment, [found])

    return keep


def test_the_tuned_case_stands_behind_its_stock_case_with_its_epochs_and_examples(tune, environment):
    tune(LSTM, unroll=True)
    tune(CNN)
    cases, tuned, untuned = add_tuned([LSTM, CNN], environment)
    fast = LSTM.model_copy(update={"unroll": True})
    assert (cases, untuned) == ((LSTM, fast, CNN), ())
    assert tuned == (TunedCase(stock=LSTM.case_id, tuned=fast.case_id), TunedCase(stock=CNN.case_id))


def test_a_case_without_a_tuning_runs_as_it_comes_and_is_named(tune, environment):
    tune(LSTM, unroll=True)
    cases, tuned, untuned = add_tuned([LSTM, CNN], environment)
    assert (len(cases), len(tuned), untuned) == (3, 1, (CNN,))


def test_a_tuned_case_that_the_plan_has_anyway_runs_once(tune, environment):
    tune(LSTM, unroll=True)
    fast = LSTM.model_copy(update={"unroll": True})
    assert add_tuned([fast, LSTM], environment)[0] == (fast, LSTM)


def test_a_tuned_case_that_the_plan_has_with_another_budget_is_refused_before_it_shares_a_journal(tune, environment):
    tune(LSTM, unroll=True)
    longer = LSTM.model_copy(update={"unroll": True, "epochs": 10})
    with pytest.raises(ConfigError, match="appears twice with different epochs"):
        add_tuned([LSTM, longer], environment)


@pytest.mark.usefixtures("tune")
def test_what_no_tuning_can_have_is_named_instead_of_a_command_that_would_not_help(environment):
    wide = LSTM.model_copy(update={"units": 64, "optimizer": "sgd"})
    with pytest.raises(ConfigError, match=r"`bench tune` takes networks as they come; leave --units, --optimizer out"):
        add_tuned([wide], environment)


@pytest.mark.usefixtures("tune")
def test_no_tuning_at_all_is_refused_with_what_to_run(environment):
    with pytest.raises(ConfigError, match=r"no tuning on this machine for lstm-.*cnn-.*--model lstm,cnn --device cpu"):
        add_tuned([LSTM, CNN], environment)


def test_a_tuning_of_other_versions_is_no_tuning_and_the_versions_are_told(tune, environment):
    tune(LSTM, unroll=True)
    updated = environment.model_copy(update={"libraries": {"keras": "3.15.1", "tensorflow": "2.22.0"}})
    with pytest.raises(ConfigError, match=r"never used: tensorflow 2.21.0 then, 2.22.0 now"):
        add_tuned([LSTM], updated)


def test_the_command_names_what_is_not_the_default():
    cases = [LSTM, LSTM.model_copy(update={"batch_size": 64, "backend": "jax", "input": "arrays"})]
    assert tune_command(cases) == (
        "python -m bench tune --model lstm --device cpu --batch-size 32,64 --backend tensorflow,jax"
    )


def test_a_plan_has_stock_and_tuned_interleaved(tune, environment):
    tune(LSTM, unroll=True)
    flags = Axes(model=("lstm",), device=("cpu",), train_size=(640,))
    plan = make_plan(Request(None, flags, seeds="2", tuned=True), environment)
    assert [
        trial.trial_id.replace("-pipeline", "").removeprefix("lstm-mnist-b32-float32-cpu-n640-")
        for trial in plan.suite.trials
    ] == [
        "s0",
        "unroll-s0",
        "unroll-s1",
        "s1",
    ]
    assert len(plan.suite.tuned) == 1


def test_matched_and_tuned_contradict_each_other(environment):
    with pytest.raises(ConfigError, match="leave one of them out"):
        make_plan(Request("quick", Axes(device=("cpu",)), matched=True, tuned=True), environment)
