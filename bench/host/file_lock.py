"""The lock of one file that several processes, and several users, may want: it frees itself when its holder dies.

portalocker locks a file that is open; how it is opened is what keeps a shared folder safe, so that stands here: no
symbolic link is followed, what is no plain file or has a second name is refused, and nothing is ever written into it.
The file of another user is opened without O_CREAT, which Linux refuses in a sticky folder (fs.protected_regular).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import portalocker

_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # NFS locks what may be written alone


def try_file_lock(path: Path, mode: int) -> int | None:
    """Take the lock of a file, made with the permissions `mode` where it is missing, without waiting.

    Returns:
        An open file descriptor, whose closing frees the lock, or None where someone else holds it.

    Raises:
        OSError: the file cannot be opened safely, or its file system has no locks.
    """
    while True:
        try:
            descriptor = _open(path, mode)
        except FileExistsError:
            continue  # another one made it just now
        is_kept = False
        try:
            _check_plain(os.fstat(descriptor))
            if not _lock(descriptor):
                return None
            if is_kept := _is_still_at(path, descriptor):
                return descriptor
        finally:
            if not is_kept:  # removed or replaced before its lock was ours: others meet elsewhere, so once more
                os.close(descriptor)


def _open(path: Path, mode: int) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError:
        descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, mode)
        if hasattr(os, "fchmod"):  # not on Windows, where no umask is; by its name it could be another file by now
            os.fchmod(descriptor, mode)  # whatever the umask: a file that others may not open keeps them out
        return descriptor


def _lock(descriptor: int) -> bool:
    try:
        portalocker.lock(descriptor, portalocker.LOCK_EX | portalocker.LOCK_NB)
    except portalocker.AlreadyLocked:
        return False
    except portalocker.LockException as error:
        raise OSError(f"its file system cannot lock it ({error})") from error
    return True


def _check_plain(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise OSError("it is no plain file, or has a second name")


def _is_still_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
