"""What one data set says of a claim about several: who is ahead there, by how much, and what each network came to."""

from __future__ import annotations

from dataclasses import dataclass

from bench.analysis.statistics.interval import Interval
from bench.claims.decision_rules import ClaimVerdict


@dataclass(frozen=True)
class TrialPointer:
    """Where a trial's journal stands: `<run_id>/trials/<trial_id>.jsonl`."""

    run_id: str
    trial_id: str


@dataclass(frozen=True)
class NetworkOnSet:
    """One network on one data set: its validation accuracy over its seeds; `name` is the claims file's."""

    name: str
    case_id: str
    num_params: int | None
    accuracy: Interval | None


@dataclass(frozen=True)
class SetFinding:
    """One data set's verdict; `leads` are of the best of one group over the best of the other, seed by seed.

    `epochs` is after which epoch accuracies were read; None where they were read within equal seconds.
    """

    dataset: str
    verdict: ClaimVerdict
    lead: Interval | None
    leads: tuple[float, ...]
    seeds: tuple[int, ...]
    epochs: int | None
    networks: tuple[NetworkOnSet, ...]
    trials: tuple[TrialPointer, ...]
