"""`bench run` in this process: how its flags reach the cases, and when it measures ceilings; nothing is trained."""

import functools
import re

import numpy as np
import pytest
from click.testing import CliRunner

from bench.cli import run_verb
from bench.cli.parsing.case_options import HOW, WHAT
from bench.host.ceilings.ceilings import Ceiling, Ceilings
from bench.run.session.executor import LocalExecutor
from bench.run.session.run_session import run_session
from bench.settings import TABLE
from bench.store.ceilings_file import read_ceilings
from bench.store.find_runs import find_run
from bench.store.run_folder import load_run
from tests.faults.conftest import QUICK_WORKER
from tests.without_figures import draw_no_figures

# A value of each flag, and what it looks like in a dry run's line of a trial; None is a flag without a value.
SHOWN = {
    "--model": ("lstm-cpu", " lstm-cpu-mnist-"),
    "--device": ("cpu:1", "-cpu1"),
    "--backend": ("jax", "-jax"),
    "--dataset": ("mnist-pixels", "-mnist-pixels-"),
    "--train-size": ("640", "-n640"),
    "--test-size": ("100", "-t100"),
    "--epochs": ("7", r"-s0 +7 "),  # no part of an id: a longer run is of the same case
    "--batch-size": ("64", "-b64-"),
    "--precision": ("float64", "-float64-"),
    "--scaling": ("none", "-unscaled"),
    "--validation-split": ("0.25", r"-val0\.25"),
    "--axes": ("channels-first", "-channels_first"),
    "--max-length": ("48 --dataset spoken-digits", "-len48"),
    "--vocabulary": ("40 --dataset word-languages", "-v40"),
    "--jit": ("on", "-jit_on"),
    "--unroll": (None, "-unroll"),
    "--units": ("9", "-u9"),
    "--filters": ("9", "-f9"),
    "--depth": ("7", " cnn-deep-.*-d7"),
    "--activation": ("tanh", " cnn-mnist-.*-tanh"),
    "--output-activation": ("sigmoid", " cnn-mnist-.*-out_sigmoid"),
    "--training": ("own", " own_build_.*-own_training"),
    "--optimizer": ("sgd", "-sgd"),
    "--learning-rate": ("0.5", r"-lr0\.5"),
    "--decay": ("0", r"-decay0\.0"),
    "--steps-per-execution": ("2", "-spe2"),
    "--input": ("arrays", r"-cpu(-[nt]\d+)*-s0"),  # on TensorFlow all others are fed by a pipeline
    "--intra-op-threads": ("1", "-intra1"),
    "--inter-op-threads": ("1", "-inter1"),
    "--deterministic": (None, "-deterministic"),
    "--validate-every": ("50", r"-s0 +\d+ +50 steps "),  # no part of an id: the training is the same
}


@pytest.fixture
def lines(monkeypatch, tmp_path):
    """Return what prints the trials of a dry run of `bench run` with more flags."""
    monkeypatch.setattr("bench.plan.expand.check_backend", lambda _: None)  # an extra need not be installed to be named
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("def build(input_shape, num_classes): ...")
    np.savez(tmp_path / "half.npz", x=np.zeros((60, 4, 4)), y=np.arange(60) % 2)

    def dry_run(*flags):
        own = ",own:build" if "--training" in flags else ""
        models = () if "--model" in flags else ("--model", f"lstm,cnn,cnn-deep{own}")
        half = ("--dataset", str(tmp_path / "half.npz")) if "--validation-split" in flags else ()
        arguments = [*models, *half, "--device", "cpu", "--output", str(tmp_path), *flags, "--dry-run"]
        done = CliRunner().invoke(run_verb.command, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return [f" {line}" for line in done.stdout.splitlines() if re.search(r"-s\d", line)]

    return dry_run


@pytest.fixture(scope="module")
def plain_lines():
    """Keep what a dry run without more flags prints, which is the same for all of them."""
    return []


@pytest.mark.parametrize("flag", SHOWN)
def test_each_flag_reaches_the_cases_and_shows_in_their_ids(lines, plain_lines, flag):
    value, shown = SHOWN[flag]
    plain_lines[:] = plain_lines or lines()
    assert not [line for line in plain_lines if re.search(shown, line)]
    assert [line for line in lines(flag, *(value.split() if value else [])) if re.search(shown, line)]


def test_no_flag_is_left_out_here():
    assert set(SHOWN) == {TABLE[name].flag for name in (*WHAT, *HOW)}


@pytest.fixture
def bench_run(tmp_path, monkeypatch):
    """Return what calls `bench run` with quick workers, made-up ceilings and no report, and returns the run."""

    def measure(_executor, _environment, wanted):
        rates = {"gemm_flops_per_s": 1e11, "lstm_gemm_flops_per_s": 5e10, "bandwidth_bytes_per_s": 1e10, "tf32": False}
        devices = tuple(Ceiling(device=device, precision=precision, **rates) for device, precision in wanted)
        return Ceilings(tensorflow="2.21.0", devices=devices)

    quick = functools.partial(run_session, worker_command=QUICK_WORKER)
    monkeypatch.setattr("bench.api.run.run_session", quick)
    monkeypatch.setattr("bench.api.run.write_report", lambda folder, *_: folder / "report.md")
    draw_no_figures(monkeypatch.setattr)
    monkeypatch.setattr(LocalExecutor, "measure_ceilings", measure)
    monkeypatch.setattr("bench.host.lock.lock_folder", lambda: tmp_path)

    def run(*arguments, flags=("--model", "cnn")):
        line = [*arguments, *flags, "--quiet", "--output", str(tmp_path / "results")]
        assert run_verb.command.main(args=line, standalone_mode=False) == 0
        return load_run(find_run("latest", tmp_path / "results"))

    return run


@pytest.mark.parametrize(
    ("arguments", "devices"),
    [
        (("quick", "--device", "cpu:1"), []),
        (("quick", "--device", "cpu:1", "--ceilings"), ["cpu:1"]),
        (("hardware", "--device", "cpu:1", "--batch-size", "1024"), ["cpu:1"]),
    ],
    ids=["neither", "asked for", "suite hardware"],
)
def test_ceilings_are_measured_where_they_are_asked_for_and_by_suite_hardware(bench_run, arguments, devices):
    run = bench_run(*arguments)
    assert {journal.status for journal in run.journals} == {"ok"}
    measured = read_ceilings(run.folder)
    assert [ceiling.device for ceilings in measured.values() for ceiling in ceilings.devices] == devices
    assert set(measured) <= {run.record.environment.fingerprint}


@pytest.mark.parametrize(("flags", "in_turns"), [((), True), (("--alone",), False), (("--in-turns",), True)])
def test_a_suite_says_whether_its_cases_take_turns_and_a_flag_overrides_it(bench_run, flags, in_turns):
    assert bench_run("quick", "--device", "cpu:1,cpu:2", *flags).record.suite.in_turns is in_turns


@pytest.mark.parametrize("again", [("quick", "--device", "cpu:1,cpu:2"), ()], ids=["with its flags", "alone"])
def test_what_is_left_of_a_run_may_train_alone_as_one_is_told_that_runs_out_of_memory(bench_run, again):
    began = bench_run("quick", "--device", "cpu:1,cpu:2")
    for journal in began.journals:
        (began.folder / "trials" / f"{journal.trial_id}.jsonl").unlink()
    flags = ("--model", "cnn") if again else ()
    done = bench_run(*again, "--resume", str(began.folder), "--retry-failed", "--alone", flags=flags)
    assert [journal.start.in_turns is None for journal in began.journals] == [False, False]
    assert [journal.start.in_turns is None for journal in done.journals] == [True, True]
    assert done.record == began.record
