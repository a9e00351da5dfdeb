"""One measurement at a time on a host: a lock that frees itself when its holder dies.

Why a file in /tmp: two users' measurements disturb each other as much as one user's, so both must meet at one path.
/tmp is the only folder that every system has and every user may write to; `tempfile.gettempdir()` differs by user
(macOS) or by job (clusters), and a user's own folder (`XDG_RUNTIME_DIR`) is no meeting place. `file_lock` says what
makes that safe. Containers have a /tmp of their own and are not kept apart; the canary still sees them.

Who holds the lock is a note beside it, one for each user, since a shared folder lets nobody write another's file. A
note is for people alone; where its process is gone it is ignored.
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
from bench.frozen import Frozen
from bench.host.file_lock import try_file_lock

_LOCK_NAME = "rnn-or-cnn.lock"
_LOCK_MODE = 0o666  # every user of the host takes it
_CHECK_S = 1.0  # a waiting process must not disturb the measurement that it waits for
_MAX_NOTE_BYTES = 4096


class HostBusyError(BenchError):
    """The lock cannot be taken safely, so that nobody can tell whether this machine is measured on."""


class Holder(Frozen):
    """Who measures: process, run and start; a run id that is not plain is not shown."""

    pid: Annotated[int, Field(gt=0, lt=2**31)]
    run_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
    since: AwareDatetime

    def __str__(self) -> str:
        return f"pid {self.pid}, run {self.run_id}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def lock_folder() -> Path:
    """Return the folder in which every user of this host meets."""
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

    A measurement that goes on without the lock is not seen by a third one that takes it later: the canary alone shows
    it there.

    Args:
        run_id: what others are told while they wait.
        on_wait: called once with a sentence when the lock is not free.
        allow_concurrent: where the lock is not free, go on at once without it and yield True.
        folder: where the lock lies; the host's shared folder by default.
        on_poll: called every second while waiting; what it raises ends the waiting.
        remedy: what one who would not wait can do, as the end of a sentence; empty where there is nothing.

    Raises:
        HostBusyError: its file cannot be opened safely.
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
        raise HostBusyError(
            f"the measurement lock {folder / _LOCK_NAME} cannot be opened ({error.strerror or error}): expected a "
            f"plain file that every user may write to; remove it{remedy}"
        ) from error


def _wait(folder: Path, remedy: str, on_poll: Callable[[], None]) -> int:
    while (lock := _take(folder, remedy)) is None:
        time.sleep(_CHECK_S)
        on_poll()
    return lock


def _describe(holder: Holder | None) -> str:
    return f"another measurement ({holder})" if holder else "another measurement"


def _note_path(folder: Path) -> Path:
    return folder / f"{_LOCK_NAME}.holder-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _write_note(folder: Path, run_id: str) -> None:
    """Write who holds the lock; O_EXCL never follows a link that someone planted at the note's name.

    A note that cannot be written costs the others a better message, so the measurement goes on.
    """
    note = Holder(pid=os.getpid(), run_id=run_id, since=datetime.now(UTC)).model_dump_json()
    path = _note_path(folder)
    with suppress(OSError):
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(note)


def read_holder(folder: Path | None = None) -> Holder | None:
    """Return the running process that last noted to hold the lock, or None where no note can be believed."""
    notes = [_read_note(path) for path in (folder or lock_folder()).glob(f"{_LOCK_NAME}.holder-*")]
    alive = [note for note in notes if note is not None and _is_alive(note.pid)]
    return max(alive, key=lambda note: note.since, default=None)


def _is_alive(pid: int) -> bool:
    """Tell whether a process exists, by signal 0 (kill(2)); on Windows, where that would end it, every note counts."""
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
