"""The canary: a fixed piece of work on every core, which takes longer where something else uses the machine.

It never changes between versions, so that readings from one machine are comparable over years.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import numpy as np
import threadpoolctl  # type: ignore[import-untyped]

from bench.frozen_model import Frozen, Seconds
from bench.host.probe import Probe
from bench.host.sensors.cpu import count_usable_cores

Clock = Callable[[], float]
Result = TypeVar("Result")

_GEMM_SIZE = 512
_GEMM_REPEATS = 4
_COPY_FLOATS = 1024 * 1024
_COPY_REPEATS = 10


class Canary(Frozen):
    """Wall seconds of fixed work on every usable core at once: a small sgemm and a memory copy."""

    gemm_s: Seconds
    copy_s: Seconds


class CanaryMeter:
    """Times the canary between epochs without disturbing them: its threads and buffers exist from the start.

    All usable cores work at once and the slowest counts, because a neighbour on one of them slows a training that uses
    all. Each thread is bound to its core, so that two never share one while another is free. BLAS is limited to one
    thread only during a reading. Needs 11 MiB per core. See docs/decisions/hardware/010-canary-on-every-core.md.

    Args:
        clock: a monotonic clock in seconds.
        num_cores: cores to use; by default all that affinity and a container's quota allow.
        probe: where affinity and quota are read from.
    """

    def __init__(
        self, clock: Clock = time.perf_counter, num_cores: int | None = None, probe: Probe | None = None
    ) -> None:
        self._probe = probe or Probe()
        self._num_cores = num_cores or count_usable_cores(self._probe)
        self._clock = clock
        self._blas = threadpoolctl.ThreadpoolController()
        self._barrier = threading.Barrier(self._num_cores)
        self._buffers = [_Buffers() for _ in range(self._num_cores)]
        self._pools = [ThreadPoolExecutor(1, thread_name_prefix="canary") for _ in range(self._num_cores)]
        self._on_all(self._choose_binding())
        self.read()  # touches every page and initializes BLAS, which must not be part of a reading

    def read(self) -> Canary:
        """Time the work on all cores at once, from the first thread's start to the last one's end: tens of ms."""
        with self._blas.limit(limits=1, user_api="blas"):
            gemm_s = self._time(_multiply)
            copy_s = self._time(_copy)
        return Canary(gemm_s=gemm_s, copy_s=copy_s)

    def close(self) -> None:
        """End the threads."""
        for pool in self._pools:
            pool.shutdown()

    def __enter__(self) -> CanaryMeter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _choose_binding(self) -> Callable[[int], None]:
        """Return a function that binds a thread to its core; under a container's quota the scheduler does."""
        cores = sorted(self._probe.affinity() or ())
        if not hasattr(os, "sched_setaffinity") or self._num_cores != len(cores):
            return lambda _: None
        return lambda index: os.sched_setaffinity(0, {cores[index]})  # 0 is the calling thread, sched_setaffinity(2)

    def _time(self, work: Callable[[_Buffers], None]) -> float:
        def timed(index: int) -> tuple[float, float]:
            start = self._clock()
            work(self._buffers[index])
            return start, self._clock()

        spans = self._on_all(timed)
        return max(end for _, end in spans) - min(start for start, _ in spans)

    def _on_all(self, task: Callable[[int], Result]) -> list[Result]:
        """Run a task in every thread; all start at the same time."""

        def together(index: int) -> Result:
            self._barrier.wait()
            return task(index)

        futures = [pool.submit(together, index) for index, pool in enumerate(self._pools)]
        return [future.result() for future in futures]


class _Buffers:
    """One thread's operands: three matrices of 1 MiB, and two arrays of 4 MiB to copy between."""

    def __init__(self) -> None:
        self.left = np.full((_GEMM_SIZE, _GEMM_SIZE), 0.5, dtype=np.float32)
        self.right = np.full((_GEMM_SIZE, _GEMM_SIZE), 0.25, dtype=np.float32)
        self.product = np.zeros((_GEMM_SIZE, _GEMM_SIZE), dtype=np.float32)
        self.source = np.ones(_COPY_FLOATS, dtype=np.float32)
        self.target = np.zeros(_COPY_FLOATS, dtype=np.float32)


def _multiply(buffers: _Buffers) -> None:
    for _ in range(_GEMM_REPEATS):
        np.matmul(buffers.left, buffers.right, out=buffers.product)


def _copy(buffers: _Buffers) -> None:
    for _ in range(_COPY_REPEATS):
        np.copyto(buffers.target, buffers.source)
