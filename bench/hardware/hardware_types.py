"""What several machines amount to side by side: the values that the hardware report shows, each computed once.

`bench.hardware.hardware_summary.summarize_hardware` makes them. None stands for a figure that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.analysis.statistics.interval import Interval
from bench.analysis.trial.time_to_target import TargetResult
from bench.hardware.agreement import Agreement
from bench.hardware.crossover import Crossing
from bench.hardware.machines import Machine
from bench.hardware.scaling import ScalingPoint
from bench.host.ceilings.ceilings import Ceiling
from bench.networks.registry import Family
from bench.plan.case import Case

NoThroughputKind = Literal["no gpu", "refused", "not started", "not ok", "no steady step", "deterministic"]


@dataclass(frozen=True, order=True)
class Place:
    """Where a trial ran: a machine, by its label, and one of its devices."""

    machine: str
    device: str


@dataclass(frozen=True)
class NoThroughput:
    """Why a row has no throughput; `detail` is what refused it, or how its trials ended."""

    kind: NoThroughputKind
    detail: str


@dataclass(frozen=True)
class HardwareRow:
    """One case at one place; `variant` is its model with those settings that vary beside batch size and device.

    `throughputs` are the trials' steady ones, `fit_throughputs` as `fit` costs. `speedup` is of the latter, against the
    same case at the reference. `efficiency` is the achieved FLOP/s over the device's ceiling;
    `step_efficiency` is over its ceiling at the shapes of one LSTM step, for a recurrent network of the batch size that
    this ceiling is of. `speedup_in_turns` is its `SpeedRatio.num_in_turns`. `intensity` is the upper bound of the
    step's FLOP per byte.
    """

    place: Place
    variant: str
    family: Family
    case: Case
    absence: NoThroughput | None
    throughputs: tuple[float, ...]
    throughput: Interval | None
    fit_throughputs: tuple[float, ...]
    fit_throughput: Interval | None
    speedup: Interval | None
    achieved_flops_per_s: Interval | None
    ceiling: Ceiling | None
    efficiency: float | None
    step_efficiency: float | None
    intensity: float | None
    speedup_in_turns: int | None = None


@dataclass(frozen=True)
class CostRatio:
    """How many times the seconds per example of a convolutional network a recurrent one needs, at one place.

    For `ratio`, `is_decided` and `num_in_turns` see `bench.hardware.ratios.SpeedRatio`.
    """

    place: Place
    recurrent: str
    convolutional: str
    batch_size: int
    ratio: Interval
    is_decided: bool
    num_in_turns: int | None = None


@dataclass(frozen=True)
class Crossover:
    """Two curves of throughput against batch size that cross by their ratios.

    `places`: one network, at `a` and at `b`. `models`: two networks, at the one place `where`. `is_clear`: at both
    measured sizes of `crossing` the 95 % interval of their ratio leaves 1 out, once on either side; else the trials do
    not tell whether they cross.
    """

    kind: Literal["places", "models"]
    where: str | Place
    a: str | Place
    b: str | Place
    crossing: Crossing
    is_clear: bool


@dataclass(frozen=True)
class ThreadScaling:
    """One case on more and more threads of one machine."""

    machine: str
    variant: str
    batch_size: int
    points: tuple[ScalingPoint, ...]


@dataclass(frozen=True)
class CostToTarget:
    """What a target costs at one place with so many training examples; `sensors` says what the joules are of."""

    place: Place
    variant: str
    batch_size: int
    num_train: int
    result: TargetResult
    usd: float | None
    joules: float | None
    sensors: tuple[str, ...]


@dataclass(frozen=True)
class CurvePair:
    """The same case and seed at two places."""

    variant: str
    batch_size: int
    seed: int
    a: Place
    b: Place
    agreement: Agreement


@dataclass(frozen=True)
class MachineNoise:
    """How quiet one machine was: of its trials, those with a slow canary and those beside another measurement.

    `num_foreign` is the largest number of other processes seen on a trial's GPU; None where that cannot be told.
    """

    machine: str
    num_trials: int
    num_drifting: int
    num_concurrent: int
    num_foreign: int | None


@dataclass(frozen=True)
class HardwareSummary:
    """All that a hardware report says; `rows` are by variant, batch size, machine and device."""

    run_ids: tuple[str, ...]
    machines: tuple[Machine, ...]
    reference: Place | None
    targets: tuple[float, ...]
    rows: tuple[HardwareRow, ...]
    cost_ratios: tuple[CostRatio, ...]
    crossovers: tuple[Crossover, ...]
    scalings: tuple[ThreadScaling, ...]
    to_target: tuple[CostToTarget, ...]
    curve_pairs: tuple[CurvePair, ...]
    noise: tuple[MachineNoise, ...]
    subsets: tuple[tuple[int, int], ...] = ()
    set_aside: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place, in the order of machines and devices."""
        return tuple(
            dict.fromkeys(place for _, place in sorted((self._order(row.place), row.place) for row in self.rows))
        )

    def _order(self, place: Place) -> tuple[int, tuple[bool, int]]:
        return [machine.label for machine in self.machines].index(place.machine), device_order(place.device)


def device_order(device: str) -> tuple[bool, int]:
    """Return what sorts devices: `cpu:1`, `cpu:4`, `cpu`, then GPUs."""
    kind, _, number = device.partition(":")
    if kind == "gpu":
        return True, int(number or 0)
    return False, int(number) if number else 10**6
