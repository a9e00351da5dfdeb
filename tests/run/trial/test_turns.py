"""Two real trainings in turns, and the same trial alone: small, but Keras, its `fit` and the worker as they are."""

import itertools

import numpy as np
import pytest

from bench.analysis.trial.throughput import steady_throughput
from bench.errors import ConfigError
from bench.host.capture import capture_environment
from bench.plan.backends import check_backend
from bench.plan.case import Case
from bench.plan.trial_order import interleave
from bench.run.session.open_session import start_session
from bench.run.session.planning import Plan, check_data
from bench.run.session.run_trials import RunContext, run_together
from bench.store.journal import read_journal
from bench.store.records import ResolvedSuite
from bench.store.run_folder import journal_path

pytestmark = [pytest.mark.training, pytest.mark.usefixtures("no_process_left")]


class Quiet:
    tick_s = None

    def trial_started(self, trial):
        pass

    def event(self, trial, event):
        pass

    def trial_ended(self, trial, end):
        pass


@pytest.fixture
def train(tmp_path):
    """Return what trains the same case with seeds 0 and 1, in turns or seed 0 alone, and returns the journals."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (660, 28, 28), dtype=np.uint8)
    y = np.arange(660) % 10
    np.savez(tmp_path / "small.npz", x_train=x[:600], y_train=y[:600], x_test=x[600:], y_test=y[600:])
    machine = capture_environment()

    def run(backend, *, num_workers):
        case = Case(
            model="cnn",
            epochs=2,
            dataset=str(tmp_path / "small.npz"),
            batch_size=4,
            backend=backend,
            deterministic=True,
        )
        trials = interleave([case], tuple(range(num_workers)))
        suite = ResolvedSuite(name="turns", description="", targets=(), timeout_s=300.0, trials=trials)
        session = start_session(Plan(suite, check_data([case])), machine, tmp_path / "results", ["bench", "run"])
        context = RunContext(session.folder, session.record, session.plan.data, Quiet())
        run_together([(context, trial) for trial in trials])
        return [read_journal(journal_path(session.folder, trial.trial_id)) for trial in trials]

    return run


def losses(journal):
    return [(epoch.loss, epoch.accuracy, epoch.val_loss, epoch.val_accuracy) for epoch in journal.epochs]


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_in_turns_a_training_is_the_same_to_the_last_bit_and_its_waits_are_in_no_throughput(train, backend):
    try:
        check_backend(backend)
    except ConfigError as missing:
        pytest.skip(str(missing))
    (alone,) = train(backend, num_workers=1)
    pair = train(backend, num_workers=2)
    assert [journal.status for journal in (alone, *pair)] == ["ok"] * 3
    assert losses(pair[0]) == losses(alone)
    assert (alone.epochs[0].turns, alone.start.in_turns) == (None, None)
    for journal in pair:
        check_turns(journal)
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
    assert sum(second.steps) == journal.epochs[1].num_steps
    assert sum(second.seconds) == pytest.approx(journal.epochs[1].train_s - journal.epochs[1].iterator_s, rel=1e-3)
    assert all(after - before >= 2 for before, after in itertools.pairwise(second.numbers))
