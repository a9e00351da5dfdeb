"""What a folder of runs amounts to: the values that a site's pages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bench.analysis.run_summary import summarize_loaded
from bench.analysis.summary_types import RunSummary
from bench.compare.history_types import CaseHistory, History, LevelChange
from bench.hardware.hardware_types import HardwareSummary
from bench.host.ceilings.ceilings import Ceilings
from bench.host.environment import Environment
from bench.store.run_folder import LoadedRun


@dataclass(frozen=True)
class SiteRun:
    """One run that could be read; its folder may be gone, since an archive is unpacked for a moment only."""

    run: LoadedRun
    ceilings: Mapping[str, Ceilings]

    @property
    def run_id(self) -> str:
        """The run's id, which is checked when it is read: it is part of an address."""
        return self.run.record.run_id

    @cached_property
    def summary(self) -> RunSummary:
        """The run as its own page shows it."""
        return summarize_loaded(self.run)


@dataclass(frozen=True)
class UnreadRun:
    """What is not on the site: `source` is its archive or folder, within the folder that the site is of."""

    source: str
    why: str


@dataclass(frozen=True)
class MachineSuite:
    """The runs of one suite on one machine, the latest first, with a history for each metric that has one, by name."""

    suite: str
    runs: tuple[SiteRun, ...]
    histories: Mapping[str, History]


@dataclass(frozen=True)
class SiteMachine:
    """One machine; `key` is its fingerprint as an address can have it, `environment` that of its latest run."""

    key: str
    environment: Environment
    suites: tuple[MachineSuite, ...]


@dataclass(frozen=True)
class Worsening:
    """A change for the worse in one case's history; `now` is its latest level.

    `now_effect` is now / before, of accuracy now − before, as `LevelChange.effect` is of after.
    """

    machine: SiteMachine
    suite: str
    metric: str
    history: History
    case: CaseHistory
    change: LevelChange
    now: float
    now_effect: float


@dataclass(frozen=True)
class Site:
    """Everything on a site. `side_by_side` has the latest runs of several machines or devices, by suite."""

    machines: tuple[SiteMachine, ...]
    worsenings: tuple[Worsening, ...]
    side_by_side: Mapping[str, HardwareSummary]
    unread: tuple[UnreadRun, ...]

    @property
    def runs(self) -> tuple[SiteRun, ...]:
        """Every run once, though a merged one stands below each of its machines."""
        found = (run for machine in self.machines for suite in machine.suites for run in suite.runs)
        return tuple({run.run_id: run for run in found}.values())

    @property
    def num_histories(self) -> int:
        """How many figures over time were looked at for changes."""
        return sum(len(suite.histories) for machine in self.machines for suite in machine.suites)
