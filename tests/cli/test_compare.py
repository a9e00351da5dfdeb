"""`bench compare` as a user types it, on made-up runs; nothing is trained."""

import json

import pytest

from bench.store.journal import JournalWriter
from bench.store.run_folder import journal_path, write_record

BEFORE, AFTER, ELSEWHERE = (f"20261122T0{hour}1500Z-tutorial-3f2a" for hour in (7, 8, 9))


@pytest.fixture
def runs(tmp_path, make_case, make_run, make_journal, environment):
    """Three runs in results/: before, after (half as fast), and one of another machine."""
    other = environment.model_copy(update={"fingerprint": "ffffffffffff", "cpu_model": "Another CPU"})
    for run_id, slower, machine in ((BEFORE, 1, environment), (AFTER, 2, environment), (ELSEWHERE, 2, other)):
        record = make_run([make_case("cnn")], (0, 1, 2), run_id=run_id, environment=machine)
        folder = tmp_path / "results" / run_id
        (folder / "trials").mkdir(parents=True)
        write_record(folder, record)
        for trial in record.suite.trials:
            journal = make_journal(
                trial.case, trial.seed, train_s=slower * (60.0 + trial.seed), run_id=run_id, environment=machine
            )
            with JournalWriter(journal_path(folder, trial.trial_id)) as writer:
                for event in (journal.start, journal.built, *journal.epochs, journal.end):
                    writer.append(event)
    return tmp_path / "results"


@pytest.mark.usefixtures("runs")
def test_a_slowdown_is_told_and_is_no_failure(bench, tmp_path):
    done = bench("compare", BEFORE, AFTER, "--to", "changes.md")
    assert done.returncode == 0, done.stderr
    assert "slower" in next(line for line in done.stdout.splitlines() if "examples/s" in line)
    assert done.stdout.endswith("changes.md\n")
    assert (tmp_path / "changes.md").read_text().startswith("# Two runs compared")


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
        ((BEFORE, AFTER, "--max-change", "5"), "expected a share between 0 and 1, such as 0.05; received 5"),
    ],
)
def test_a_baseline_that_is_missing_or_meaningless_is_a_usage_error_and_no_regression(bench, arguments, words):
    done = bench("compare", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_runs_without_a_case_in_common_have_nothing_to_compare(bench, runs, make_case, make_run):
    run_id = "20261122T101500Z-other-0001"
    (runs / run_id / "trials").mkdir(parents=True)
    write_record(runs / run_id, make_run([make_case("lstm")], run_id=run_id))
    done = bench("compare", BEFORE, run_id)
    assert (done.returncode, "no case is in both runs" in done.stderr) == (5, True)
