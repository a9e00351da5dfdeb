"""Identifies a process uniquely, so that a trial whose worker is still alive is not considered killed."""

from __future__ import annotations

from bench.host.probe import Probe, parse_int
from bench.host.system import read_boot_id

_STATE, _START_TICKS = 0, 19  # counted after the name in /proc/<pid>/stat: fields 3 and 22 of proc_pid_stat(5)
_GONE = frozenset("ZXx")


def read_start_ticks(pid: int, probe: Probe | None = None) -> int | None:
    """Return when a process started, in clock ticks since boot; None if there is no such process, or not on Linux.

    Process ids are reused; together with the start time and the boot id they are unique.
    """
    # The name in parentheses may itself contain spaces and parentheses.
    fields = ((probe or Probe()).text(f"/proc/{pid}/stat") or "").rpartition(")")[2].split()
    if len(fields) <= _START_TICKS or fields[_STATE] in _GONE:
        return None
    return parse_int(fields[_START_TICKS])


def is_alive(pid: int, start_ticks: int | None, boot_id: str | None, probe: Probe | None = None) -> bool:
    """Return whether exactly this process is still running, in this boot; False if that cannot be determined."""
    probe = probe or Probe()
    if start_ticks is None or boot_id is None or boot_id != read_boot_id(probe):
        return False
    return read_start_ticks(pid, probe) == start_ticks
