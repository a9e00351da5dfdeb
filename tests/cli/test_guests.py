"""A user's folder may hold packages of any name: their network trains, not ours, and no verb trips over them."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.draws import some

pytestmark = pytest.mark.xdist_group("guests")  # one wheel for all

ROOT = Path(__file__).parents[2]
SCRIPT = str(Path(sys.executable).with_name("rnn-or-cnn"))
TRAP = "raise SystemExit('a package of the user was imported by the parent')\n"
NETWORK = """
import keras

def build(input_shape, num_classes):
    layers = [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense({units}, activation="relu")]
    return keras.Sequential([*layers, keras.layers.Dense(num_classes, activation="softmax")])
"""
VERBS = (
    ("report", "latest"), ("claims", "latest"), ("hardware", "latest"),
    ("export", "latest", "--to", "tables"), ("list", "models"), ("env",),
    ("run", "quick", "--model", "models.mine:build", "--dry-run"),
    ("tune", "--model", "models.mine:build", "--dry-run"),
)  # fmt: skip
SLICE = ("--train-size", "96", "--test-size", "40", "--epochs", "1", "--batch-size", "32", "--allow-concurrent")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Return a folder that holds what an installed wheel puts into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (archive,) = folder.glob("*.whl")
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder / "site-packages")
    return folder / "site-packages"


def make_folder(folder, *, with_init):
    """Make a user's folder whose packages have the names of ours, and modules with names of the standard library."""
    for name in ("models", "reports", "data", "plan"):
        (folder / name).mkdir(parents=True)
    for name in ("reports", "data", "plan"):
        (folder / name / "__init__.py").write_text(TRAP)
    if with_init:
        (folder / "models" / "__init__.py").write_text("")
    (folder / "models" / "mine.py").write_text(NETWORK.format(units=7))
    (folder / "models" / "cnn.py").write_text(NETWORK.format(units=3))
    (folder / "secrets.py").write_text(TRAP)
    return folder


def run(program, folder, *arguments, path):
    environ = {**os.environ, "PYTHONPATH": str(path), "COLUMNS": "120"}
    done = subprocess.run(
        [*program, *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert "a package of the user was imported" not in done.stdout + done.stderr
    return done


def read_built(folder):
    lines = [line for path in folder.glob("results/*/trials/*.jsonl") for line in path.read_text().splitlines()]
    built = [event for event in map(json.loads, lines) if event["event"] == "built"]
    return {event["network_file"]: event["num_params"] for event in built}


def test_a_wheel_puts_one_name_into_site_packages(wheel):
    names = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {"bench"}
    assert (wheel / "bench" / "models" / "lstm.py").is_file()
    assert (wheel / "bench" / "reports" / "templates").is_dir()
    assert not (wheel / "bench" / "reports" / "published").exists()


@pytest.mark.training
def test_their_network_trains_beside_ours_of_the_same_name_from_a_checkout(tmp_path):
    """Without `__init__.py` their `models` is the weakest of packages: ours, at the checkout's top, would win."""
    program, folder = (sys.executable, "-m", "bench"), make_folder(tmp_path / "user", with_init=False)
    done = run(program, folder, "run", "quick", "--model", "models.cnn:build,cnn", *SLICE, path=ROOT)
    assert (done.returncode, done.stderr[-300:]) == (0, done.stderr[-300:])
    parameters = read_built(folder)
    assert parameters["models/cnn.py"] == 3 * (784 + 1) + 10 * (3 + 1)
    assert "bench/models/cnn.py" in parameters
    for verb in some(VERBS, VERBS[-1]):  # a run reports as it ends
        done = run(program, folder, *verb, path=ROOT)
        assert (verb, done.returncode, done.stderr[-300:]) == (verb, 0, done.stderr[-300:])


@pytest.mark.training
def test_their_network_trains_from_a_wheel_by_the_script_beside_a_bench_of_their_own(wheel, tmp_path):
    folder = make_folder(tmp_path / "user", with_init=True)
    (folder / "bench").mkdir()
    (folder / "bench" / "__init__.py").write_text(TRAP)
    done = run((SCRIPT,), folder, "run", "quick", "--model", "models.mine:build", *SLICE, path=wheel)
    assert (done.returncode, done.stderr[-300:]) == (0, done.stderr[-300:])
    assert read_built(folder) == {"models/mine.py": 7 * (784 + 1) + 10 * (7 + 1)}
    done = run((SCRIPT,), folder, "list", "models", "-v", "--model", "models.mine:build,cnn", path=wheel)
    assert "models.mine:build: 28 × 28 × 1 in, 5,575 parameters" in done.stdout
