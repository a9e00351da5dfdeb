"""Every axis of a case trains for real: precision, compiler, unrolling, sizes, backends; determinism where in turns."""

import importlib.util
import json

import numpy as np
import pytest

from bench.install_hint import word_install
from bench.store.run_folder import load_run
from tests.without_figures import NO_FIGURES

pytestmark = pytest.mark.xdist_group("axes")  # one training for all

SUITE = """
name = "axes"
[defaults]
train_size = 48
test_size = 16
batch_size = 16
epochs = 2
[[cases]]
model = "lstm"
dataset = "short.npz"
units = 4
unroll = true
precision = "mixed_float16"
[[cases]]
model = "cnn"
dataset = "square.npz"
filters = 4
precision = "mixed_bfloat16"
jit = "on"
[[cases]]
model = "cnn-1d"
dataset = "square.npz"
filters = 4
precision = "float64"
jit = "off"
steps_per_execution = 3
intra_op_threads = 1
inter_op_threads = 2
"""
UNITS_4_PARAMS = 4 * 4 * (28 + 4 + 1) + 4 * 4 * (4 + 4 + 1) + 32 * (4 + 1) + 10 * (32 + 1)
SMALL = ("--units", "4", "--train-size", "48", "--test-size", "16", "--batch-size", "16", "--epochs", "2")


def run_and_load(train_in, folder, *arguments, **environ):
    done = train_in(folder, "run", *arguments, **NO_FIGURES, **environ)
    assert done.returncode == 0, done.stderr
    report = folder / done.stdout.splitlines()[-1]
    return load_run(report.parent).journals, report.read_text()


@pytest.fixture(scope="module")
def axes(train_in, tmp_path_factory):
    """Run the suite once under a keras.json that asks for what no case does; returns journals and report."""
    folder = tmp_path_factory.mktemp("axes")
    (folder / "axes.toml").write_text(SUITE)
    for name, num_rows in (("short", 2), ("square", 28)):  # as wide as MNIST's
        x = np.random.default_rng(0).integers(0, 256, (64, num_rows, 28), dtype=np.uint8)
        y = np.arange(64) % 10
        np.savez(folder / f"{name}.npz", x_train=x[:48], y_train=y[:48], x_test=x[48:], y_test=y[48:])
    settings = {"floatx": "float16", "backend": "torch", "image_data_format": "channels_first"}
    (folder / "keras.json").write_text(json.dumps(settings))
    journals, report = run_and_load(train_in, folder, "axes.toml", KERAS_HOME=str(folder))
    return {one.start.case.model: one for one in journals}, report


@pytest.mark.training
def test_each_precision_is_the_one_in_force(axes):
    journals, _ = axes
    assert {model: journal.built.resolved.precision for model, journal in journals.items()} == {
        "lstm": "mixed_float16, float32",  # the last layer, whose probabilities the loss takes
        "cnn": "mixed_bfloat16, float32",
        "cnn-1d": "float64",
    }


@pytest.mark.training
def test_the_compiler_is_used_as_asked(axes):
    journals, _ = axes
    assert {model: journal.built.resolved.jit_compile for model, journal in journals.items()} == {
        "lstm": False,  # on a CPU alone, Keras' own choice
        "cnn": True,
        "cnn-1d": False,
    }


@pytest.mark.training
def test_an_unrolled_layer_is_proved_to_be_one(axes):
    journals, _ = axes
    assert {path.path for path in journals["lstm"].built.resolved.layer_paths} == {"unrolled"}


@pytest.mark.training
def test_sizes_change_the_network(axes):
    journals, _ = axes
    assert journals["lstm"].built.num_params == UNITS_4_PARAMS
    assert journals["cnn"].built.layers[0].num_params == 4 * (3 * 3 + 1)


@pytest.mark.training
def test_several_steps_in_one_call_are_all_counted(axes):
    journals, _ = axes
    assert journals["cnn-1d"].built.resolved.steps_per_execution == 3
    assert [epoch.num_steps for epoch in journals["cnn-1d"].epochs] == [3, 3]


@pytest.mark.training
def test_threads_of_operations_are_set_in_the_worker_and_recorded_as_asked_and_as_resolved(axes):
    journals, _ = axes
    threads = {
        model: [
            (settings.intra_op_threads, settings.inter_op_threads)
            for settings in (journal.start.case, journal.built.resolved)
        ]
        for model, journal in journals.items()
    }
    assert threads["cnn-1d"] == [(1, 2), (1, 2)]
    assert threads["cnn"] == [(None, None), (None, None)]


@pytest.mark.training
def test_keras_json_is_recorded_and_flagged_and_what_a_case_states_wins(axes):
    journals, report = axes
    resolved = journals["cnn"].built.resolved
    assert set(resolved.keras_config) == {"floatx", "backend", "image_data_format"}
    assert (resolved.backend, resolved.precision) == ("tensorflow", "mixed_bfloat16, float32")
    assert journals["cnn"].built.layers[0].output_shape == (26, 26, 4)
    assert "keras.json changes Keras' defaults" in report


@pytest.mark.training
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_both_networks_train_on_another_backend(train_in, tmp_path, backend):
    pytest.importorskip(backend, reason=f"the extra {backend} is not installed")
    options = ("--backend", backend, "--model", "lstm,cnn", "--filters", "4", *SMALL)
    journals, report = run_and_load(train_in, tmp_path, "quick", *options)
    lstm, cnn = journals
    assert lstm.built.num_params == UNITS_4_PARAMS
    assert {path.path for path in lstm.built.resolved.layer_paths} == {"generic loop"}
    for journal in (lstm, cnn):
        assert (journal.status, journal.built.resolved.backend) == ("ok", backend)
        # JAX returns before a step is done, so a single step has no time; the epoch is synchronised.
        assert [epoch.step_s is None for epoch in journal.epochs] == [backend == "jax"] * 2
        first, second = journal.epochs
        assert 0 < first.first_step_s < first.train_s
        assert second.first_step_s is None
        assert second.learning_rate == pytest.approx(1e-3 / (1 + 1e-5 * 6), rel=1e-6)
    assert f"{backend} {lstm.built.resolved.backend_version}" in report


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_backend_that_is_not_installed_is_refused_before_training(bench, tmp_path, backend):
    if importlib.util.find_spec(backend):
        pytest.skip(f"the extra {backend} is installed here; tests/plan/test_backends.py tests the refusal")
    done = bench("run", "quick", "--backend", f"tensorflow,{backend}")
    assert done.returncode == 2
    assert done.stderr == (f"error: backend {backend} is not installed; install it with `{word_install(backend)}`\n")
    assert list(tmp_path.iterdir()) == []


def test_matched_settings_and_scaling_studies_show_in_the_plan(bench):
    done = bench("run", "--matched", "--units", "32,64", "--filters", "8,16", "--dry-run")
    assert done.returncode == 0, done.stderr
    for option in ("u32", "u64"):
        assert f"lstm-mnist-b32-float32-cpu-jit_off-{option}-pipeline-s0" in done.stdout
    for option in ("f8", "f16"):
        assert f"cnn-mnist-b32-float32-cpu-jit_off-{option}-pipeline-s0" in done.stdout
