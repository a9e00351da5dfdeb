"""Validation within an epoch, in real workers: it measures what the epoch's end does; the training never notices."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from bench.analysis.trial.ledger import trial_ledger
from bench.errors import ConfigError
from bench.host.capture import capture_environment
from bench.plan.backends import check_backend
from bench.plan.case import Case
from bench.plan.trial_order import interleave
from bench.run.session.observer import Observer
from bench.run.session.open_session import start_session
from bench.run.session.planning import Plan, check_data
from bench.run.session.run_trials import RunContext, run_together
from bench.store.journal import read_journal
from bench.store.records import ResolvedSuite
from bench.store.run_folder import journal_path
from tests.draws import some

pytestmark = [pytest.mark.training, pytest.mark.usefixtures("no_process_left")]

BACKENDS = ("tensorflow", "jax", "torch")
MODELS = ("cnn-deep", "lstm")
EVERY = 13  # of the 50 steps of an epoch


@pytest.fixture
def small_data(tmp_path):
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (260, 28, 28), dtype=np.uint8)
    y = np.arange(260) % 10
    np.savez(tmp_path / "small.npz", x_train=x[:200], y_train=y[:200], x_test=x[200:], y_test=y[200:])
    return str(tmp_path / "small.npz")


@pytest.fixture
def train(tmp_path, small_data):
    """Return what trains a case and returns the journal."""
    machine = capture_environment()

    def run(**settings):
        settings = {"model": "lstm", "units": 4, "epochs": 2, "batch_size": 4, "deterministic": True} | settings
        case = Case(dataset=small_data, **settings)
        (trial,) = trials = interleave([case], (0,))
        suite = ResolvedSuite(name="validate", description="", targets=(), timeout_s=300.0, trials=trials)
        session = start_session(Plan(suite, check_data([case])), machine, tmp_path / "results", ["bench", "run"])
        context = RunContext(session.folder, session.record, session.plan.data, Quiet())
        run_together([(context, trial)])
        return read_journal(journal_path(session.folder, trial.trial_id))

    return run


class Quiet(Observer):
    tick_s = None

    def trial_started(self, trial):
        pass

    def event(self, trial, event):
        pass

    def trial_ended(self, trial, end):
        pass

    def between_trials(self):
        pass


def skip_without(backend):
    try:
        check_backend(backend)
    except ConfigError as missing:
        pytest.skip(str(missing))


def curves(journal):
    return [(epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy) for epoch in journal.epochs]


# On TensorFlow a training stays the same even in turns: `test_turns.py`.
@pytest.mark.parametrize(("backend", "model"), some([*product(BACKENDS, MODELS)], *product(BACKENDS[1:], MODELS)))
def test_the_training_is_the_same_to_the_last_bit(train, backend, model):
    """Dropout and shuffling draw random numbers, batch normalisation keeps a state, metrics add up over an epoch."""
    skip_without(backend)
    options = {"units": None, "filters": 4} if model == "cnn-deep" else {}
    without = train(backend=backend, model=model, **options)
    within = train(backend=backend, model=model, validate_every=EVERY, **options)
    assert (without.status, within.status) == ("ok", "ok")
    assert curves(within) == curves(without)
    assert [epoch.validations for epoch in without.epochs] == [(), ()]
    assert [[one.num_steps for one in epoch.validations] for epoch in within.epochs] == [[13, 26, 39]] * 2
    assert within.epochs[0].first_step_examples == without.epochs[0].first_step_examples
    assert within.epochs[1].first_step_s is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_measures_what_the_end_of_an_epoch_does_outside_of_all_training_seconds(train, backend):
    """With steps too small to change a weight, each validation must find what the last one does."""
    skip_without(backend)
    journal = train(backend=backend, validate_every=EVERY, learning_rate=1e-30, steps_per_execution=2)
    for epoch in journal.epochs:
        # Two steps a call: the calls that end with steps 14, 26 and 40 complete 13, 26 and 39 steps.
        assert [one.num_steps for one in epoch.validations] == [14, 26, 40]
        assert {(one.val_loss, one.val_accuracy) for one in epoch.validations} == {(epoch.val_loss, epoch.val_accuracy)}
        assert all(0 < one.train_s < epoch.train_s and one.val_s > 0 for one in epoch.validations)
    ledger = trial_ledger(journal)
    within_s = math.fsum(one.val_s for epoch in journal.epochs for one in epoch.validations)
    assert ledger.val_s == pytest.approx(math.fsum(epoch.val_s for epoch in journal.epochs) + within_s)
    # Were its seconds in another part as well, there would be nothing left for the trial's end.
    assert replace(ledger, ending_s=0.0).total_s < journal.end.total_s
