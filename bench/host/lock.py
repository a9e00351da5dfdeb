"""The host's measurement lock: one measurement at a time; it is released when its holder dies.

It is a file in /tmp because measurements of different users disturb each other, too, so all users need the same path.
/tmp is the only folder that exists on every system and that every user may write to; `tempfile.gettempdir()` differs by
user (macOS) or by job (clusters), and `XDG_RUNTIME_DIR` belongs to one user. `file_lock` explains what makes this safe.
Containers have their own /tmp and are not locked out; the canary still detects them. See
docs/decisions/hardware/011-lock-in-tmp.md.

A note next to the lock says who holds it. There is one per user, because in a shared folder nobody can write another
user's file. Notes are only informative; a note whose process is gone is ignored.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationError

from bench.errors import BenchError
from bench.frozen_model import Frozen
from bench.host.file_lock import try_file_lock

_LOCK_NAME = "rnn-or-cnn.lock"
_LOCK_MODE = 0o666  # every user of the host must be able to lock it
CHECK_S = 1.0  # a waiting process must not disturb the measurement that it waits for
_MAX_NOTE_BYTES = 4096


class HostBusyError(BenchError):
    """The lock cannot be taken safely, so nobody can tell whether another measurement is running."""


class Holder(Frozen):
    """Who is measuring: process, run and start time; a run id with unusual characters is not shown."""

    pid: Annotated[int, Field(gt=0, lt=2**31)]
    run_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
    since: AwareDatetime

    def __str__(self) -> str:
        return f"pid {self.pid}, run {self.run_id}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def lock_folder() -> Path:
    """Return the folder shared by all users of this host."""
    return Path("/tmp") if os.name == "posix" else Path(tempfile.gettempdir())  # noqa: S108 - see this file's head


@contextmanager
def measurement_lock(
    run_id: str,
    *,
    on_wait: Callable[[str], None],
    allow_concurrent: bool = False,
    folder: Path | None = None,
    on_poll: Callable[[], None] = lambda: None,
    remedy: str = "; --allow-concurrent runs anyway and labels the results",
) -> Iterator[bool]:
    """Hold this host's measurement lock; yields whether another measurement runs at the same time.

    A measurement that continues without the lock is invisible to a third one that takes it later: only the canary
    shows it there.

    Args:
        run_id: what other processes show while they wait.
        on_wait: called once with a sentence when the lock is not free.
        allow_concurrent: if the lock is not free, continue at once without it and yield True.
        folder: the lock's folder; the host's shared folder by default.
        on_poll: called every second while waiting; an exception from it ends the waiting.
        remedy: what a user who does not want to wait can do, as the end of a sentence; may be empty.

    Raises:
        HostBusyError: the lock file cannot be opened safely.
    """
    folder = folder or lock_folder()
    try:
        lock = _take(folder, remedy)
    except HostBusyError:
        if not allow_concurrent:
            raise
        lock = None
    if lock is None and allow_concurrent:
        yield True
        return
    if lock is None:
        on_wait(f"{_describe(read_holder(folder))} runs on this machine; waiting{remedy}")
        lock = _wait(folder, remedy, on_poll)
    try:
        _write_note(folder, run_id)
        yield False
    finally:
        with suppress(FileNotFoundError):
            _note_path(folder).unlink()
        os.close(lock)


def _take(folder: Path, remedy: str) -> int | None:
    try:
        return try_file_lock(folder / _LOCK_NAME, _LOCK_MODE)
    except OSError as error:
        raise HostBusyError(f"{_explain_lock(folder, error)}{remedy}") from error


def _explain_lock(folder: Path, error: OSError) -> str:
    """Say why there is no lock: of a file that is there, or of its folder."""
    path, said = folder / _LOCK_NAME, error.strerror or error
    if os.path.lexists(path):
        return (
            f"the measurement lock {path} cannot be opened ({said}): expected a regular file that every user may write "
            "to; remove it"
        )
    return (
        f"the measurement lock {path} cannot be created ({said}): expected a folder that every user may write to; give "
        f"{folder} the usual permissions (chmod 1777 {folder}), or have the administrator do so"
    )


def _wait(folder: Path, remedy: str, on_poll: Callable[[], None]) -> int:
    while (lock := _take(folder, remedy)) is None:
        time.sleep(CHECK_S)
        on_poll()
    return lock


def _describe(holder: Holder | None) -> str:
    return f"another measurement ({holder})" if holder else "another measurement"


def _note_path(folder: Path) -> Path:
    return folder / f"{_LOCK_NAME}.holder-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _write_note(folder: Path, run_id: str) -> None:
    """Write who holds the lock; O_EXCL never follows a link planted at the note's path.

    Without the note other users only get a vaguer message, so failing to write it is ignored.
    """
    note = Holder(pid=os.getpid(), run_id=run_id, since=datetime.now(UTC)).model_dump_json()
    path = _note_path(folder)
    with suppress(OSError):
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(note)


def read_holder(folder: Path | None = None) -> Holder | None:
    """Return the running process whose note is the latest, or None if there is no credible note."""
    notes = [_read_note(path) for path in (folder or lock_folder()).glob(f"{_LOCK_NAME}.holder-*")]
    alive = [note for note in notes if note is not None and _is_alive(note.pid)]
    return max(alive, key=lambda note: note.since, default=None)


def _is_alive(pid: int) -> bool:
    """Return whether a process exists, by signal 0 (kill(2)); always True on Windows, where that would end it."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it is another user's
    return True


def _read_note(path: Path) -> Holder | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        try:
            return Holder.model_validate_json(file.read(_MAX_NOTE_BYTES))
        except ValidationError:
            return None
