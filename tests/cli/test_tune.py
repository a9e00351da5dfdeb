"""`bench tune` and `bench run --tuned` as a user types them, with workers that train nothing."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from bench.api.tune import check_versions
from bench.errors import ConfigError
from bench.host.capture import capture_environment
from bench.host.lock import measurement_lock
from bench.store.run_folder import load_run

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("tune")]  # one tuning for all

HERE = Path(__file__).parent
QUICK_DATA = ("--dataset", "spoken-digits", "--device", "cpu:1")  # one that is loaded at once
TUNE = ("tune", "--model", "lstm", *QUICK_DATA, "--time-budget", "1m")


@pytest.fixture(scope="module")
def start(ready_program):
    """Return what starts the command line in a folder, with a cache of tunings of this file's own there."""
    calls = []

    def begin(folder, *arguments):
        variables = {"PYTHONPATH": str(HERE.parents[1]), "XDG_CACHE_HOME": str(folder / "cache"), "COLUMNS": "250"}
        calls.append(ready_program.start(HERE / "paced_cli.py", arguments, folder, os.environ | variables))
        return calls[-1]

    yield begin
    for call in calls:
        call.close()


@pytest.fixture(scope="module")
def tuned(start, tmp_path_factory):
    """A folder in which lstm was tuned, and what that printed."""
    folder = tmp_path_factory.mktemp("tuned")
    process = start(folder, *TUNE)
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    return folder, stdout, stderr


@pytest.fixture
def call(call_bench_in):
    """Return what calls the command line in this process, for what starts nothing, with a folder's own cache."""

    def call_in(folder, *arguments):
        done = call_bench_in(folder, *arguments, XDG_CACHE_HOME=str(folder / "cache"), COLUMNS="250")
        return done.returncode, done.stdout, done.stderr

    return call_in


def finish(process):
    stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


def test_the_faster_setting_is_found_told_and_kept(tuned):
    folder, stdout, stderr = tuned
    row = next(line for line in stdout.splitlines() if line.startswith("lstm"))
    assert "unrolled" in row
    assert "2.01×" in row
    assert re.search(r" tuned; \d+ did not end ok\s*$", row)
    assert "kept for `run --tuned`" in stderr
    assert len(list((folder / "cache").rglob("tunings-1-*.json"))) == 1


def test_its_run_folder_reads_like_any_other(tuned, start):
    folder, _, stderr = tuned
    run = load_run(folder / re.search(r"^journals: (\S+)$", stderr, re.MULTILINE)[1])
    assert len(run.journals) == len(run.record.suite.trials) > 10
    assert run.set_aside == ()
    code, stdout, stderr = finish(start(folder, "report", run.record.run_id))
    assert code == 0, stderr
    assert stdout.endswith("report.md\n")


def test_run_tuned_trains_stock_and_tuned_side_by_side_and_the_report_says_what_it_gave(tuned, start):
    folder, _, _ = tuned
    arguments = ("quick", "--tuned", *QUICK_DATA, "--model", "lstm,cnn", "--seeds", "3", "--quiet")
    code, stdout, stderr = finish(start(folder, "run", *arguments))
    assert code == 0, stderr
    report = folder / stdout.splitlines()[-1]
    section = report.read_text().partition("## Stock and tuned")[2].partition("\n## ")[0]
    assert "unrolled" in section
    assert "2.01×" in section
    assert "Without a tuning: cnn." in section
    assert "2.01×" in report.with_name("index.html").read_text().partition("tuned-title")[2]


def test_a_case_without_a_tuning_is_named_with_the_command_that_gives_one(tuned, call):
    folder, _, _ = tuned
    options = ("--tuned", *QUICK_DATA, "--model", "lstm,cnn", "--dry-run")
    code, stdout, stderr = call(folder, "run", "quick", *options)
    assert code == 0, stderr
    assert "lstm-spoken-digits-b32-float32-cpu1-standard-unroll" in stdout
    assert "note: --tuned: no tuning on this machine for cnn-" in stderr
    advice = (
        "`python -m bench tune --model cnn --device cpu:1 --batch-size 32 --dataset spoken-digits --scaling standard`"
    )
    assert advice in stderr


def test_no_tuning_at_all_is_a_usage_error(call, tmp_path):
    code, stdout, stderr = call(tmp_path, "run", "quick", "--tuned", "--device", "cpu:1")
    assert (code, stdout) == (2, "")
    assert "measure it with `python -m bench tune --model lstm,cnn --device cpu:1 --batch-size 32`" in stderr


def test_an_interrupted_tuning_tells_what_it_has_and_goes_on(start, tmp_path):
    process = start(tmp_path, *TUNE)
    for line in process.stderr:
        if "[3/" in line:
            process.send_signal(signal.SIGINT)
            break
    code, stdout, stderr = finish(process)
    assert code == 130
    assert "not decided: interrupted" in stdout
    assert not (tmp_path / "cache").exists()
    advice = re.search(r"go on with `python -m bench tune --resume (\S+)`", stderr)
    code, stdout, stderr = finish(start(tmp_path, "tune", "--resume", advice[1], "--json"))
    assert code == 0, stderr
    (case,) = json.loads(stdout)["cases"]
    assert (case["best"]["unroll"], case["is_faster"], case["is_whole"]) == (True, True, True)


def test_times_that_were_taken_beside_another_measurement_are_told_and_not_kept(start, tmp_path):
    with measurement_lock("another-run", on_wait=pytest.fail, folder=tmp_path):
        code, stdout, stderr = finish(start(tmp_path, *TUNE, "--allow-concurrent"))
    assert code == 0, stderr
    assert "2.01×" in stdout
    assert "nothing is kept for `run --tuned`: other measurements ran beside this one" in stderr
    assert not (tmp_path / "cache").exists()


def test_a_run_is_not_resumed_as_a_tuning(call, tmp_path, make_run, write_run):
    record = make_run(["cnn"], environment=capture_environment())
    write_run(tmp_path / "results" / record.run_id, record)
    code, stdout, stderr = call(tmp_path, "tune", "--resume", record.run_id)
    assert (code, stdout) == (2, "")
    assert f"{record.run_id} is no tuning; `python -m bench run --resume` finishes it" in stderr


def test_a_tuning_is_not_resumed_as_a_run_nor_with_other_flags(tuned, call):
    folder, _, _ = tuned
    tuning = next(path.name for path in sorted((folder / "results").iterdir()) if "-tune-" in path.name)
    code, _, stderr = call(folder, "run", "--resume", tuning)
    assert (code, "`python -m bench tune --resume` finishes it" in stderr) == (2, True)
    code, _, stderr = call(folder, "tune", "--resume", tuning, "--model", "cnn")
    assert (code, "leave the other flags out" in stderr) == (2, True)


@pytest.mark.parametrize(
    ("flags", "precisions", "is_told"),
    [(("amx_bf16",), "float32", True), (("amx_bf16",), "float32,mixed_bfloat16", False), (("avx2",), "float32", False)],
)
def test_a_search_says_where_the_processor_multiplies_bfloat16(call, monkeypatch, tmp_path, flags, precisions, is_told):
    here = capture_environment().model_copy(update={"cpu_flags": flags, "machine": "x86_64"})
    monkeypatch.setattr("bench.cli.tune_verb.capture_environment", lambda: here)
    code, _, stderr = call(tmp_path, *TUNE, "--precision", precisions, "--dry-run")
    assert code == 0, stderr
    assert ("note: the processor multiplies bfloat16 (amx_bf16): with" in stderr) == is_told


def test_what_would_be_tried_is_shown_and_nothing_is_started(call, tmp_path):
    code, stdout, stderr = call(tmp_path, *TUNE, "--dry-run")
    assert code == 0, stderr
    assert "\n  unrolled\n" in stdout
    assert not (tmp_path / "results").exists()


def test_no_time_for_a_trial_is_a_usage_error(call, tmp_path):
    code, _, stderr = call(tmp_path, *TUNE, "--timeout", "0")
    assert (code, "'--timeout': expected a duration such as 20m" in stderr) == (2, True)


def test_a_budget_that_is_no_duration_is_a_usage_error(call, tmp_path):
    code, _, stderr = call(tmp_path, "tune", "--time-budget", "soon")
    assert (code, "expected a duration such as 20m" in stderr) == (2, True)


def test_a_tuning_of_other_versions_cannot_be_resumed(make_run, environment):
    old = make_run(["lstm"]).model_copy(update={"version": "0.0.1"})
    with pytest.raises(ConfigError, match=r"one set of versions \(rnn-or-cnn 0\.0\.1 then, .* now\); start anew"):
        check_versions(old, environment)
    check_versions(make_run(["lstm"]), environment)
