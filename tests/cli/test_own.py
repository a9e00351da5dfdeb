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


def build(input_shape, num_classes, kind=keras.Sequential):
    layers = [keras.layers.Flatten(), keras.layers.Dense(num_classes, activation="softmax")]
    return kind([keras.Input(shape=input_shape), *layers])


def explodes(input_shape, num_classes):
    raise RuntimeError("out of ideas")


class Hasty(keras.Sequential):
    def fit(self, *arguments, epochs, **options):
        return super().fit(*arguments, epochs=1, **options)


def hasty(input_shape, num_classes):
    return build(input_shape, num_classes, kind=Hasty)

"""
SUITE = """
name = "own"
[defaults]
epochs = 2
batch_size = 8
[[cases]]
model = ["mine:explodes", "mine:hasty", "plugged-in"]
dataset = "series.npz"
[[cases]]
model = "mine:build"
dataset = "images"
"""
IDX = {"x_train": "train-images-idx3-ubyte", "y_train": "train-labels-idx1-ubyte",
       "x_test": "t10k-images-idx3-ubyte", "y_test": "t10k-labels-idx1-ubyte"}  # fmt: skip


def write_everything(folder):
    """Write two modules' worth of networks, one of them an installed plug-in's, and two data sets."""
    (folder / "mine.py").write_text(MODELS)
    record = folder / "plugin-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (record / "entry_points.txt").write_text("[rnn_or_cnn.models]\nplugged-in = mine:build\n")
    labels = {"y_train": np.arange(24, dtype=np.uint8) % 3, "y_test": np.arange(12, dtype=np.uint8) % 3}
    series = {f"x_{half}": np.eye(3, dtype=np.float32)[labels[f"y_{half}"]][:, None].repeat(5, axis=1)
              for half in ("train", "test")}  # fmt: skip
    np.savez(folder / "series.npz", **series, **labels)
    images = {f"x_{half}": np.full((len(labels[f"y_{half}"]), 4, 6), 200, np.uint8) for half in ("train", "test")}
    (folder / "images").mkdir()
    for name, array in {**images, **labels}.items():
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        (folder / "images" / IDX[name]).write_bytes(header + array.tobytes())
    (folder / "own.toml").write_text(SUITE)


@pytest.fixture(scope="module")
def own(train_in, tmp_path_factory):
    """Run the suite once; returns the finished process, the journals by their model, and the report."""
    folder = tmp_path_factory.mktemp("own")
    write_everything(folder)
    done = train_in(folder, "run", "own.toml", **NO_FIGURES)
    report = folder / done.stdout.splitlines()[-1]
    journals = {journal.start.case.model: journal for journal in load_run(report.parent).journals}
    return done, journals, report.read_text()


def test_a_function_of_a_module_trains_on_a_folder_of_idx_files(own):
    _, journals, _ = own
    journal = journals["mine:build"]
    assert (journal.status, len(journal.epochs)) == ("ok", 2)
    assert (journal.start.data.example_shape, journal.start.data.num_classes) == ((4, 6), 3)
    assert journal.built.num_params == 3 * (4 * 6 + 1)


def test_an_installed_plug_in_trains_on_the_series_of_an_npz_file(own):
    _, journals, _ = own
    journal = journals["plugged-in"]
    assert (journal.status, len(journal.epochs)) == ("ok", 2)
    assert journal.built.num_params == 3 * (5 * 3 + 1)
    assert re.fullmatch(r"plugged-in-series.npz-b8-float32-(cpu|gpu)-standard-pipeline-s0", journal.trial_id)


def test_a_network_that_is_none_fails_its_own_trial_with_a_readable_message(own):
    _, journals, report = own
    journal = journals["mine:explodes"]
    assert (journal.status, journal.end.error.type) == ("failed", "NetworkError")
    raised = "raised RuntimeError at mine.py, line 11, in explodes on building it: out of ideas"
    assert raised in journal.end.error.message
    assert 'raise RuntimeError("out of ideas")' in journal.end.error.output_tail
    assert "mine:explodes" in report


def test_a_training_of_fewer_epochs_than_asked_is_never_ok(own):
    _, journals, _ = own
    hasty = journals["mine:hasty"]
    assert (hasty.status, hasty.end.error.type, len(hasty.epochs)) == ("failed", "ShortRun", 1)
    assert "expected 2 epochs, Keras ran 1" in hasty.end.error.message


def test_the_run_goes_on_to_its_end_and_says_that_some_failed(own):
    done, journals, _ = own
    assert done.returncode == 1
    assert len(journals) == 4
    assert "Traceback" not in done.stderr


def test_a_listing_shows_the_plug_in_and_its_layers(bench_in, tmp_path):
    write_everything(tmp_path)
    done = bench_in(tmp_path, "list", "models", "-v", "--model", "plugged-in,lstm-cudnn", "--dataset", "series.npz")
    assert done.returncode == 0, done.stderr
    assert "the user's mine:build" in done.stdout
    assert "plugged-in: 5 × 3 in, 48 parameters" in done.stdout
    assert re.search(r"^lstm_1 +LSTM +5 × 128 ", done.stdout, re.MULTILINE)


def test_a_module_that_prints_and_fails_on_import_is_named(bench_in, tmp_path):
    (tmp_path / "bad.py").write_text(textwrap.dedent("print('hello')\n1 / 0\n"))
    done = bench_in(tmp_path, "list", "models", "-v", "--model", "bad:build")
    assert "bad:build: cannot be built: model 'bad:build' raised ZeroDivisionError at bad.py, line 2" in done.stdout
