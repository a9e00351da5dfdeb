"""Where a run's trials are run: on this machine, or on others; a session does not care which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bench.data.dataset import DataInfo
from bench.host.ceilings.ceilings import Ceilings, Wanted, measure_ceilings
from bench.host.environment import Environment
from bench.host.lock import measurement_lock
from bench.host.probe import Probe
from bench.host.sensors.gpu_room import read_gpu_room
from bench.host.sensors.memory import read_free_bytes
from bench.networks.check_source import check_source
from bench.plan.case import Case, Trial
from bench.run.session.run_trials import RunContext, run_trials
from bench.store.records import EndEvent


class Executor(Protocol):
    """Runs trials on machines whose timings are comparable; `environment` is one of them."""

    @property
    def environment(self) -> Environment:
        """The machine that a run is planned for."""

    def check_networks(self, models: Iterable[str]) -> None:
        """Refuse to run where a user's network is missing; ConfigError says which."""

    def check_data(self, data: Mapping[Case, DataInfo]) -> None:
        """Refuse to run where a machine has other data than was planned with; DataError says which."""

    def hold(self, run_id: str, on_wait: Callable[[str], None]) -> AbstractContextManager[bool]:
        """Keep this machine for a run, where its trials run here; yields whether another measurement runs beside it."""

    def measure_ceilings(self, environment: Environment, wanted: Sequence[Wanted]) -> Ceilings:
        """Return what the machine can do at most; ChildError where that cannot be found out."""

    def run_trials(self, context: RunContext, trials: Sequence[Trial]) -> list[EndEvent]:
        """Run the trials and return how each ended, in their order."""


@dataclass(frozen=True)
class LocalExecutor:
    """Runs trials on this machine, in turns or one after the other, under its measurement lock."""

    environment: Environment
    allow_concurrent: bool = False

    def check_networks(self, models: Iterable[str]) -> None:
        """Look for each network's module and function, and import none."""
        for model in models:
            check_source(model)

    def check_data(self, data: Mapping[Case, DataInfo]) -> None:
        """Accept what was planned with: it was read on this machine."""

    def hold(self, run_id: str, on_wait: Callable[[str], None]) -> AbstractContextManager[bool]:
        """Hold this machine's measurement lock."""
        return measurement_lock(run_id, on_wait=on_wait, allow_concurrent=self.allow_concurrent)

    def measure_ceilings(self, environment: Environment, wanted: Sequence[Wanted]) -> Ceilings:
        """Measure this machine, or read what was measured before."""
        return measure_ceilings(environment, wanted)

    def run_trials(self, context: RunContext, trials: Sequence[Trial]) -> list[EndEvent]:
        """Run the trials, as many in turns as memory holds now where the run asks for turns."""
        return run_trials(context, trials, read_free_bytes(Probe()), read_gpu_room)
