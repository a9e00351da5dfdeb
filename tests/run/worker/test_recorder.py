"""The callback inside a real `fit`, with a clock that moves one second each time it is read."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

import functools
import itertools

import numpy as np
import pytest

from bench.host.sensors.noise import Noise
from bench.plan.case import Case
from bench.run.worker.framework import Framework
from bench.run.worker.time_ledger import Ledger

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("recorder")]  # one training for several

QUIET = Noise(load_1m=None, steal_s=None, num_throttles=None, canary=None)


def make_framework(synchronized, *, steps_can_be_timed=True, **changes):
    return Framework(
        version="0",
        device_name="cpu",
        synchronize=synchronized.append,
        peak_device_bytes=lambda: None,
        threads=(None, None),
        steps_can_be_timed=steps_can_be_timed,
        **changes,
    )


@pytest.fixture(scope="module")
def train():
    """Return a function that fits a small network on 10 examples in batches of 4 and returns what was recorded.

    Of the same arguments it is the same training.
    """
    import keras

    from bench.networks.training import compile_model
    from bench.run.worker.recorder import Recorder

    @functools.cache
    def run(epochs=2, *, scale=1.0, steps_per_execution=1, **framework):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
        compile_model(model, steps_per_execution=steps_per_execution)
        x, y = np.full((10, 3), scale, "float32"), np.arange(10) % 2
        synchronized, events = [], []
        seconds = itertools.count()
        case = Case(model="tiny", epochs=epochs, batch_size=4)
        recorder = Recorder(
            case,
            10,
            make_framework(synchronized, **framework),
            Ledger(lambda: float(next(seconds))),
            lambda: QUIET,
            events.append,
        )
        model.fit(x, y, batch_size=4, epochs=epochs, validation_data=(x, y), callbacks=[recorder], verbose=0)
        return recorder, events, synchronized

    return run


def test_each_mark_of_an_epoch_costs_one_reading_of_the_clock(train):
    """Readings: 0 ledger · 1 epoch · 2–3, 4–5, 6–7 steps · 8 end. Then 9 epoch · 10–11, 12–13, 14–15 · 16 end."""
    _, (first, second), _ = train()
    assert (first.other_s, first.train_s, first.val_s) == (1.0, 6.0, 1.0)
    assert (second.other_s, second.train_s, second.val_s) == (1.0, 6.0, 1.0)
    assert (first.iterator_s, second.iterator_s) == (1.0, 1.0)
    assert (first.num_examples, first.num_steps) == (10, 3)


def test_the_first_batch_and_the_ragged_last_one_pay_for_tracing_once(train):
    _, (first, second), _ = train()
    assert (first.first_step_s, first.first_step_examples) == (2.0, 4 + 2)
    assert (second.first_step_s, second.first_step_examples) == (None, 0)
    assert (first.step_s.p50, second.step_s.maximum) == (1.0, 1.0)


def test_a_step_that_compiles_again_at_a_known_shape_counts_as_a_first_step(train):
    """Counts are read as a step begins and, at a known shape, as it ends; the second step compiles, and validation."""
    counts = iter((0, 0, 1, 1, 2, 2, 2, 2, 2, 2))
    _, (first, second), synchronized = train(count_compilations=lambda: next(counts))
    assert (first.first_step_s, first.first_step_examples) == (3.0, 4 + 4 + 2)
    assert (second.first_step_s, second.first_step_examples) == (None, 0)
    assert len(synchronized) == 6


def test_the_device_is_synchronized_at_the_boundaries_alone(train):
    """In the first epoch before and after the first and the ragged last step, in the second after the last alone."""
    _, _, synchronized = train()
    assert [logs is None for logs in synchronized] == [True, False, True, False, False]


def test_steps_that_return_before_they_are_done_have_no_quantiles(train):
    _, events, _ = train(steps_can_be_timed=False)
    assert [event.step_s for event in events] == [None, None]


def test_several_steps_in_one_execution_are_one_mark(train):
    _, (first, _), _ = train(steps_per_execution=3)
    assert (first.train_s, first.first_step_examples, first.num_steps) == (2.0, 10, 3)
    assert first.step_s is None


def test_a_loss_that_is_not_finite_ends_the_training_and_is_stored_as_null(train):
    recorder, events, _ = train(epochs=3, scale=np.nan)
    (event,) = events
    assert (event.loss, event.val_loss) == (None, None)
    assert {"loss", "val_loss"} <= set(event.not_finite)
    assert recorder.diverged == event.not_finite
    assert recorder.num_epochs == 1


def test_the_learning_rate_is_that_after_the_epochs_updates(train):
    _, (first, second), _ = train()
    assert first.learning_rate == pytest.approx(1e-3 / (1 + 1e-5 * 3), rel=1e-6)
    assert second.learning_rate == pytest.approx(1e-3 / (1 + 1e-5 * 6), rel=1e-6)


@pytest.fixture
def two_steps_an_epoch():
    """Limit Keras as KERAS_MAX_STEPS_PER_EPOCH=2 does."""
    import keras

    keras.config.set_max_steps_per_epoch(2)
    yield
    keras.config.set_max_steps_per_epoch(None)


@pytest.mark.filterwarnings("ignore:Limiting steps_per_epoch")
@pytest.mark.parametrize("steps_per_execution", [1, 2])
@pytest.mark.usefixtures("two_steps_an_epoch")
def test_an_epoch_cut_short_is_counted_as_it_was_and_ends_the_training(train, steps_per_execution):
    recorder, (event,), _ = train(epochs=3, steps_per_execution=steps_per_execution)
    assert (event.num_steps, event.num_examples) == (2, 8)
    assert recorder.is_short


def test_a_whole_epoch_is_not_short(train):
    assert not train(steps_per_execution=2)[0].is_short
