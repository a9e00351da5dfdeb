"""A disk that is full, read-only or gone: a small file system of the test's own, really filled."""

import contextlib
import errno
import os
import shutil
import sys

import pytest

from bench.atomic_file import write_atomic
from bench.errors import StoreError
from bench.reports.terminal.run_view import QuietView
from bench.run.session.open_session import start_session
from bench.run.session.resume import resume_session
from bench.run.session.run_session import run_session
from bench.store.find_runs import list_runs
from bench.store.journal import JournalWriter, read_journal
from bench.store.run_folder import load_run
from tests.faults.conftest import QUICK_WORKER


def run(session):
    return run_session(session, QuietView(sys.stderr), allow_concurrent=False, worker_command=QUICK_WORKER)


def fill(folder):
    """Take every block that is left, and return the file that holds them."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    assert shutil.disk_usage(folder).free == 0
    return path


class FillAfterFirst(QuietView):
    """Fills the disk when the first trial has ended."""

    def __init__(self, folder):
        super().__init__(sys.stderr)
        self._folder = folder

    def trial_ended(self, trial, end):  # noqa: ARG002
        if not (self._folder / "ballast").exists():
            fill(self._folder)


@pytest.mark.usefixtures("lock_folder", "no_process_left")
def test_a_full_disk_stops_the_run_before_the_next_trial_and_resume_finishes_it(
    small_disk, make_plan, dataset, this_machine, monkeypatch
):
    disk = small_disk("4m")
    monkeypatch.setattr("bench.run.session.run_trials.MIN_FREE_BYTES", 1 << 20)
    session = start_session(make_plan(dataset), this_machine, disk, ["bench", "run"])
    with pytest.raises(StoreError, match=r"No space left on device; trials that ended are intact: make room") as caught:
        run_session(session, FillAfterFirst(disk), allow_concurrent=False, worker_command=QUICK_WORKER)
    assert caught.value.exit_code == 2
    assert [journal.status for journal in load_run(session.folder).journals] == ["ok"]
    (disk / "ballast").unlink()
    assert len(run(resume_session(session.folder, this_machine, None, retry_failed=False))) == 3
    assert [journal.status for journal in load_run(session.folder).journals] == ["ok"] * 4


@pytest.mark.usefixtures("lock_folder", "no_process_left")
def test_a_disk_that_fills_up_in_a_trial_leaves_what_was_there_whole(
    small_disk, make_plan, dataset, this_machine, monkeypatch
):
    """The worker meets the full disk itself, dies of it, and its parent cannot write either."""
    disk = small_disk("4m")
    monkeypatch.setattr("bench.run.session.run_trials.MIN_FREE_BYTES", 0)
    session = start_session(make_plan(dataset), this_machine, disk, ["bench", "run"])
    with pytest.raises(StoreError, match="No space left on device"):
        run_session(session, FillAfterFirst(disk), allow_concurrent=False, worker_command=QUICK_WORKER)
    (disk / "ballast").unlink()
    loaded = load_run(session.folder)
    assert loaded.set_aside == ()
    assert loaded.journals[0].status == "ok"
    run(resume_session(session.folder, this_machine, None, retry_failed=False))
    assert [journal.status for journal in load_run(session.folder).journals] == ["ok"] * 4


def count_appended(writer, epoch):
    """Append epochs until the disk is full, and return how many it took."""
    for number in range(1, 1000):
        try:
            writer.append(epoch.model_copy(update={"epoch": number}))
        except OSError as error:
            assert error.errno == errno.ENOSPC
            return number - 1
    raise AssertionError("the disk never became full")


def test_half_a_line_on_a_full_disk_is_taken_back_so_that_the_next_one_is_whole(small_disk, make_journal):
    disk = small_disk("256k")
    path, example = disk / "t.jsonl", make_journal("lstm")
    with JournalWriter(path) as writer:
        writer.append(example.start)
        ballast = fill(disk)
        os.truncate(ballast, ballast.stat().st_size - 4096)
        written = count_appended(writer, example.epochs[0])
        ballast.unlink()
        writer.append(example.end)
    journal = read_journal(path)
    assert (len(journal.epochs), journal.status, journal.warnings) == (written, "ok", ())


def test_a_report_on_a_full_disk_leaves_the_old_one(small_disk):
    disk = small_disk("64k")
    write_atomic(disk / "report.md", b"old")
    fill(disk)
    with pytest.raises(StoreError, match="No space left on device; what was there is untouched"):
        write_atomic(disk / "report.md", b"new" * 50_000)
    assert (disk / "report.md").read_bytes() == b"old"
    assert {path.name for path in disk.iterdir()} == {"report.md", "ballast"}


def test_an_output_folder_on_a_read_only_disk_is_refused_before_any_training(small_disk, cli, dataset):
    disk = small_disk("64k", read_only=True)
    process = cli("run", "--model", "cnn", "--dataset", dataset, "--batch-size", "4", "--output", str(disk / "results"))
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Read-only file system; choose another with --output" in stderr
    assert "Traceback" not in stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_without_permission_is_refused(tmp_path, make_plan, dataset, this_machine):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied; choose another with --output"):
        start_session(make_plan(dataset), this_machine, tmp_path / "results", [])
    tmp_path.chmod(0o700)


def test_a_full_disk_at_the_start_leaves_no_run_behind(small_disk, make_plan, dataset, this_machine):
    disk = small_disk("64k")
    fill(disk)
    with pytest.raises(StoreError, match="No space left on device"):
        start_session(make_plan(dataset), this_machine, disk, [])
    assert list_runs(disk) == []
    assert {path.name for path in disk.rglob("*") if path.is_file()} == {"ballast"}


@pytest.mark.usefixtures("lock_folder", "no_process_left")
def test_a_run_folder_that_is_deleted_under_the_run_ends_it_with_one_sentence(start_run):
    session = start_run()

    class Delete(QuietView):
        def trial_ended(self, trial, end):  # noqa: ARG002
            shutil.rmtree(session.folder)

    with pytest.raises(StoreError, match="No such file or directory"):
        run_session(session, Delete(sys.stderr), allow_concurrent=False, worker_command=QUICK_WORKER)
