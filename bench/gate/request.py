"""What a check is asked to measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bench.gate.judgement.findings import Tolerances
from bench.run.session.planning import Request
from bench.store.run_folder import LoadedRun

DEFAULT_SUITE = "ci"
DEFAULT_PAIRS = 12
DEFAULT_CONFIRM_PAIRS = 22


@dataclass(frozen=True)
class CheckRequest:
    """What a check is asked to measure; one of `base`, `baseline` and `calibration_pairs` says what the base is.

    `include` names what comes along
    on both sides though git ignores it. `command` is what asked for it, as the check's record keeps it.
    """

    request: Request = field(default_factory=lambda: Request(DEFAULT_SUITE))
    repo: Path = Path()
    output: Path = Path("results")
    tolerances: Tolerances = field(default_factory=Tolerances)
    head: str | None = None
    base: str | None = None
    baseline: LoadedRun | None = None
    calibration_pairs: int | None = None
    num_pairs: int = DEFAULT_PAIRS
    num_confirm_pairs: int = DEFAULT_CONFIRM_PAIRS
    time_budget_s: float | None = None
    install: bool = False
    include: tuple[Path, ...] = ()
    allow_concurrent: bool = False
    alone: bool = False
    command: tuple[str, ...] = ("bench.api.check",)
