"""How long a report takes to build, by the number of trials: it must grow in proportion, not faster.

Accuracies and times differ from trial to trial as real ones do: equal ones would hide what the statistics cost.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

from bench.analysis.frames import epochs_frame, trials_frame
from bench.analysis.run_summary import summarize_run
from bench.reports.run.markdown import write_report
from bench.store.run_folder import load_run

NUM_EPOCHS = 10
SHAPES = [(10, 1), (10, 100), (10, 1_000), (100, 100), (1_000, 10)]


@pytest.fixture(params=SHAPES, ids=lambda shape: f"{shape[0]}-cases-{shape[1]}-seeds")
def run_folder(request, made, tmp_path_factory, make_case, make_run, make_journal, write_run):
    """A run of so many cases and seeds with ten epochs a trial, on disk; half of the cases are recurrent."""
    if request.param not in made:
        run = draw_run(*request.param, make_case, make_run, make_journal)
        made[request.param] = write_run(tmp_path_factory.mktemp("run"), *run)
    return made[request.param]


@pytest.fixture(scope="module")
def made():
    """Folders by shape: writing ten thousand journals takes longer than reading them."""
    return {}


def draw_run(num_cases, num_seeds, make_case, make_run, make_journal):
    sizes = range(8, 8 + num_cases // 2)
    cases = [make_case(model, epochs=NUM_EPOCHS, batch_size=size) for size in sizes for model in ("lstm", "cnn")]
    record = make_run(cases, seeds=range(num_seeds))
    journals, draw = [], np.random.default_rng(0)
    for trial in record.suite.trials:
        misses = (0.06 if trial.case.model == "lstm" else 0.02) / np.arange(1, NUM_EPOCHS + 1) ** 0.8
        accuracies = np.round(1 - misses * draw.lognormal(sigma=0.15, size=NUM_EPOCHS), 4)
        seconds = 60 * draw.lognormal(sigma=0.1) * draw.lognormal(sigma=0.02, size=NUM_EPOCHS)
        canary_s = 0.02 * draw.lognormal(sigma=0.05)
        journals.append(
            make_journal(
                trial.case, trial.seed, val_accuracy=accuracies.tolist(), train_s=seconds.tolist(), canary_s=canary_s
            )
        )
    return record, journals


def build_report(folder):
    run = load_run(folder)
    return write_report(run.folder, summarize_run(run.record, run.journals))


def build_frames(folder):
    journals = load_run(folder).journals
    return trials_frame(journals), epochs_frame(journals)


@pytest.mark.parametrize("arguments", [("report",), ("export", "--format", "csv"), ("claims",)], ids=" ".join)
def test_command(benchmark, run_folder, arguments):
    """The whole command, from the start of its process to its end; processor time and peak are saved as well."""
    usage = benchmark.pedantic(run_command, (*arguments, str(run_folder)), rounds=1)
    benchmark.extra_info["cpu_s"] = usage.ru_utime + usage.ru_stime
    benchmark.extra_info["peak_bytes"] = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)  # getrusage(2)


def run_command(*arguments):
    process = subprocess.Popen([sys.executable, "-m", "bench", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage


def test_report(benchmark, run_folder):
    benchmark.pedantic(build_report, (run_folder,), rounds=1)


def test_load(benchmark, run_folder):
    benchmark.pedantic(load_run, (run_folder,), rounds=1)


def test_frames(benchmark, run_folder):
    benchmark.pedantic(build_frames, (run_folder,), rounds=1)
