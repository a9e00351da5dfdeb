"""`bench compare` as a user types it, on made-up runs; nothing is trained."""

import gzip
import json
import shutil

import pytest

BEFORE, AFTER, ELSEWHERE = (f"20261122T0{hour}1500Z-tutorial-3f2a" for hour in (7, 8, 9))


@pytest.fixture
def runs(tmp_path, make_case, make_run, make_journal, environment, write_run):
    """Three runs in results/: before, after (half as fast and 0.003 less accurate), and that on another machine."""
    other = environment.model_copy(update={"fingerprint": "ffffffffffff", "cpu_model": "Another CPU"})
    for run_id, slower, machine in ((BEFORE, 1, environment), (AFTER, 2, environment), (ELSEWHERE, 2, other)):
        of_the_run = {"run_id": run_id, "environment": machine}
        record = make_run([make_case("cnn")], (0, 1, 2), **of_the_run)
        journals = []
        for case, seed in ((trial.case, trial.seed) for trial in record.suite.trials):
            accuracy = 0.98 - (slower - 1) * (0.003 + 0.0001 * seed)
            figures = {"train_s": slower * (60.0 + seed), "val_accuracy": (0.95, 0.97, accuracy)}
            journals.append(make_journal(case, seed, **figures, **of_the_run))
        write_run(tmp_path / "results" / run_id, record, journals)
    return tmp_path / "results"


@pytest.mark.usefixtures("runs")
def test_a_slowdown_is_told_and_is_no_failure(bench, tmp_path):
    done = bench("compare", BEFORE, AFTER, "--to", "changes.md")
    assert done.returncode == 0, done.stderr
    assert "slower" in next(line for line in done.stdout.splitlines() if "examples/s" in line)
    assert done.stdout.endswith("changes.md\n")
    assert (tmp_path / "changes.md").read_text().startswith("# Two runs compared")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(("options", "verdict"), [((), "equivalent"), (("--max-accuracy-change", "0.001"), "lower")])
def test_from_where_on_a_change_of_accuracy_matters_is_the_users_to_say(bench, options, verdict):
    done = bench("compare", BEFORE, AFTER, *options, "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["measure"]: row for row in json.loads(done.stdout)["cases"][0]["rows"]}
    assert rows["final_val_accuracy"]["effect"]["value"] == pytest.approx(-0.0031)
    assert rows["final_val_accuracy"]["verdict"] == verdict
    assert rows["throughput"]["verdict"] == "slower"


@pytest.mark.usefixtures("runs")
def test_mixed_hardware_is_refused_with_both_fingerprints_and_force_labels_it(bench):
    refused = bench("compare", BEFORE, "latest")
    assert (refused.returncode, refused.stdout) == (2, "")
    for words in ("a1b2c3d4e5f6", "ffffffffffff", "CPU: Example CPU in A, Another CPU in B", "--force"):
        assert words in refused.stderr
    forced = bench("compare", BEFORE, "latest", "--force", "--json")
    assert forced.returncode == 0, forced.stderr
    rows = {row["measure"]: row for row in json.loads(forced.stdout)["cases"][0]["rows"]}
    assert rows["throughput"]["labels"] == ["machines differ"]
    assert rows["final_val_accuracy"]["labels"] == []


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("20261122T071500Z-tutorial-0000", AFTER), f"did you mean '{BEFORE}'?"),
        (("missing/folder", AFTER), "expected a folder that holds run.json"),
        ((AFTER, AFTER), "expected two runs"),
        ((AFTER,), "expected two runs, received 1; --history takes any number"),
        ((BEFORE, AFTER, "--metric", "accuracy"), "--metric: has no meaning without --history"),
        ((BEFORE, AFTER, "--history", "--max-change", "0.1"), "--max-change: has no meaning with --history"),
        ((BEFORE, "--history", "--metric", "acuracy"), "did you mean 'accuracy'?"),
        ((BEFORE, "--history", "--target-accuracy", "0.9"), "has no meaning with --metric throughput"),
        ((BEFORE, AFTER, "--to", "changes.txt"), "expected a file's name ending in .md"),
        ((BEFORE, "trials.csv"), "expected a run or an archive of runs, received a table"),
        ((BEFORE, "missing.tar.gz"), "missing.tar.gz: cannot be read as .tar.gz"),
        ((BEFORE, AFTER, "--max-change", "5"), "expected a share between 0 and 1, such as 0.05; received 5"),
        ((BEFORE, AFTER, "--max-accuracy-change", "0"), "--max-accuracy-change: expected a share between 0 and 1"),
    ],
)
def test_a_baseline_that_is_missing_or_meaningless_is_a_usage_error_and_no_regression(bench, arguments, words):
    done = bench("compare", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_runs_without_a_case_in_common_have_nothing_to_compare(bench, runs, make_case, make_run, write_run):
    run_id = "20261122T101500Z-other-0001"
    write_run(runs / run_id, make_run([make_case("lstm")], run_id=run_id))
    done = bench("compare", BEFORE, run_id)
    assert (done.returncode, "no case is in both runs" in done.stderr) == (5, True)


@pytest.mark.usefixtures("runs")
def test_an_archive_that_came_from_elsewhere_compares_like_a_run(bench, tmp_path):
    assert bench("export", BEFORE, "--archive", "before.tar.gz").returncode == 0
    shutil.rmtree(tmp_path / "results" / BEFORE)
    done = bench("compare", "before.tar.gz", AFTER, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cases"][0]["rows"][0]["verdict"] == "slower"


@pytest.mark.usefixtures("runs")
def test_an_archive_of_two_runs_is_no_side_of_a_comparison(bench):
    assert bench("export", BEFORE, AFTER, "--archive", "both.tar.gz").returncode == 0
    done = bench("compare", "both.tar.gz", AFTER)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"expected one run, this archive holds 2: {BEFORE}, {AFTER}" in done.stderr


@pytest.mark.usefixtures("runs")
def test_a_damaged_archive_is_one_sentence(bench, tmp_path):
    (tmp_path / "torn.tar.gz").write_bytes(gzip.compress(b"no tar")[:-4])
    done = bench("compare", "torn.tar.gz", AFTER)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.usefixtures("runs")
def test_a_history_draws_what_one_machine_measured_and_names_the_rest(bench, tmp_path):
    done = bench("compare", "--history", BEFORE, AFTER, ELSEWHERE, BEFORE)
    assert done.returncode == 0, done.stderr
    assert "1 run on Another CPU, fingerprint ffffffffffff" in done.stdout
    assert f"Left out (fingerprint a1b2c3d4e5f6): {BEFORE}, {AFTER}." in done.stdout
    assert done.stdout.endswith(f"results/{BEFORE}/history-throughput.md\n")
    assert (tmp_path / "results" / BEFORE / "history-throughput.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("runs")
def test_a_history_for_a_machine_is_json_alone(bench, tmp_path):
    done = bench("compare", "--history", BEFORE, AFTER, "--metric", "accuracy", "--json", "--to", "drift/accuracy.md")
    assert done.returncode == 0, done.stderr
    (case,) = json.loads(done.stdout)["cases"]
    assert [point["run_id"] for point in case["points"]] == [BEFORE, AFTER]
    assert (tmp_path / "drift" / "accuracy.png").exists()


@pytest.mark.usefixtures("runs")
def test_a_check_among_the_runs_is_passed_over_and_alone_is_refused(bench, tmp_path):
    check = tmp_path / "results" / "20261122T101500Z-check-3f2a"
    check.mkdir()
    (check / "check.json").write_text("{}")
    done = bench("compare", "--history", *(str(path) for path in sorted((tmp_path / "results").iterdir())))
    assert done.returncode == 0, done.stderr
    assert f"passed over {check}, a check" in done.stderr
    alone = bench("compare", "--history", check.name)
    assert (alone.returncode, "expected a run, received the check" in alone.stderr) == (2, True)
