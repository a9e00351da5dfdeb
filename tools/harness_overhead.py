"""What the harness costs on the measured path, against the same `model.fit` written by hand.

Two designs, both interleaved with the order drawn anew in each pair:

    python tools/harness_overhead.py same-process      one process, one model; epochs with and without the recorder
    python tools/harness_overhead.py fresh-processes   a real worker against a script that only calls `fit`

The first is precise about the callback, the second counts everything the worker does besides. Both take an epoch from
its first step's begin to its last step's end, and train one epoch first that pays for tracing. Each prints one line a
model: the geometric mean of the pairs' ratios (harness / by hand) with its 95 % interval, and the range. Run it alone
on the machine.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

MODELS = ("lstm", "cnn")
HAND_WRITTEN = """
import sys, time
import keras, numpy as np
from bench.networks.registry import builtin_models
from bench.networks.training import compile_model
name, num_examples, batch_size, num_epochs = sys.argv[1], *map(int, sys.argv[2:])
keras.utils.set_random_seed(0)
data = np.load("bench/data/sets/mnist.npz")
x = data["x_train"][:num_examples].astype("float32") / 255
x = x if name.startswith("lstm") else x[..., None]
model = builtin_models()[name].build(x.shape[1:], 10)
compile_model(model)
begins, ends = [], {}  # an epoch's last step overwrites the end of those before it
class Marks(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None): batch or begins.append(time.perf_counter())
    def on_train_batch_end(self, batch, logs=None): ends[len(begins) - 1] = time.perf_counter()
y = data["y_train"][:num_examples]
model.fit(x, y, batch_size=batch_size, epochs=num_epochs + 1, verbose=0, callbacks=[Marks()])
print(sum(ends[epoch] - begins[epoch] for epoch in range(1, num_epochs + 1)) / num_epochs)
"""


def compare_in_one_process(name: str, options: argparse.Namespace) -> list[float]:
    """Return the ratio of each pair of epochs, one with the recorder and one without."""
    from bench.data.load import load_dataset
    from bench.data.scaling import prepare
    from bench.host.devices import device_settings
    from bench.host.sensors.noise import Noise
    from bench.networks.registry import builtin_models
    from bench.networks.training import compile_model
    from bench.plan.case import Case
    from bench.run.worker.framework import configure, prepare_variables
    from bench.run.worker.time_ledger import Ledger

    case = Case(model=name, epochs=1, batch_size=options.batch_size, train_size=options.examples, test_size=100)
    prepare_variables(case, device_settings("cpu"))
    framework = configure(case, 0, device_settings("cpu"))
    from bench.run.worker.recorder import Recorder

    dataset = load_dataset("mnist", train_size=options.examples, test_size=100)
    spec = builtin_models()[name]
    data = prepare(dataset, "unit", spec.layout)
    model = spec.build(data.x_train.shape[1:], 10)
    compile_model(model)
    events = []
    # No canary: it stands outside the training seconds, and its own seconds differ from reading to reading.
    quiet = Noise(load_1m=None, steal_s=None, num_throttles=None, canary=None)
    recorder = Recorder(case, options.examples, framework, Ledger(time.perf_counter), lambda: quiet, events.append)

    def train(*callbacks) -> float:
        marks = _make_marks()
        model.fit(data.x_train, data.y_train, batch_size=options.batch_size, verbose=0, callbacks=[*callbacks, marks])
        return marks.end - marks.begin

    def by_hand() -> float:
        return train()

    def recorded() -> float:
        return train(recorder)

    by_hand(), recorded()
    return [_ratio(recorded, by_hand, pair) for pair in range(options.pairs)]


def _make_marks():
    """Return a callback that keeps when an epoch's first step begins and its last one ends.

    What `fit` does around them is left out: TensorFlow can sleep for seconds as it takes an epoch's iterator down.
    """
    import keras

    class Marks(keras.callbacks.Callback):
        begin = end = 0.0

        def on_train_batch_begin(self, batch, logs=None):  # noqa: ARG002 - Keras' signature
            if not batch:
                self.begin = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002 - Keras' signature
            self.end = time.perf_counter()

    return Marks()


def compare_fresh_processes(name: str, options: argparse.Namespace) -> list[float]:
    """Return the ratio of each pair of processes: a worker's steady epochs against a hand-written script's."""
    return [
        _ratio(lambda: _worker_epoch_s(name, options), lambda: _script_epoch_s(name, options), pair)
        for pair in range(options.pairs)
    ]


def _ratio(harness, by_hand, pair: int) -> float:
    """Time both sides of a pair in random order."""
    sides = {"harness": harness, "hand": by_hand}
    order = random.Random(pair).sample(list(sides), 2)
    seconds = {side: sides[side]() for side in order}
    return seconds["harness"] / seconds["hand"]


def _script_epoch_s(name: str, options: argparse.Namespace) -> float:
    arguments = [name, str(options.examples), str(options.batch_size), str(options.epochs)]
    command = [sys.executable, "-c", HAND_WRITTEN, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _worker_epoch_s(name: str, options: argparse.Namespace) -> float:
    """Return the mean seconds of the counted epochs, as the reports take them."""
    from bench.analysis.trial.throughput import steady_train_s
    from bench.host.capture import capture_environment
    from bench.plan.suite import Axes
    from bench.reports.terminal.run_view import QuietView
    from bench.run.session.open_session import start_session
    from bench.run.session.planning import Request, make_plan
    from bench.run.session.run_session import run_session
    from bench.store.run_folder import load_run

    flags = Axes(model=(name,), train_size=(options.examples,), test_size=100, epochs=options.epochs + 1,
                 batch_size=(options.batch_size,))  # fmt: skip
    environment = capture_environment()
    plan = make_plan(Request("quick", flags), environment)
    with tempfile.TemporaryDirectory() as folder:
        session = start_session(plan, environment, Path(folder), ["harness_overhead", str(datetime.now(UTC))])
        run_session(session, QuietView(sys.stdout), allow_concurrent=False)
        (journal,) = load_run(session.folder).journals
    return statistics.fmean(map(steady_train_s, journal.epochs[1:]))


def main() -> None:
    """Compare, and print one line a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("design", choices=["same-process", "fresh-processes"])
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--examples", type=int, help="of an epoch; default: 50 batches of 32, or 12 larger ones")
    parser.add_argument("--epochs", type=int, default=2, help="counted epochs of a fresh process")
    parser.add_argument("--batch-size", type=int, default=32)
    options = parser.parse_args()
    from bench.analysis.statistics.interval import exponential, mean_interval

    # A ragged last batch would be traced anew, and few steps would time little but an epoch's beginning.
    options.examples = options.examples or options.batch_size * max(12, 1600 // options.batch_size)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    compare = compare_in_one_process if options.design == "same-process" else compare_fresh_processes
    for name in options.models:
        ratios = compare(name, options)
        interval = exponential(mean_interval(np.log(ratios)))
        print(
            f"{name} batch {options.batch_size}: harness / by hand {interval.value:.4f} (geometric mean of "
            f"{len(ratios)} pairs, 95 % interval {interval.low:.4f} to {interval.high:.4f}; "
            f"range {min(ratios):.4f} to {max(ratios):.4f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
