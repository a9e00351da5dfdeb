"""Own networks in one real run: what the console and the report say of how they are trained."""

import numpy as np
import pytest

from bench.store.run_folder import load_run
from tests.without_figures import NO_FIGURES

pytestmark = [pytest.mark.training, pytest.mark.xdist_group("own training")]  # one training for all

MODELS = """
import keras
from keras import layers as L


def logits(input_shape, num_classes):
    return keras.Sequential([keras.Input(input_shape), L.Flatten(), L.Dense(num_classes)])


def compiled(input_shape, num_classes):
    last = L.Dense(num_classes, activation="softmax")
    model = keras.Sequential([keras.Input(input_shape), L.Flatten(), last])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def images(input_shape, num_classes):
    return keras.Sequential([keras.Input(input_shape), L.Conv2D(2, 2), L.Flatten(), L.Dense(num_classes)])
"""
SUITE = """
name = "own"
[defaults]
epochs = 2
batch_size = 8
dataset = "two.npz"
[[cases]]
model = ["mine:logits", "mine:compiled", "mine:images"]
[[cases]]
model = "mine:compiled"
training = "own"
"""


@pytest.fixture(scope="module")
def own(train_in, tmp_path_factory):
    """Train all four; returns the finished process, the journals by model and training, and the report."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.py").write_text(MODELS)
    (folder / "own.toml").write_text(SUITE)
    x = np.random.default_rng(0).normal(size=(160, 5, 3)).astype("float32")
    y = np.where(x[:, :, 0].mean(axis=1) > 0, "up", "down")
    np.savez(folder / "two.npz", x_train=x[:128], y_train=y[:128], x_test=x[128:], y_test=y[128:])
    done = train_in(folder, "run", "own.toml", **NO_FIGURES)
    report = folder / done.stdout.splitlines()[-1]
    journals = load_run(report.parent).journals
    by_name = {(one.start.case.model.removeprefix("mine:"), one.start.case.training): one for one in journals}
    return done, by_name, report.read_text()


def test_the_data_are_told_at_the_start_and_in_the_report(own):
    done, _, report = own
    sentence = "128 training and 32 validation examples, each 5 steps of 3 features; 2 classes (down"
    assert f"data: two.npz: {sentence}" in done.stderr
    assert "each 5 steps of 3 features; 2 classes" in report
    assert "recall of down" in report


def test_logits_get_their_loss_and_the_console_says_so(own):
    done, journals, report = own
    journal = journals["logits", "bench"]
    assert (journal.status, journal.built.resolved.loss) == ("ok", "sparse categorical cross-entropy on logits")
    assert "note: mine:logits ends without softmax" in done.stderr
    assert "sparse categorical cross-entropy on logits" in report
    assert len(journal.end.recalls) == 2


def test_a_compile_is_replaced_or_kept_and_both_are_told(own):
    done, journals, report = own
    replaced, kept = (journals["compiled", training].built.resolved for training in ("bench", "own"))
    assert (replaced.optimizer, replaced.learning_rate) == ("Adam", 0.001)
    assert (kept.optimizer, kept.learning_rate, kept.decay) == ("SGD", 0.5, None)
    assert "comes compiled (SGD at 0.5, loss sparse_categorical_crossentropy)" in done.stderr
    assert "keeps the compile of its build function: SGD at 0.5" in done.stderr
    assert "Use `--training own` to train it as it comes" in report
    assert "Trained as its build function compiled it: SGD, first rate 0.5" in report


def test_an_error_of_a_network_has_its_last_line_on_the_console_and_its_trace_in_the_journal(own):
    done, journals, _ = own
    error = journals["images", "bench"].end.error
    assert "expected min_ndim=4, found ndim=3" in done.stderr
    assert "set images.layout = 'image'" in error.message
    assert "mine.py" in error.output_tail


def test_the_files_of_the_users_code_stand_in_the_journal(own):
    _, journals, _ = own
    assert list(journals["logits", "bench"].built.source_files) == ["mine.py"]
