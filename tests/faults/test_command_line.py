"""Faults as a user meets them at the command line: real processes, real signals; only the training is made up."""

import json
import os
import signal
import sys
import threading

import psutil
import pytest

from bench.store.find_runs import list_runs
from bench.store.journal import read_journal
from bench.store.run_folder import load_run
from tests.without_figures import NO_FIGURES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the quick worker speaks Linux"),
    pytest.mark.usefixtures("no_process_left"),
]


@pytest.fixture
def run(cli, dataset):
    """Return what starts `bench run` of one network for four epochs.

    Its worker hangs in epoch `hang_at`; its report hangs at `pipe`, once that is opened to be read.
    """

    def start(*arguments, hang_at=None, pause_s=0.0, pipe=None):
        environ = {"QUICK_WORKER_HANG_AT": str(hang_at), "QUICK_WORKER_PAUSE_S": str(pause_s), **NO_FIGURES}
        environ |= {"FAULTS_PIPE": str(pipe)} if pipe else {}
        base = ("run", "--model", "cnn", "--dataset", dataset, "--batch-size", "4", "--epochs", "4", "--json")
        return cli(*base, *arguments, **environ)

    return start


def wait_for(process, event, number=1):
    """Read the run's events up to the `number`-th of a kind, and return it."""
    for line in process.stdout:
        told = json.loads(line)
        if told["event"] == event:
            number -= 1
            if not number:
                return told
    raise AssertionError(process.stderr.read())


def finish(process):
    """Read what is left of a process's output, and return it with its errors once it is gone."""
    stdout, stderr = process.stdout.read(), process.stderr.read()
    process.wait(60)
    return stdout, stderr


def report_of(process, folder):
    stdout, stderr = finish(process)
    assert process.returncode == 0, stderr
    return (folder / stdout.splitlines()[-1]).read_text()


def only_run(tmp_path):
    (folder,) = list_runs(tmp_path / "results")
    return load_run(folder)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_a_signal_in_the_third_epoch_keeps_two_ends_the_worker_and_writes_the_report(run, tmp_path, number, code):
    process = run("--seeds", "2", hang_at=3)
    wait_for(process, "epoch", 2)
    (worker,) = psutil.Process(process.pid).children()
    process.send_signal(number)
    stdout, stderr = finish(process)
    assert process.returncode == code, stderr
    assert psutil.wait_procs([worker], timeout=5)[1] == []
    (journal,) = only_run(tmp_path).journals
    assert (journal.status, len(journal.epochs), journal.end.error.type) == ("interrupted", 2, number.name)
    report = only_run(tmp_path).folder / "report.md"
    assert "1 interrupted" in report.read_text()
    assert json.loads(stdout.splitlines()[-1])["event"] == "run_ended"
    assert "Traceback" not in stderr


def test_ctrl_c_again_and_again_still_leaves_a_whole_journal_and_no_half_file(run, tmp_path):
    """The second while the worker is being ended, the third while the report is written."""
    process = run(hang_at=2)
    wait_for(process, "epoch", 1)
    for _ in range(20):
        process.send_signal(signal.SIGINT)
    wait_for(process, "end")
    process.send_signal(signal.SIGINT)
    _, stderr = finish(process)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    (journal,) = only_run(tmp_path).journals
    assert journal.status == "interrupted"
    assert [path for path in (tmp_path / "results").rglob("*") if path.name.endswith(".part")] == []


def test_a_terminated_report_leaves_no_half_file_and_its_own_exit_status(run, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = run(pipe=pipe)
    wait_for(process, "end")
    threading.Thread(target=lambda: process.wait() or pipe.open("wb"), daemon=True).start()  # so that it returns at all
    pipe.open("rb").close()  # returns once a file of the report is written, and not yet in its place
    assert [path for path in (tmp_path / "results").rglob("*") if path.name.endswith(".part")] != []
    process.send_signal(signal.SIGTERM)
    _, stderr = finish(process)
    assert process.returncode == 143, stderr
    assert "Traceback" not in stderr
    assert [path for path in (tmp_path / "results").rglob("*") if path.name.endswith(".part")] == []


def test_a_killed_parent_takes_its_worker_along_reads_as_killed_and_is_finished_by_resume(run, cli, tmp_path):
    process = run("--seeds", "2", hang_at=3)
    wait_for(process, "epoch", 2)
    (worker,) = psutil.Process(process.pid).children()
    running = only_run(tmp_path).journals[0]
    assert (running.status, running.start.pid) == ("running", worker.pid)
    report = cli("report", "latest", **NO_FIGURES)
    assert "Still running when this was written" in report_of(report, tmp_path)

    process.kill()
    process.communicate()
    assert psutil.wait_procs([worker], timeout=5)[1] == []
    (journal,) = only_run(tmp_path).journals
    assert (journal.status, len(journal.epochs)) == ("killed", 2)
    assert "killed" in report_of(cli("report", "latest", **NO_FIGURES), tmp_path)

    resumed = cli("run", "--resume", "latest", "--quiet", **NO_FIGURES)
    _, stderr = finish(resumed)
    assert resumed.returncode == 0, stderr
    assert [journal.status for journal in only_run(tmp_path).journals] == ["ok", "ok"]


def test_a_trial_that_failed_is_repeated_where_that_is_asked_for_and_its_attempt_is_kept(run, cli, tmp_path):
    """That it is not without the flag, `test_resume.py` shows."""
    process = run("--timeout", "1", hang_at=2)
    _, stderr = finish(process)
    assert process.returncode == 1, stderr
    resumed = cli("run", "--resume", "latest", "--retry-failed", "--quiet", **NO_FIGURES)
    _, stderr = finish(resumed)
    assert resumed.returncode == 0, stderr
    loaded = only_run(tmp_path)
    assert [journal.status for journal in loaded.journals] == ["ok"]
    (attempt,) = (loaded.folder / "trials" / "attempts").iterdir()
    assert read_journal(attempt).status == "timeout"


def test_two_runs_started_at_once_both_complete_one_after_the_other_in_folders_of_their_own(run, tmp_path):
    first, second = run(pause_s=0.2), run(pause_s=0.2)
    for process in (first, second):
        _, stderr = finish(process)
        assert process.returncode == 0, stderr
    runs = [load_run(folder) for folder in list_runs(tmp_path / "results")]
    assert len(runs) == 2
    assert [journal.status for loaded in runs for journal in loaded.journals] == ["ok", "ok"]
    begin = max(loaded.journals[0].start.started_at for loaded in runs)
    earlier = min(runs, key=lambda loaded: loaded.journals[0].start.started_at)
    ended = (earlier.folder / "trials" / earlier.journals[0].source).stat().st_mtime
    assert begin.timestamp() >= ended - 0.01, "two measurements ran at once"


def test_a_second_measurement_is_told_whom_it_waits_for_and_goes_on_when_that_one_is_killed(run, tmp_path):
    first = run(hang_at=1)
    wait_for(first, "trial_started")
    second = run()
    told = wait_for(second, "waiting")["message"]
    assert f"pid {first.pid}, run " in told
    assert "--allow-concurrent runs anyway and labels the results" in told
    first.kill()
    first.communicate()
    _, stderr = finish(second)
    assert second.returncode == 0, stderr
    runs = [load_run(folder) for folder in list_runs(tmp_path / "results")]
    assert sorted(loaded.journals[0].status for loaded in runs) == ["killed", "ok"]


def test_a_measurement_beside_another_is_labelled_in_its_journals_and_its_report(run, tmp_path):
    first = run(hang_at=1)
    wait_for(first, "trial_started")
    second = run("--allow-concurrent")
    stdout, stderr = finish(second)
    assert second.returncode == 0, stderr
    report = tmp_path / json.loads(stdout.splitlines()[-1])["report"]
    assert load_run(report.parent).journals[0].start.concurrent is True
    assert "Other measurements were allowed during this run" in report.read_text()
    first.kill()


def test_a_trial_beyond_its_memory_limit_ends_as_oom_and_the_next_one_runs(cli, dataset, tmp_path):
    """The real worker's own limit: it dies at the import of its framework, in a second."""
    process = cli(
        *("run", "--model", "cnn", "--dataset", dataset, "--batch-size", "4", "--epochs", "1", "--seeds", "2"),
        *("--memory-limit", "100MB", "--quiet"),
        worker="limited_worker.py",
        **NO_FIGURES,
    )
    _, stderr = finish(process)
    assert process.returncode == 1, stderr
    loaded = only_run(tmp_path)
    assert loaded.record.suite.memory_limit_bytes == 100_000_000
    assert [journal.status for journal in loaded.journals] == ["oom", "ok"]
