"""What a worker does so that it can be killed cleanly, and so that a hang leaves a trace."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import resource
import signal
import sys

DUMP_SIGNAL = signal.SIGUSR1
_PR_SET_PDEATHSIG = 1


def install_guards(parent_pid: int, memory_limit_bytes: int | None = None) -> None:
    """Die with the parent, dump every thread's stack on `DUMP_SIGNAL` even while native code hangs, and bound memory.

    Linux alone can tie a process to its parent's life; elsewhere an orphan trains to its end.
    """
    faulthandler.enable()
    faulthandler.register(DUMP_SIGNAL, all_threads=True)
    if memory_limit_bytes is not None:
        limit_memory(memory_limit_bytes)
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died before the call above: then no signal would ever come.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def limit_memory(num_bytes: int) -> None:
    """Bound the private memory of this process; beyond it an allocation fails, which ends the trial as `oom`.

    RLIMIT_DATA counts what a process may write and shares with none, as Linux has it since 4.7 (getrlimit(2)). For a
    TensorFlow worker that is near what it really uses; RLIMIT_AS would count address space that is only reserved: four
    times as much on a CPU, and hundreds of gigabytes with CUDA.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (num_bytes, num_bytes))
