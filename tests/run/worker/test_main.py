"""How a worker judges what happened; the rest of it is tested by the real runs of tests/cli."""

from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from bench.errors import ConfigError, DataError
from bench.host.probe import Probe
from bench.host.sensors.energy import Counter
from bench.networks.plugin import call_user
from bench.networks.registry import builtin_models
from bench.run.session.run_trials import is_short_beside_others
from bench.run.worker import main
from bench.run.worker.failure import describe_failure
from bench.run.worker.main import choose_energy_meter, judge_training


def recorder(**changes):
    return SimpleNamespace(**{"num_epochs": 3, "diverged": (), "is_short": False, **changes})


def test_a_whole_training_is_ok(make_case):
    assert judge_training(recorder(), make_case(epochs=3)) == ("ok", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_epochs": 2}, "expected 3 epochs, Keras ran 2; is KERAS_MAX_EPOCHS set?"),
        ({"is_short": True}, "epoch 3 ended before its last step; is KERAS_MAX_STEPS_PER_EPOCH set?"),
        ({"is_short": True, "num_epochs": 1}, "epoch 1 ended before its last step; is KERAS_MAX_STEPS_PER_EPOCH set?"),
    ],
)
def test_fewer_epochs_or_steps_than_asked_are_never_ok(make_case, changes, message):
    status, error = judge_training(recorder(**changes), make_case(epochs=3))
    assert (status, error.type, error.message) == ("failed", "ShortRun", message)


def test_a_loss_that_is_not_finite_is_a_divergence_even_in_the_first_epoch(make_case):
    status, error = judge_training(recorder(num_epochs=1, diverged=("loss", "val_loss")), make_case(epochs=3))
    assert (status, error.message) == ("diverged", "loss, val_loss not finite in epoch 1")


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (MemoryError(), "oom"),
        (ResourceExhaustedError("OOM when allocating tensor"), "oom"),
        (RuntimeError("RESOURCE_EXHAUSTED: out of memory while trying to allocate"), "oom"),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried "
                "to allocate 4000000000000 bytes. Error code 12 (Cannot allocate memory)"
            ),
            "oom",
        ),
        (ValueError("Dimensions must be equal"), "failed"),
    ],
)
def test_running_out_of_memory_is_told_from_other_failures(problem, status):
    found, error = describe_failure(problem)
    assert (found, error.type) == (status, type(problem).__name__)
    assert type(problem).__name__ in error.output_tail


def test_of_a_long_message_the_end_is_kept_which_says_what_is_wrong():
    calls = "\n".join(f'  File "layer.py", line {line}, in call' for line in range(200))
    message = describe_failure(ValueError(f"Graph execution error:\n{calls}\nassertion failed: too big"))[1].message
    assert message.startswith("Graph execution error:")
    assert message.endswith("assertion failed: too big")
    assert len(message) <= 2000


def test_memory_that_runs_out_beside_other_workers_says_what_would_leave_it_all_to_one():
    message = describe_failure(MemoryError("no more"), shares_memory=True)[1].message
    assert message == "out of memory beside other workers in turns; --alone gives it all: no more"
    assert describe_failure(ValueError("too big"), shares_memory=True)[1].message == "too big"


@pytest.mark.parametrize(
    ("is_alone", "is_limited", "is_said"), [(False, False, True), (False, True, False), (True, False, False)]
)
def test_a_worker_says_so_only_where_another_one_took_of_its_memory(monkeypatch, is_alone, is_limited, is_said):
    monkeypatch.setattr(main, "prepare_trial", Mock(side_effect=MemoryError("no more")))
    end = main.run_trial(None, None, 0.0, SimpleNamespace(is_alone=is_alone, waited_s=0.0), None, is_limited=is_limited)
    assert (end.status, is_short_beside_others(end)) == ("oom", is_said)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [(MemoryError(), "oom"), (ResourceExhaustedError("OOM when allocating"), "oom"), (ValueError("no"), "failed")],
)
def test_running_out_of_memory_in_a_models_own_code_is_no_mistake_of_that_code(cause, expected):
    def build():
        raise cause

    with pytest.raises(ConfigError) as caught:
        call_user(builtin_models()["cnn"], "building it", (3, 2), build)
    status, error = describe_failure(caught.value)
    # A ValueError of a built-in network is its own refusal, a sentence as it is.
    assert (status, error.type) == (expected, "ConfigError" if isinstance(cause, ValueError) else "NetworkError")


def test_errors_that_were_raised_from_each_other_are_read_once():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert describe_failure(first)[0] == "failed"


def build_machine(folder, **files):
    """A machine whose first package has these files, whose counter is `energy_uj`."""
    zone = folder / "sys/class/powercap/intel-rapl:0"
    zone.mkdir(parents=True)
    for name, text in files.items():
        (zone / name).write_text(text)
    return Probe(root=folder)


def build_watch(*counters):
    return SimpleNamespace(counters=lambda: counters)


GPU = Counter("GPU 0", lambda: 1.0)


@pytest.mark.parametrize(
    ("files", "watch", "sensors"),
    [
        ({"name": "package-0", "energy_uj": "7"}, None, ("package-0",)),
        ({"name": "package-0", "energy_uj": "7"}, build_watch(GPU), ("package-0", "GPU 0")),
        ({"name": "package-0", "energy_uj": "7"}, build_watch(), ()),
        ({"name": "package-0"}, build_watch(GPU), ()),  # only root may read it
        ({"name": "package-0"}, None, ()),
        ({}, build_watch(GPU), ("GPU 0",)),
    ],
)
def test_joules_are_of_the_packages_and_the_gpu_or_there_are_none(tmp_path, files, watch, sensors):
    assert choose_energy_meter(watch, build_machine(tmp_path, **files)).sensors == sensors


def test_an_error_that_speaks_for_itself_brings_no_trace():
    assert describe_failure(DataError("labels 11 and 12 are out of range"))[1].output_tail == ""
