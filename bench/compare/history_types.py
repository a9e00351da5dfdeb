"""One metric over many runs of one machine: the values that every renderer of a history consumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bench.analysis.statistics.interval import Interval
from bench.analysis.trial.measures import ChangeVerdict, Measure

# What a history can be of, by the name that a user gives it.
METRICS: Mapping[str, Measure] = {
    "throughput": "throughput",
    "fit-throughput": "fit_throughput",
    "first-step": "first_step_s",
    "time-to-accuracy": "train_s_to_target",
    "memory": "peak_rss_bytes",
    "device-memory": "peak_device_bytes",
    "accuracy": "final_val_accuracy",
}
_WORSE = frozenset({"slower", "larger", "lower"})


class LeftOutReason(StrEnum):
    """Why a run has no point; each code's comment names the keys of `LeftOut.data`."""

    OTHER_MACHINE = "other_machine"  # fingerprints
    NOT_STARTED = "not_started"  # (none)
    OTHER_DATA = "other_data"  # (none)
    OTHER_BUDGET = "other_budget"  # budget, expected: epochs
    OTHER_SETTINGS = "other_settings"  # differs: variables and niceness with both values
    OTHER_TURNS = "other_turns"  # (none)
    BESIDE_OTHERS = "beside_others"  # (none)
    NOT_ALL_HIT = "not_all_hit"  # hits, trials
    NO_FIGURE = "no_figure"  # (none)
    DETERMINISTIC = "deterministic"  # (none)


@dataclass(frozen=True)
class LeftOut:
    """A run that a history leaves out, wholly or for one case."""

    run_id: str
    why: LeftOutReason
    data: Mapping[str, int | str]


@dataclass(frozen=True)
class HistoryPoint:
    """One run's mean over its trials (geometric, but of accuracy).

    With `is_bound` some trial had reached the target by its first validation: the mean is an upper bound, in no level.
    """

    run_id: str
    created_at: datetime
    mean: Interval
    is_bound: bool = False


@dataclass(frozen=True)
class HistoryLevel:
    """A stretch between two change points: points `first` to `last`, both counted in, and their mean."""

    first: int
    last: int
    mean: float


@dataclass(frozen=True)
class LevelChange:
    """Where a new level begins: at point `index`. `effect` is after / before, of accuracy after − before."""

    index: int
    run_id: str
    created_at: datetime
    before: float
    after: float
    effect: float
    p_value: float
    verdict: ChangeVerdict

    @property
    def is_worse(self) -> bool:
        """Whether the new level is the worse one."""
        return self.verdict in _WORSE


@dataclass(frozen=True)
class CaseHistory:
    """One case over the runs, the oldest first; below `needs` points that are no bounds no change can be found."""

    case_id: str
    label: str
    points: tuple[HistoryPoint, ...]
    levels: tuple[HistoryLevel, ...]
    changes: tuple[LevelChange, ...]
    needs: int
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class History:
    """One metric over the runs of one fingerprint, which is the latest run's; `left_out` are runs of no case."""

    measure: Measure
    target: float | None
    fingerprint: str
    machine: str
    num_runs: int
    alpha: float
    cases: tuple[CaseHistory, ...]
    left_out: tuple[LeftOut, ...]
