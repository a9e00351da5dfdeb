"""A user's own networks and data, good and bad, in one real run: what fails costs its own trial alone."""

import re
import struct
import textwrap

import numpy as np
import pytest

from bench.store.run_folder import load_run
from tests.without_figures import NO_FIGURES

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("own")]  # one training for all

MODELS = """
import keras
from keras import layers as L


def build(input_shape, num_classes):
    return keras.Sequential([keras.Input(input_shape), L.Flatten(), L.Dense(num_classes, activation="softmax")])


class Hasty(keras.Sequential):
    def fit(self, *arguments, epochs, **options):
        return super().fit(*arguments, epochs=1, **options)


def hasty(input_shape, num_classes):
    return Hasty(build(input_shape, num_classes).layers)


def explodes(input_shape, num_classes):
    raise RuntimeError("out of ideas")


def logits(input_shape, num_classes):
    return keras.Sequential([keras.Input(input_shape), L.Flatten(), L.Dense(num_classes)])


def compiled(input_shape, num_classes):
    model = build(input_shape, num_classes)
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
SUITE = """
name = "own"
[defaults]
epochs = 2
batch_size = 8
[[cases]]
model = ["mine:explodes", "mine:hasty", "plugged-in"]
dataset = "images"
[[cases]]
model = "mine:compiled"
dataset = "two.npz"
[[cases]]
model = "mine:compiled"
dataset = "two.npz"
training = "own"
"""
IDX = {"x_train": "train-images-idx3-ubyte", "y_train": "train-labels-idx1-ubyte",
       "x_test": "t10k-images-idx3-ubyte", "y_test": "t10k-labels-idx1-ubyte"}  # fmt: skip


def write_everything(folder):
    """Write a module of networks, one of them an installed plug-in's, and a folder of images and a file of series."""
    (folder / "mine.py").write_text(MODELS)
    record = folder / "plugin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[rnn_or_cnn.models]\nplugged-in = mine:logits\n")
    labels = {"y_train": np.arange(24, dtype=np.uint8) % 3, "y_test": np.arange(12, dtype=np.uint8) % 3}
    images = {f"x_{half}": np.full((len(labels[f"y_{half}"]), 4, 6), 200, np.uint8) for half in ("train", "test")}
    (folder / "images").mkdir()
    for name, array in {**images, **labels}.items():
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        (folder / "images" / IDX[name]).write_bytes(header + array.tobytes())
    x = np.random.default_rng(0).normal(size=(160, 5, 3)).astype("float32")
    y = np.where(x[:, :, 0].mean(axis=1) > 0, "up", "down")
    np.savez(folder / "two.npz", x_train=x[:128], y_train=y[:128], x_test=x[128:], y_test=y[128:])
    (folder / "own.toml").write_text(SUITE)


@pytest.fixture(scope="module")
def own(train_in, tmp_path_factory):
    """Run the suite once; returns the finished process, the journals by model and training, and the report."""
    folder = tmp_path_factory.mktemp("own")
    write_everything(folder)
    done = train_in(folder, "run", "own.toml", **NO_FIGURES)
    report = folder / done.stdout.splitlines()[-1]
    journals = load_run(report.parent).journals
    by_name = {(one.start.case.model.removeprefix("mine:"), one.start.case.training): one for one in journals}
    return done, by_name, report.read_text()


def test_an_installed_plug_in_trains_on_a_folder_of_idx_files(own):
    _, journals, _ = own
    journal = journals["plugged-in", "bench"]
    assert (journal.status, len(journal.epochs)) == ("ok", 2)
    assert (journal.start.data.example_shape, journal.start.data.num_classes) == ((4, 6), 3)
    assert journal.built.num_params == 3 * (4 * 6 + 1)
    assert re.fullmatch(r"plugged-in-images-b8-float32-(cpu|gpu)-pipeline-s0", journal.trial_id)


def test_a_network_that_is_none_fails_its_own_trial_with_a_readable_message(own):
    done, journals, report = own
    journal = journals["explodes", "bench"]
    assert (journal.status, journal.end.error.type) == ("failed", "NetworkError")
    raised = re.search(r"raised RuntimeError at mine\.py, line (\d+), in explodes on building it: out of ideas",
                       journal.end.error.message)  # fmt: skip
    assert 'raise RuntimeError("out of ideas")' in MODELS.splitlines()[int(raised[1]) - 1]
    assert 'raise RuntimeError("out of ideas")' in journal.end.error.output_tail
    assert "out of ideas" in done.stderr
    assert "mine:explodes" in report


def test_a_training_of_fewer_epochs_than_asked_is_never_ok(own):
    _, journals, _ = own
    hasty = journals["hasty", "bench"]
    assert (hasty.status, hasty.end.error.type, len(hasty.epochs)) == ("failed", "ShortRun", 1)
    assert "expected 2 epochs, Keras ran 1" in hasty.end.error.message


def test_the_run_goes_on_to_its_end_and_says_that_some_failed(own):
    done, journals, _ = own
    assert done.returncode == 1
    assert len(journals) == 5
    assert "Traceback" not in done.stderr


def test_the_data_are_told_at_the_start_and_in_the_report(own):
    done, _, report = own
    sentence = "128 training and 32 validation examples, each 5 steps of 3 features; 2 classes (down"
    assert f"data: two.npz: {sentence}" in done.stderr
    assert "each 5 steps of 3 features; 2 classes" in report
    assert "lowest recall" in report


def test_logits_get_their_loss_and_the_console_says_so(own):
    done, journals, report = own
    journal = journals["plugged-in", "bench"]
    assert (journal.status, journal.built.resolved.loss) == ("ok", "sparse categorical cross-entropy on logits")
    assert "note: plugged-in ends without softmax" in done.stderr
    assert "sparse categorical cross-entropy on logits" in report
    assert len(journal.end.recalls) == 3
    assert list(journal.built.source_files) == ["mine.py"]


def test_a_compile_is_replaced_or_kept_and_both_are_told(own):
    done, journals, report = own
    replaced, kept = (journals["compiled", training].built.resolved for training in ("bench", "own"))
    assert (replaced.optimizer, replaced.learning_rate) == ("Adam", 0.001)
    assert (kept.optimizer, kept.learning_rate, kept.decay) == ("SGD", 0.5, None)
    assert "comes compiled (SGD at 0.5, loss sparse_categorical_crossentropy)" in done.stderr
    assert "keeps the compile of its build function: SGD at 0.5" in done.stderr
    assert "Use `--training own` to train it as it comes" in report
    assert "Trained as its build function compiled it: SGD, first rate 0.5" in report


def test_a_listing_shows_the_plug_in_and_its_layers_and_names_a_module_that_fails_on_import(bench_in, tmp_path):
    write_everything(tmp_path)
    (tmp_path / "bad.py").write_text(textwrap.dedent("print('hello')\n1 / 0\n"))
    models = ("--model", "plugged-in,lstm-cudnn,bad:build")
    done = bench_in(tmp_path, "list", "models", "-v", *models, "--dataset", "two.npz")
    assert done.returncode == 0, done.stderr
    assert "the user's mine:logits" in done.stdout
    assert "plugged-in: 5 × 3 in, 32 parameters" in done.stdout
    assert re.search(r"^lstm_1 +LSTM +5 × 128 ", done.stdout, re.MULTILINE)
    assert "bad:build: cannot be built: model 'bad:build' raised ZeroDivisionError at bad.py, line 2" in done.stdout
