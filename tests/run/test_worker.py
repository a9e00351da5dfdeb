"""How a worker judges what happened; the rest of it is tested by the real runs of tests/cli."""

from types import SimpleNamespace

import pytest

from bench.errors import DataError
from bench.run.worker import _describe, _judge


def recorder(**changes):
    return SimpleNamespace(**{"num_epochs": 3, "diverged": (), "is_short": False, **changes})


def test_a_whole_training_is_ok(make_case):
    assert _judge(recorder(), make_case(epochs=3)) == ("ok", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_epochs": 2}, "expected 3 epochs, Keras ran 2; is KERAS_MAX_EPOCHS set?"),
        ({"is_short": True}, "epoch 3 ended before its last step; is KERAS_MAX_STEPS_PER_EPOCH set?"),
        ({"is_short": True, "num_epochs": 1}, "epoch 1 ended before its last step; is KERAS_MAX_STEPS_PER_EPOCH set?"),
    ],
)
def test_fewer_epochs_or_steps_than_asked_are_never_ok(make_case, changes, message):
    status, error = _judge(recorder(**changes), make_case(epochs=3))
    assert (status, error.type, error.message) == ("failed", "ShortRun", message)


def test_a_loss_that_is_not_finite_is_a_divergence_even_in_the_first_epoch(make_case):
    status, error = _judge(recorder(num_epochs=1, diverged=("loss", "val_loss")), make_case(epochs=3))
    assert (status, error.message) == ("diverged", "loss, val_loss not finite in epoch 1")


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (MemoryError(), "oom"),
        (ResourceExhaustedError("OOM when allocating tensor"), "oom"),
        (RuntimeError("RESOURCE_EXHAUSTED: out of memory while trying to allocate"), "oom"),
        (ValueError("Dimensions must be equal"), "failed"),
    ],
)
def test_running_out_of_memory_is_told_from_other_failures(problem, status):
    found, error = _describe(problem)
    assert (found, error.type) == (status, type(problem).__name__)
    assert type(problem).__name__ in error.output_tail


def test_an_error_that_speaks_for_itself_brings_no_trace():
    assert _describe(DataError("labels 11 and 12 are out of range"))[1].output_tail == ""
