"""`bench export` as a user types it, on made-up runs, read back by the tools that the formats are for."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

RUNS = ("20261122T071500Z-tutorial-3f2a", "20261122T081500Z-tutorial-3f2a")


@pytest.fixture
def runs(tmp_path, make_case, make_run, make_journal, write_run):
    """Two runs of two networks, the second half as fast."""
    for slower, run_id in enumerate(RUNS, start=1):
        record = make_run([make_case("lstm"), make_case("cnn")], (0, 1, 2), run_id=run_id)
        journals = [
            make_journal(trial.case, trial.seed, train_s=slower * (60.0 + trial.seed), run_id=run_id)
            for trial in record.suite.trials
        ]
        write_run(tmp_path / "results" / run_id, record, journals)
    return tmp_path / "results"


@pytest.mark.usefixtures("runs")
def test_parquet_holds_what_csv_holds_with_types(bench, tmp_path):
    for file_format in ("parquet", "csv"):
        done = bench("export", *RUNS, "--format", file_format, "--to", "tables")
        assert done.returncode == 0, done.stderr
    trials, epochs = (pd.read_parquet(tmp_path / "tables" / f"{name}.parquet") for name in ("trials", "epochs"))
    assert (len(trials), len(epochs)) == (12, 36)
    pd.testing.assert_frame_equal(trials, pd.read_csv(tmp_path / "tables" / "trials.csv"), check_dtype=False)
    assert trials["seed"].dtype == "int64"
    assert trials["peak_device_bytes"].isna().all()


def test_pytest_benchmark_itself_compares_two_exported_runs(bench, runs, tmp_path):
    paths = [runs / run_id / "pytest-benchmark.json" for run_id in RUNS]
    for run_id, path in zip(RUNS, paths, strict=True):
        done = bench("export", run_id, "--format", "pytest-benchmark")
        assert done.stdout.strip() == str(path.relative_to(tmp_path)), done.stderr
    tool = Path(sys.executable).with_name("pytest-benchmark")
    command = [tool, "compare", *paths, "--columns=mean,ops,rounds", "--csv=compared.csv"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    compared = pd.read_csv(tmp_path / "compared.csv").set_index("name").filter(like="cnn", axis=0)
    rates = sorted(rate for rate in compared["ops"] if rate > 100)  # of each run steady, and as `fit` costs
    assert len(rates) == 4
    assert rates[2] / rates[0] == pytest.approx(2, rel=0.05)
    assert rates[3] / rates[1] == pytest.approx(2, rel=0.05)
    assert set(compared["rounds"]) == {3}


@pytest.mark.usefixtures("runs")
def test_bencher_gets_one_run_and_mlperf_a_log_for_each_trial(bench, tmp_path):
    done = bench("export", RUNS[0], "--format", "bencher", "--to", "tables")
    assert done.stdout.splitlines() == ["tables/bencher.json"], done.stderr
    done = bench("export", *RUNS, "--format", "mlperf", "--to", "tables")
    assert len(done.stdout.splitlines()) == len(list((tmp_path / "tables" / "mlperf").iterdir())) == 12


def test_a_log_of_deterministic_trials_is_refused_with_the_reason(
    bench, tmp_path, make_case, make_run, make_journal, write_run
):
    case = make_case("lstm", deterministic=True)
    write_run(tmp_path / "exact", make_run([case], (0,)), [make_journal(case, 0)])
    done = bench("export", "exact", "--format", "mlperf")
    assert (done.returncode, done.stdout) == (5, "")
    assert "a log is times, and deterministic trials report none" in done.stderr


@pytest.mark.usefixtures("runs")
def test_report_and_claims_take_archives_and_merge_makes_one_run(bench, tmp_path):
    assert bench("export", RUNS[0], "--archive", "job.tar.gz").returncode == 0
    done = bench("report", "job.tar.gz")
    assert done.stdout == f"{RUNS[0]}/report.md\n", done.stderr
    done = bench("claims", "job.tar.gz")
    assert done.stdout.splitlines()[-1] == "claims.md", done.stderr
    done = bench("merge", "job.tar.gz")
    assert (tmp_path / done.stdout.strip() / "run.json").is_file(), done.stderr


@pytest.mark.usefixtures("runs")
def test_custom_entries_have_what_the_action_reads(bench, tmp_path):
    done = bench("export", RUNS[0], "--format", "custom-bigger-is-better", "--to", "charts")
    assert done.returncode == 0, done.stderr
    entries = json.loads((tmp_path / "charts" / "custom-bigger-is-better.json").read_text())
    assert [entry["name"] for entry in entries] == [
        f"{model}-mnist-b32-float32-cpu {what}"
        for model in ("lstm", "cnn")
        for what in ("throughput", "throughput as fit costs", "final validation accuracy")
    ]
    assert {frozenset(entry) for entry in entries} == {frozenset(("name", "unit", "value", "range", "extra"))}


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((*RUNS, "--format", "pytest-benchmark"), 2, "expected one run a file, received 2; export each alone"),
        ((*RUNS, "--format", "custom-bigger-is-better"), 2, "expected one run a file, received 2"),
        ((RUNS[0], "--format", "parkuet"), 2, "did you mean 'parquet'?"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(bench, arguments, status, words):
    done = bench("export", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr


@pytest.mark.usefixtures("runs")
def test_an_archive_is_exported_without_unpacking_it_by_hand(bench, tmp_path):
    assert bench("export", RUNS[0], "--archive", "node7.tar.gz").returncode == 0
    done = bench("export", "node7.tar.gz", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "trials.csv").exists()
