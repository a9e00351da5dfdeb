"""Whether the gate keeps its promises with real networks on this machine; hours on a slow one, and resumable.

    python tools/gate_proof.py proof/                  every scenario that proof/ does not hold yet
    python tools/gate_proof.py proof/ --only unchanged
    python tools/gate_proof.py proof/ --report report.md    render what there is, and trials.csv beside it

Scenarios: `unchanged-1` to `-10` check a revision against itself and must pass. `slower` has a tenth of real work put
into the cnn's forward pass (matrix products, as many as a pilot finds to make a step 10 % longer) and must fail.
`dropout` (0.9 before the output) and `frozen` (nothing but the output learns) must fail by their accuracy.

The ten unchanged checks have 7 pairs each, 28 trials: below 40 minutes in all where a trial takes 8 s. The others have
the default budget. Each line of `proof/results.jsonl` is one scenario; the exit status is 0 where all are as expected.
The journals of every check stay in `proof/checks/`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from gate_report import read_proof, render_proof, trials_table

NUM_UNCHANGED = 10
COMMAND = ("python", "tools/gate_proof.py", "proof")
MODELS = "mine:lstm,mine:cnn"
GIT = ("git", "-c", "user.name=proof", "-c", "user.email=proof@example.org", "-c", "init.defaultBranch=main")
MODULE = '''
"""The tutorial's networks as a user's own, with one change that a branch makes."""

import keras

from bench.networks.registry import builtin_models

NUM_PRODUCTS = 0
DROPOUT = 0.0
FROZEN = False


class Work(keras.layers.Layer):
    """Matrix products that no compiler can leave out and no gradient runs through."""

    def build(self, input_shape):
        orthogonal = keras.initializers.Orthogonal(seed=0)  # draws no seed that the network would have drawn
        self.matrix = self.add_weight(shape=(256, 256), initializer=orthogonal, trainable=False)

    def call(self, inputs):
        product = self.matrix * (1 + keras.ops.mean(keras.ops.stop_gradient(inputs)))
        for _ in range(NUM_PRODUCTS):
            product = keras.ops.matmul(product, self.matrix)
        return inputs + 1e-30 * keras.ops.stop_gradient(keras.ops.mean(product))


def lstm(input_shape, num_classes):
    return builtin_models()["lstm"].build(input_shape, num_classes)


def cnn(input_shape, num_classes):
    *hidden, output = builtin_models()["cnn"].build(input_shape, num_classes).layers
    for layer in hidden:
        layer.trainable = not FROZEN
    work = [Work()] if NUM_PRODUCTS else []
    dropout = [keras.layers.Dropout(DROPOUT)] if DROPOUT else []
    return keras.Sequential([keras.Input(input_shape), *work, *hidden, *dropout, output])


lstm.layout = "sequence"
cnn.layout = "image"
'''
PILOT = """
import sys, time
sys.path.insert(0, sys.argv[1])
import numpy as np
import mine
from bench.networks.training import compile_model
x, y = np.random.default_rng(0).random((2048, 28, 28, 1), np.float32), np.zeros(2048)
def step_s(num_products):
    mine.NUM_PRODUCTS = num_products
    model = mine.cnn((28, 28, 1), 10)
    compile_model(model)
    model.fit(x, y, batch_size=32, verbose=0)
    begin = time.perf_counter()
    model.fit(x, y, batch_size=32, epochs=2, verbose=0)
    return time.perf_counter() - begin
bare = min(step_s(0) for _ in range(3))
loaded = min(step_s(64) for _ in range(3))
print(max(1, round(0.10 * bare / (loaded - bare) * 64)))
"""
CHANGES = {
    "dropout": ("DROPOUT = 0.0", "DROPOUT = 0.9"),
    "frozen": ("FROZEN = False", "FROZEN = True"),
}


def make_repository(folder: Path) -> None:
    """Create the user's repository with a branch for each change; it is kept, so that a resumed proof is the same."""
    if (folder / ".git").exists():
        return
    folder.mkdir(parents=True)
    run_git(folder, "init", "--quiet")
    commit(folder, MODULE)
    pilot = subprocess.run([sys.executable, "-c", PILOT, str(folder)], capture_output=True, text=True, check=True)
    num_products = pilot.stdout.split()[-1]
    changes = {**CHANGES, "slower": ("NUM_PRODUCTS = 0", f"NUM_PRODUCTS = {num_products}")}
    for branch, (before, after) in changes.items():
        run_git(folder, "checkout", "--quiet", "-b", branch, "main")
        commit(folder, MODULE.replace(before, after))
    run_git(folder, "checkout", "--quiet", "main")


def commit(folder: Path, text: str) -> None:
    """Commit one version of the module."""
    (folder / "mine.py").write_text(text)
    run_git(folder, "add", "mine.py")
    run_git(folder, "commit", "--quiet", "-m", "the networks")


def run_git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run([*GIT, "-C", str(folder), *arguments], check=True)


def scenarios() -> dict[str, tuple[int, str, list[str]]]:
    """Return by name the exit status that is expected, the head, and further arguments."""
    unchanged = {f"unchanged-{number}": (0, "main", ["--pairs", "7"]) for number in range(1, NUM_UNCHANGED + 1)}
    return {**unchanged, "slower": (3, "slower", []), "dropout": (3, "dropout", []), "frozen": (3, "frozen", [])}


def run_scenario(name: str, folder: Path) -> dict[str, object]:
    """Run one check, and return what came of it."""
    expected, head, arguments = scenarios()[name]
    command = [sys.executable, "-m", "bench", "check", "--base", "main", "--head", head, "--model", MODELS]
    command += ["--repo", str(folder / "repository"), "--output", str(folder / "checks"), "--json", *arguments]
    begin = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    told = json.loads(done.stdout) if done.stdout else {}
    seconds = round(time.monotonic() - begin, 1)
    check_id = told["check"]["check_id"] if told else None
    return {"scenario": name, "expected": expected, "exit": done.returncode, "seconds": seconds, "check_id": check_id}


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
        options.report.write_text(render_proof(proved, COMMAND, options.note), encoding="utf-8")
        trials_table(proved).to_csv(options.report.with_name("trials.csv"), index=False, lineterminator="\n")
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
