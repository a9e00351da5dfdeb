"""Two real trainings in turns, and the same trial alone: small, but Keras, its `fit` and the worker as they are."""

import itertools
import os

import numpy as np
import pytest

from bench.analysis.trial.throughput import steady_throughput
from bench.analysis.trial.turn_series import MIN_TURNS, collect_turns, took_turns
from bench.errors import ConfigError
from bench.host.capture import capture_environment
from bench.plan.backends import check_backend
from bench.plan.case import Case
from bench.plan.trial_order import interleave
from bench.run.session.open_session import start_session
from bench.run.session.planning import Plan, check_data
from bench.run.session.run_trials import RunContext, run_together, run_trials
from bench.store.journal import read_journal
from bench.store.records import ResolvedSuite
from bench.store.run_folder import journal_path
from tests.run.conftest import ROOT

pytestmark = [
    pytest.mark.training,
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.xdist_group("turns"),  # one suite for all
]
SMALL = {"cnn": {"filters": 4}, "lstm": {"units": 4}}
# Dropout draws random numbers, and batch normalisation keeps a state.
MINE = """
import keras
from keras import layers as L


def broken(input_shape, num_classes):
    raise ValueError("no such layer")


def small(input_shape, num_classes):
    layers = [L.Flatten(), L.BatchNormalization(), L.Dropout(0.5), L.Dense(num_classes, activation="softmax")]
    return keras.Sequential([keras.Input(input_shape), *layers])
"""


class Quiet:
    tick_s = None

    def trial_started(self, trial):
        pass

    def note(self, message):
        pass

    def event(self, trial, event):
        pass

    def trial_ended(self, trial, end):
        pass

    def between_trials(self):
        pass


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the path of a small data set."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (460, 28, 28), dtype=np.uint8)
    y = np.arange(460) % 10
    np.savez(path, x_train=x[:400], y_train=y[:400], x_test=x[400:], y_test=y[400:])
    return str(path)


@pytest.fixture
def train(small, tmp_path):
    """Return what trains the same case with seeds 0 and 1, in turns or seed 0 alone, and returns the journals."""
    machine = capture_environment()

    def run(backend, *, num_workers):
        settings = {"epochs": 2, "dataset": small, "batch_size": 4, "deterministic": True, **SMALL["cnn"]}
        case = Case(model="cnn", backend=backend, **settings)
        trials = interleave([case], tuple(range(num_workers)))
        suite = ResolvedSuite(name="turns", description="", targets=(), timeout_s=300.0, trials=trials)
        session = start_session(Plan(suite, check_data([case])), machine, tmp_path / "results", ["bench", "run"])
        context = RunContext(session.folder, session.record, session.plan.data, Quiet())
        run_together([(context, trial) for trial in trials])
        return [read_journal(journal_path(session.folder, trial.trial_id)) for trial in trials]

    return run


@pytest.fixture(scope="module")
def run_suite(small, tmp_path_factory):
    """Return what runs a suite of some models, in turns or not, from a folder that has networks of its own."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "mine.py").write_text(MINE)

    def run(*models, in_turns, validate_every=None):
        settings = {"epochs": 2, "dataset": small, "batch_size": 4, "deterministic": True}
        cases = [
            Case(model=model, validate_every=validate_every, **settings, **SMALL.get(model, {})) for model in models
        ]
        suite = ResolvedSuite(
            name="turns", description="", targets=(), timeout_s=300.0, trials=interleave(cases, (0,)), in_turns=in_turns
        )
        plan = Plan(suite, check_data(cases))
        session = start_session(plan, capture_environment(), folder / "results", ["bench", "run"])
        context = RunContext(
            session.folder, session.record, plan.data, Quiet(), cwd=folder,
            environ={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])},
        )  # fmt: skip
        run_trials(context, suite.trials)
        return [read_journal(journal_path(session.folder, trial.trial_id)) for trial in suite.trials]

    return run


@pytest.fixture(scope="module")
def suite(run_suite):
    """Train two networks in turns, and one that cannot be built; validations within an epoch are turns of their own."""
    return run_suite("mine:broken", "mine:small", "lstm", in_turns=True, validate_every=30)


def test_two_networks_of_a_run_in_turns_are_whole_and_trained_as_each_alone(suite, run_suite):
    _, *pair = suite
    alone = run_suite("mine:small", "lstm", in_turns=False)
    assert [journal.status for journal in (*pair, *alone)] == ["ok"] * 4
    assert [losses(journal) for journal in pair] == [losses(journal) for journal in alone]
    assert [(journal.start.in_turns, journal.epochs[0].turns) for journal in alone] == [(None, None)] * 2
    one, other = pair
    assert took_turns(one, other)
    assert min(len(collect_turns(journal.epochs).numbers) for journal in pair) >= MIN_TURNS
    # Whichever ends first had company all along, and its turns hold each of its steps.
    check_turns(other if ended_last(one) else one)
    check_that_no_turn_is_both(pair)
    for within, without in zip(pair, alone, strict=True):
        assert [[one.num_steps for one in epoch.validations] for epoch in within.epochs] == [[30, 60, 90]] * 2
        assert [epoch.validations for epoch in without.epochs] == [()] * 2
        assert within.epochs[0].first_step_examples == without.epochs[0].first_step_examples
        assert within.epochs[1].first_step_s is None


def test_a_network_that_cannot_be_built_leaves_the_others_to_train(suite):
    broken, *pair = suite
    assert (broken.status, "no such layer" in broken.end.error.message) == ("failed", True)
    # It was gone before the first turn.
    assert [(one.status, one.start.in_turns.slot, one.epochs[0].turns.gone[0]) for one in pair] == [
        ("ok", 1, 0),
        ("ok", 2, 0),
    ]


def ended_last(journal):
    """Return whether the others were gone when its second epoch ended."""
    return len(journal.epochs[1].turns.gone) == len(journal.start.in_turns.trials) - 1


def losses(journal):
    return [(epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy) for epoch in journal.epochs]


# On TensorFlow the networks above show it.
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_in_turns_a_training_is_the_same_to_the_last_bit_and_its_waits_are_in_no_throughput(train, backend):
    try:
        check_backend(backend)
    except ConfigError as missing:
        pytest.skip(str(missing))
    (alone,) = train(backend, num_workers=1)
    pair = train(backend, num_workers=2)
    assert [journal.status for journal in (alone, *pair)] == ["ok"] * 3
    assert losses(pair[0]) == losses(alone)
    check_that_no_turn_is_both(pair)
    for journal in pair:
        if not ended_last(journal):  # one whose partner had ended has no turns to tell
            check_turns(journal)


def check_that_no_turn_is_both(pair):
    assert not all(ended_last(journal) for journal in pair)
    numbers = [{number for epoch in one.epochs for number in epoch.turns.numbers} for one in pair]
    assert not numbers[0] & numbers[1]


def check_turns(journal):
    """Each turn has its steps; all of them make no more than the epoch, in whose seconds the waits are not."""
    steady_s = sum(epoch.train_s - (epoch.first_step_s or 0.0) - epoch.iterator_s for epoch in journal.epochs)
    num_steps = sum(epoch.num_steps for epoch in journal.epochs)
    # Deterministic trials have no throughput at all: it is the waits that this one must show none of.
    case = journal.start.case.model_copy(update={"deterministic": False})
    assert steady_throughput(case, journal.epochs) == pytest.approx((num_steps - 1) * 4 / steady_s)
    second = journal.epochs[1].turns
    assert len(second.numbers) >= 2
    # A partner whose turns have more steps ends first; what is trained after that is in no turn.
    if not ended_last(journal):
        assert sum(second.steps) == journal.epochs[1].num_steps
        trained_s = journal.epochs[1].train_s - journal.epochs[1].iterator_s
        assert sum(second.seconds) == pytest.approx(trained_s, rel=1e-3)
    assert all(after - before >= 2 for before, after in itertools.pairwise(second.numbers))
