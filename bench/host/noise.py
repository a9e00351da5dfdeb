"""How quiet the machine was: load, stolen time, throttling, and a canary of fixed work."""

from __future__ import annotations

from bench.plan.case import Frozen


class Canary(Frozen):
    """Wall seconds that fixed work took on every usable core at once: a small sgemm and a memory copy."""

    gemm_s: float
    copy_s: float


class Noise(Frozen):
    """One reading; None where the machine has no such figure. `steal_s` and `num_throttles` count since boot."""

    load_1m: float | None
    steal_s: float | None
    num_throttles: int | None
    canary: Canary | None
