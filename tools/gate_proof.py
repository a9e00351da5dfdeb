"""Whether the gate keeps its promises with real networks on this machine; hours, and resumable.

    python tools/gate_proof.py proof/                  every scenario that proof/ does not hold yet, a round at a time
    python tools/gate_proof.py proof/ --only unchanged
    python tools/gate_proof.py proof/ --report report.md    render what there is, beside trials.csv and proof.tar.xz

Ten rounds of four checks with the default budget, and five single ones. `unchanged` compares a revision with itself
and must pass, also `beside-load`: with one busy process on each core. `slower-3` and `slower-5` have 3 and 5 % of real
work put into both networks' forward passes (matrix products, as many as a pilot finds) and must fail; their first steps
are as before. `back-to-back` is unchanged code with `--alone`, for its spread in the same hours. `dropout` (0.9 before
the output) and `frozen` (nothing but the output learns) must fail by their accuracy.

Each line of `proof/results.jsonl` is one scenario; the exit status is 0 where all are as expected.
The journals of every check stay in `proof/checks/`. The archive holds both: unpacked on another machine, the proof goes
on there with a pilot of its own; the page names each machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gate_report import ARCHIVE, TRIALS, read_proof, render_proof, trials_table

NUM_ROUNDS = 10
COMMAND = ("python", "tools/gate_proof.py", "proof")
MODELS = "mine:lstm,mine:cnn"
GIT = ("git", "-c", "user.name=proof", "-c", "user.email=proof@example.org", "-c", "init.defaultBranch=main")
MODULE = '''
"""The tutorial's networks as a user's own, with one change that a branch makes."""

import keras

from bench.networks.registry import builtin_models

NUM_PRODUCTS = {"lstm": 1, "cnn": 1}
DROPOUT = 0.0
FROZEN = False


class Work(keras.layers.Layer):
    """Matrix products that no compiler can leave out and no gradient runs through; a loop, to be traced as fast."""

    def __init__(self, num_products):
        super().__init__()
        self.num_products = num_products

    def build(self, input_shape):
        orthogonal = keras.initializers.Orthogonal(seed=0)  # draws no seed that the network would have drawn
        self.matrix = self.add_weight(shape=(64, 64), initializer=orthogonal, trainable=False)

    def call(self, inputs):
        first = self.matrix * (1 + keras.ops.mean(keras.ops.stop_gradient(inputs)))
        multiply = lambda _, product: keras.ops.matmul(product, self.matrix)
        product = keras.ops.fori_loop(0, self.num_products, multiply, first)
        return inputs + 1e-30 * keras.ops.stop_gradient(keras.ops.mean(product))


def extended(name, input_shape, num_classes):
    *hidden, output = builtin_models()[name].build(input_shape, num_classes).layers
    for layer in hidden:
        layer.trainable = not FROZEN
    dropout = [keras.layers.Dropout(DROPOUT)] if DROPOUT else []
    return keras.Sequential([keras.Input(input_shape), Work(NUM_PRODUCTS[name]), *hidden, *dropout, output])


def lstm(input_shape, num_classes):
    return extended("lstm", input_shape, num_classes)


def cnn(input_shape, num_classes):
    return extended("cnn", input_shape, num_classes)


lstm.layout = "sequence"
cnn.layout = "image"
'''
# What more products put into an epoch, by differences within a round, in which each number has its turn.
PILOT = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import numpy as np
import mine
from bench.networks.training import compile_model
from bench.run.worker.fit_input import make_pipeline
FEW, MANY, NUM_ROUNDS = 1, 257, 15
def pilot(name, shape):
    x, y = np.random.default_rng(0).random((2048, *shape), np.float32), np.zeros(2048, np.int64)
    batches = make_pipeline(x, y, 32, shuffles=True)
    models = []
    for mine.NUM_PRODUCTS[name] in (FEW, MANY):
        models.append(getattr(mine, name)(shape, 10))
        compile_model(models[-1])
        models[-1].fit(batches, shuffle=False, verbose=0)
    rounds = []
    for _ in range(NUM_ROUNDS):
        seconds = []
        for model in models:
            begin = time.perf_counter()
            model.fit(batches, shuffle=False, verbose=0)
            seconds.append(time.perf_counter() - begin)
        rounds.append(seconds)
    few, many = np.transpose(rounds)
    return {"epoch_s": float(np.median(few)), "product_s": float(np.median(many - few)) / (MANY - FEW)}
print(json.dumps({"lstm": pilot("lstm", (28, 28)), "cnn": pilot("cnn", (28, 28, 1))}))
"""
_BUSY = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"  # whatever ends the proof ends it, too


@dataclass(frozen=True)
class Scenario:
    """One check: the exit status that is expected, the head's branch, further arguments, and what runs beside it."""

    expected: int
    head: str = "main"
    arguments: tuple[str, ...] = ()
    is_beside_load: bool = False


A_ROUND = {
    "unchanged": Scenario(0),
    "slower-3": Scenario(3, "slower-3"),
    "unchanged-beside-load": Scenario(0, is_beside_load=True),
    "slower-5": Scenario(3, "slower-5"),
}
ONCE = {
    "back-to-back": Scenario(0, arguments=("--alone",)),
    "back-to-back-beside-load": Scenario(0, arguments=("--alone",), is_beside_load=True),
    "slower-5-beside-load": Scenario(3, "slower-5", is_beside_load=True),
    "dropout": Scenario(3, "dropout"),
    "frozen": Scenario(3, "frozen"),
}


def scenarios() -> dict[str, Scenario]:
    """Return them by name, in the order in which they run: a first round, what runs once, and the other rounds."""
    rounds = [{f"{name}-round{number}": one for name, one in A_ROUND.items()} for number in range(1, NUM_ROUNDS + 1)]
    first, *others = rounds
    found = {**first, **ONCE}
    for one in others:
        found |= one
    return found


def make_repository(folder: Path) -> None:
    """Create the user's repository with a branch for each change; it is kept, so that a resumed proof is the same."""
    if (folder / ".git").exists():
        return
    folder.mkdir(parents=True)
    run_git(folder, "init", "--quiet")
    commit(folder, MODULE)
    command = [sys.executable, "-c", PILOT, str(folder)]
    pilot = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
    with (folder.parent / "pilots.jsonl").open("a") as file:
        file.write(pilot + "\n")
    changes = {
        "dropout": ("DROPOUT = 0.0", "DROPOUT = 0.9"),
        "frozen": ("FROZEN = False", "FROZEN = True"),
        **{f"slower-{percent}": products_change(json.loads(pilot), percent / 100) for percent in (3, 5)},
    }
    for branch, (before, after) in changes.items():
        run_git(folder, "checkout", "--quiet", "-b", branch, "main")
        commit(folder, MODULE.replace(before, after))
    run_git(folder, "checkout", "--quiet", "main")


def products_change(pilot: dict[str, dict[str, float]], share: float) -> tuple[str, str]:
    """Return the line of the module that puts so much more time into each network's step, with the line before."""
    wanted = {name: 1 + round(share * one["epoch_s"] / one["product_s"]) for name, one in pilot.items()}
    return 'NUM_PRODUCTS = {"lstm": 1, "cnn": 1}', f"NUM_PRODUCTS = {json.dumps(wanted)}"


def commit(folder: Path, text: str) -> None:
    """Commit one version of the module."""
    (folder / "mine.py").write_text(text)
    run_git(folder, "add", "mine.py")
    run_git(folder, "commit", "--quiet", "-m", "the networks")


def run_git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run([*GIT, "-C", str(folder), *arguments], check=True)


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """Keep each core busy with one process."""
    command = [sys.executable, "-c", _BUSY, str(os.getpid())]
    processes = [subprocess.Popen(command) for _ in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_scenario(name: str, folder: Path) -> dict[str, object]:
    """Run one check, and return what came of it."""
    one = scenarios()[name]
    command = [sys.executable, "-m", "bench", "check", "--base", "main", "--head", one.head, "--model", MODELS]
    command += ["--repo", "repository", "--output", "checks", "--json", *one.arguments]
    begin = time.monotonic()
    with busy_cores() if one.is_beside_load else contextlib.nullcontext():
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    told = json.loads(done.stdout) if done.stdout else {}
    seconds = round(time.monotonic() - begin, 1)
    check_id = told["check"]["check_id"] if told else None
    return {"scenario": name, "expected": one.expected, "exit": done.returncode, "seconds": seconds,
            "check_id": check_id}  # fmt: skip


def main() -> int:
    """Measure, or render what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="scenarios whose name begins so")
    parser.add_argument("--report", type=Path, help="render the checks as Markdown into this file")
    parser.add_argument("--note", default="", help="with --report: what a reader must know of how it was measured")
    options = parser.parse_args()
    folder = options.folder.resolve()
    results = folder / "results.jsonl"
    lines = results.read_text().splitlines() if results.exists() else []
    done = {result["scenario"]: result for result in map(json.loads, lines)}
    if options.report and not done:
        parser.error("no check has ended yet: measure first")
    if options.report:
        proved = read_proof(folder, done.values())
        with tarfile.open(options.report.with_name(ARCHIVE), "w:xz") as archive:
            for name in ("results.jsonl", "pilots.jsonl", *(f"checks/{one['check_id']}" for one in done.values())):
                archive.add(folder / name, name)
        trials_table(proved).to_csv(options.report.with_name(TRIALS), index=False, lineterminator="\n")
        options.report.write_text(render_proof(proved, COMMAND, options.note), encoding="utf-8")
        print(options.report)
        return 0
    make_repository(folder / "repository")
    return measure([name for name in scenarios() if name.startswith(options.only)], folder, results, done)


def measure(names: list[str], folder: Path, results: Path, done: dict[str, dict[str, object]]) -> int:
    """Run what is missing, print one line a scenario, and return 0 where every one is as expected."""
    for name in names:
        if name not in done:
            done[name] = run_scenario(name, folder)
            if done[name]["exit"] in (130, 143):
                return int(str(done[name]["exit"]))
            with results.open("a") as file:
                file.write(json.dumps(done[name]) + "\n")
        one = done[name]
        is_expected = "as expected" if one["exit"] == one["expected"] else "NOT AS EXPECTED"
        print(f"{name}: exit {one['exit']}, expected {one['expected']}: {is_expected}, {one['seconds']} s", flush=True)
    return int(any(one["exit"] != one["expected"] for one in done.values()))


if __name__ == "__main__":
    sys.exit(main())
