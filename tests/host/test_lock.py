from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import portalocker
import pytest

from bench.host import lock
from bench.host.lock import HostBusyError, lock_folder, measurement_lock, read_holder

LOCK = "rnn-or-cnn.lock"
HOLD = """
import os
import sys
from pathlib import Path
from bench.host import lock
from bench.host.lock import measurement_lock

lock.CHECK_S = 0.1
if len(sys.argv) > 3:
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[3]))

def say(text):
    print(text, flush=True)

with measurement_lock(sys.argv[2], on_wait=say, folder=Path(sys.argv[1])) as concurrent:
    say(f"concurrent={concurrent}")
    sys.stdin.readline()
say("released")
"""


@pytest.fixture
def start_holder():
    """Return what starts a process that takes the lock and holds it until a line arrives on its stdin."""
    processes = []

    def start(folder, run_id="20261122T081500Z-quick-0001", *user):
        command = [sys.executable, "-c", HOLD, str(folder), run_id, *user]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_a_free_lock_is_taken_at_once_and_left_without_a_note(tmp_path):
    with measurement_lock("run-1", on_wait=pytest.fail, folder=tmp_path) as concurrent:
        assert concurrent is False
        assert (read_holder(tmp_path).pid, read_holder(tmp_path).run_id) == (os.getpid(), "run-1")
    assert read_holder(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_a_second_measurement_waits_and_is_told_for_whom(tmp_path, start_holder):
    first = start_holder(tmp_path, "run-1")
    assert first.stdout.readline() == "concurrent=False\n"
    second = start_holder(tmp_path, "run-2")
    message = second.stdout.readline()
    assert message.startswith(f"another measurement (pid {first.pid}, run run-1, since 20")
    assert message.endswith("waiting; --allow-concurrent runs anyway and labels the results\n")
    first.stdin.write("\n")
    first.stdin.flush()
    assert first.stdout.readline() == "released\n"
    assert second.stdout.readline() == "concurrent=False\n"


def test_a_killed_holders_lock_frees_itself(tmp_path, start_holder):
    holder = start_holder(tmp_path)
    assert holder.stdout.readline() == "concurrent=False\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with measurement_lock("run-2", on_wait=pytest.fail, folder=tmp_path) as concurrent:
        assert concurrent is False
        assert read_holder(tmp_path).run_id == "run-2"


def test_a_measurement_may_run_beside_another_and_knows_it(tmp_path, start_holder):
    assert start_holder(tmp_path).stdout.readline() == "concurrent=False\n"
    with measurement_lock("run-2", on_wait=pytest.fail, allow_concurrent=True, folder=tmp_path) as concurrent:
        assert concurrent is True


def test_what_is_called_while_waiting_can_end_it_and_who_cannot_go_on_is_not_told_to(
    tmp_path, start_holder, monkeypatch
):
    monkeypatch.setattr(lock, "CHECK_S", 0.1)
    assert start_holder(tmp_path, "run-1").stdout.readline() == "concurrent=False\n"
    told = []

    def end():
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        measurement_lock("env", on_wait=told.append, folder=tmp_path, on_poll=end, remedy=""),
    ):
        pytest.fail("two measurements at once")
    assert [sentence.rpartition("; ")[2] for sentence in told] == ["waiting"]


def test_an_error_inside_frees_the_lock(tmp_path):
    with pytest.raises(ZeroDivisionError), measurement_lock("run-1", on_wait=pytest.fail, folder=tmp_path):
        raise ZeroDivisionError
    with measurement_lock("run-2", on_wait=pytest.fail, folder=tmp_path) as concurrent:
        assert concurrent is False


def test_a_planted_link_is_refused_and_its_target_untouched(tmp_path):
    target = tmp_path / "precious"
    target.write_text("mine")
    target.chmod(0o600)
    (tmp_path / LOCK).symlink_to(target)
    with pytest.raises(HostBusyError, match="cannot be opened"), measurement_lock("r", on_wait=print, folder=tmp_path):
        pytest.fail("followed a link")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("mine", 0o600)


def test_a_planted_hard_link_is_refused(tmp_path):
    target = tmp_path / "precious"
    target.write_text("mine")
    (tmp_path / LOCK).hardlink_to(target)
    with pytest.raises(HostBusyError, match="second hard link"), measurement_lock("r", on_wait=print, folder=tmp_path):
        pytest.fail("opened another file")


def test_a_planted_link_at_the_notes_name_is_replaced_not_followed(tmp_path):
    target = tmp_path / "precious"
    target.write_text("mine")
    (tmp_path / f"{LOCK}.holder-{os.getuid()}").symlink_to(target)
    with measurement_lock("run-1", on_wait=pytest.fail, folder=tmp_path):
        assert target.read_text() == "mine"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[" * 3000,
        "x" * 10_000,
        '{"pid": 1, "run_id": "\\u001b[31mred", "since": "2026-11-22T08:15:00Z"}',
        '{"pid": -1, "run_id": "r", "since": "2026-11-22T08:15:00Z"}',
        '{"pid": 1, "run_id": "r", "since": "2026-11-22T08:15:00"}',
    ],
)
def test_a_note_that_cannot_be_believed_is_ignored(tmp_path, note):
    (tmp_path / f"{LOCK}.holder-7").write_text(note)
    os.mkfifo(tmp_path / f"{LOCK}.holder-8")
    assert read_holder(tmp_path) is None


def test_the_note_of_a_killed_process_is_ignored(tmp_path, start_holder):
    holder = start_holder(tmp_path)
    assert holder.stdout.readline() == "concurrent=False\n"
    assert read_holder(tmp_path).pid == holder.pid
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert len(list(tmp_path.iterdir())) == 2
    assert read_holder(tmp_path) is None


def test_a_file_system_without_locks_is_named_as_such(monkeypatch, tmp_path):
    def refuse(*_):
        raise portalocker.LockException("No locks available")

    monkeypatch.setattr(portalocker, "lock", refuse)
    expected = r"its file system cannot lock it \(No locks available\)"
    with pytest.raises(HostBusyError, match=expected), measurement_lock("r", on_wait=print, folder=tmp_path):
        pytest.fail("measured without a lock")


def test_every_user_of_a_host_meets_in_one_folder(monkeypatch):
    monkeypatch.setenv("TMPDIR", "/scratch/job-7")
    assert lock_folder() == Path("/tmp")  # noqa: S108 - the head of lock.py says why


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can start other users' processes")
def test_every_users_measurement_waits_for_every_others(start_holder):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o1777)
        first = start_holder(folder, "run-1", "65533")
        assert first.stdout.readline() == "concurrent=False\n"
        second = start_holder(folder, "run-2", "65534")
        assert second.stdout.readline().startswith(f"another measurement (pid {first.pid}, run run-1")
        first.stdin.write("\n")
        first.stdin.flush()
        assert second.stdout.readline() == "concurrent=False\n"
        with measurement_lock("run-3", on_wait=pytest.fail, allow_concurrent=True, folder=folder) as concurrent:
            assert concurrent is True
        assert ((folder / LOCK).stat().st_uid, (folder / LOCK).stat().st_mode & 0o777) == (65533, 0o666)


def test_a_lock_file_that_is_removed_while_it_is_awaited_keeps_nobody_apart(tmp_path, start_holder):
    assert start_holder(tmp_path).stdout.readline() == "concurrent=False\n"
    second = start_holder(tmp_path, "run-2")
    assert second.stdout.readline().startswith("another measurement")
    (tmp_path / LOCK).unlink()
    assert second.stdout.readline() == "concurrent=False\n"
    third = start_holder(tmp_path, "run-3")
    assert third.stdout.readline().startswith(f"another measurement (pid {second.pid}, run run-2")


def test_a_folder_in_which_no_lock_can_be_made_is_named_and_not_a_file_that_is_not_there(tmp_path):
    with (
        pytest.raises(HostBusyError, match=r"cannot be created .*chmod 1777"),
        measurement_lock("run", on_wait=print, folder=tmp_path / "missing"),
    ):
        pytest.fail("there is no such folder")
