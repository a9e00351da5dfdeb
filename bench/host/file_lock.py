"""A file lock that several processes and users can share; it is released when its holder dies.

portalocker locks an open file; this module opens it safely in a shared folder: symbolic links are not followed, a file
that is not regular or has a second hard link is rejected, and nothing is ever written to it. Another user's file is
opened without O_CREAT, which Linux refuses in a sticky folder (fs.protected_regular).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import portalocker

_FLAGS = (
    os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
)  # NFS locks only files open for writing


def try_file_lock(path: Path, mode: int) -> int | None:
    """Try to lock a file, without waiting; create it with the permissions `mode` if it is missing.

    Returns:
        An open file descriptor, which releases the lock when closed, or None if someone else holds it.

    Raises:
        OSError: the file cannot be opened safely, or its file system has no locks.
    """
    while True:
        try:
            descriptor = _open(path, mode)
        except FileExistsError:
            continue  # another process has just created it
        is_kept = False
        try:
            _check_plain(os.fstat(descriptor))
            if not _lock(descriptor):
                return None
            if is_kept := _is_still_at(path, descriptor):
                return descriptor
        finally:
            if not is_kept:  # removed or replaced before we had the lock: others lock another file, so try again
                os.close(descriptor)


def _open(path: Path, mode: int) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError:
        descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, mode)
        if hasattr(os, "fchmod"):  # not on Windows, which has no umask; by its path it could be another file by now
            os.fchmod(descriptor, mode)  # whatever the umask: others must be able to open the file
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
        raise OSError("it is not a regular file, or has a second hard link")


def _is_still_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
