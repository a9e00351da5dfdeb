"""`bench hardware` and `bench export --archive` as a user types them, on made-up runs; nothing is trained."""

from __future__ import annotations

import json
import shutil

import pytest

from bench.store.ceilings_file import write_ceilings

LAPTOP, NODE = "20261122T081500Z-hardware-3f2a", "20261122T091500Z-hardware-0001"


@pytest.fixture
def runs(make_source, tmp_path, write_run):
    """Two machines' runs in results/, as `bench run` leaves them."""
    rates = {("lstm", "cpu:1", 32): 100.0, ("cnn", "cpu:1", 32): 200.0}
    for run_id, host, fingerprint in ((LAPTOP, "laptop", "a" * 12), (NODE, "node7", "b" * 12)):
        source = make_source(
            rates, run_id=run_id, hostname=host, fingerprint=fingerprint, gflops={"cpu:1": 10.0},
            not_run=[("lstm", "gpu", 32)],
        )  # fmt: skip
        folder = write_run(tmp_path / "results" / run_id, source.record, source.journals)
        write_ceilings(folder, fingerprint, source.ceilings[fingerprint])
    return tmp_path / "results"


def test_runs_and_archives_of_several_machines_make_one_report(bench, runs, tmp_path):
    packed = bench("export", NODE, "--archive", "node7.tar.gz")
    assert packed.stdout == "node7.tar.gz\n", packed.stderr
    shutil.rmtree(runs / NODE)
    done = bench("hardware", LAPTOP, "node7.tar.gz", "--reference", "node7/cpu:1", "--price", "node7=2", "--to", "out")
    assert done.stdout == "out/hardware.md\n", done.stderr
    report = (tmp_path / "out" / "hardware.md").read_text()
    assert "Speed-ups are against node7 · cpu:1." in report
    assert "not run: no GPU" in report
    assert "35.3 %" in report  # √(100 · 102) examples/s of 35 MFLOP over 10 GFLOP/s
    assert (tmp_path / "out" / "figures" / "hardware-throughput.png").stat().st_size > 10_000


@pytest.mark.usefixtures("runs")
def test_without_a_folder_to_write_to_the_report_stands_in_the_first_run(bench):
    assert bench("hardware", LAPTOP, NODE).stdout == f"results/{LAPTOP}/hardware.md\n"


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--price", "node8=1"), "did you mean 'node7'?"),
        (("gone.tar.gz",), "gone.tar.gz"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_and_exit_2(bench, arguments, words):
    done = bench("hardware", LAPTOP, NODE, *arguments)
    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.usefixtures("runs")
def test_an_archive_needs_its_suffix(bench):
    done = bench("export", LAPTOP, "--archive", "laptop.zip")
    assert (done.returncode, "expected a name ending in .tar.gz" in done.stderr) == (2, True)


def test_a_suite_that_asks_for_every_device_says_before_it_runs_what_is_missing(bench):
    done = bench("run", "hardware", "--device", "cpu:1,gpu", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "cpu1" in done.stdout
    assert "lstm-mnist-b32-float32-gpu-n5632-t1000" in done.stdout.partition("cannot run here")[2]


def test_a_suite_that_needs_its_devices_names_all_that_are_missing_and_runs_nothing(bench, tmp_path):
    done = bench("run", "quick", "--device", "cpu:1,gpu,cpu:9999")
    assert done.returncode == 2
    assert "'gpu' was asked for" in done.stderr
    assert "'cpu:9999' asks for 9999 cores" in done.stderr
    assert not (tmp_path / "results").exists()


def test_env_shows_what_was_measured_before(bench, tmp_path):
    cache = tmp_path / "cache"
    before = json.loads(bench("env", "--json", XDG_CACHE_HOME=str(cache)).stdout)
    environment = before["environment"]
    assert before["ceilings"] is None
    (cache / "rnn-or-cnn").mkdir(parents=True)
    ceiling = {"device": "cpu", "gemm_flops_per_s": 1.7e11, "lstm_gemm_flops_per_s": 5e10,
               "bandwidth_bytes_per_s": 1e10, "tf32": False}  # fmt: skip
    content = json.dumps({"tensorflow": "2.21.0", "devices": [ceiling]})
    (cache / "rnn-or-cnn" / f"ceilings-2-{environment['fingerprint']}.json").write_text(content)
    text = bench("env", XDG_CACHE_HOME=str(cache)).stdout
    assert "170 GFLOP/s" in text
    assert "vector instructions" in text
