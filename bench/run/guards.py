"""What a worker does so that it can be killed cleanly, and so that a hang leaves a trace."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys

DUMP_SIGNAL = signal.SIGUSR1
_PR_SET_PDEATHSIG = 1


def install_guards(parent_pid: int) -> None:
    """Die with the parent, and dump every thread's stack on `DUMP_SIGNAL` even while native code hangs.

    Linux alone can tie a process to its parent's life; elsewhere an orphan trains to its end.
    """
    faulthandler.enable()
    faulthandler.register(DUMP_SIGNAL, all_threads=True)
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died before the call above: then no signal would ever come.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)
