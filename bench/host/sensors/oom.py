"""How many processes the kernel killed for lack of memory: the evidence that tells `oom` from `killed`."""

from __future__ import annotations

import re

from bench.host.probe import Probe


def count_oom_kills(probe: Probe | None = None) -> int:
    """Return the kernel's count of memory kills: of this process's control group if it has one, else of the host.

    0 where the kernel does not tell, as on macOS: then a memory kill reads as `killed`.

    Source: Linux, Documentation/admin-guide/cgroup-v2.rst, `memory.events`; `oom_kill` of /proc/vmstat.
    """
    probe = probe or Probe()
    groups = re.findall(r"^0::/?(.*)$", probe.text("/proc/self/cgroup") or "", re.MULTILINE)
    for path in [*(f"/sys/fs/cgroup/{group}/memory.events" for group in groups), "/proc/vmstat"]:
        match = re.search(r"^oom_kill (\d{1,18})$", probe.text(path) or "", re.MULTILINE)
        if match:
            return int(match[1])
    return 0
