"""The kernel's out-of-memory kills: the evidence that distinguishes `oom` from `killed`."""

from __future__ import annotations

import re

from bench.host.probe import Probe


def count_oom_kills(probe: Probe | None = None) -> int:
    """Return the kernel's count of out-of-memory kills: in this process's cgroup if it has one, else on the host.

    0 if the kernel doesn't count them, as on macOS: an out-of-memory kill is then reported as `killed`.

    Source: Linux, Documentation/admin-guide/cgroup-v2.rst, `memory.events`; `oom_kill` of /proc/vmstat.
    """
    probe = probe or Probe()
    groups = re.findall(r"^0::/?(.*)$", probe.text("/proc/self/cgroup") or "", re.MULTILINE)
    for path in [*(f"/sys/fs/cgroup/{group}/memory.events" for group in groups), "/proc/vmstat"]:
        match = re.search(r"^oom_kill (\d{1,18})$", probe.text(path) or "", re.MULTILINE)
        if match:
            return int(match[1])
    return 0
