"""The machines behind several runs: told apart by fingerprint, named for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench.errors import ConfigError, suggest
from bench.host.ceilings.ceilings import Ceilings
from bench.host.environment import Environment
from bench.store.records import Journal, RunRecord

_SHOWN_DIGITS = 6


@dataclass(frozen=True)
class MeasuredRun:
    """One run as it enters a hardware report; `ceilings` are by fingerprint, `superseded` earlier attempts."""

    record: RunRecord
    journals: tuple[Journal, ...]
    ceilings: Mapping[str, Ceilings]
    superseded: tuple[Journal, ...] = ()


@dataclass(frozen=True)
class Machine:
    """All hosts of one fingerprint; `label` is the first one's name, made unique."""

    label: str
    environment: Environment
    ceilings: Ceilings | None
    usd_per_hour: float | None = None

    @property
    def fingerprint(self) -> str:
        """What makes its timings comparable."""
        return self.environment.fingerprint


def find_machines(sources: Sequence[MeasuredRun]) -> tuple[Machine, ...]:
    """Return the machines of all trials, in the order in which they appear.

    A run without any journal counts by its record: its rows say that nothing ran there.
    """
    environments: dict[str, Environment] = {}
    for source in sources:
        trials = [journal.start.environment for journal in source.journals]
        for environment in (
            trials if trials and not source.record.suite.not_run else [source.record.environment, *trials]
        ):
            environments.setdefault(environment.fingerprint, environment)
    names = [environment.hostname for environment in environments.values()]
    return tuple(
        Machine(
            label=_label(environment, names.count(environment.hostname) == 1),
            environment=environment,
            ceilings=_find_ceilings(sources, environment.fingerprint),
        )
        for environment in environments.values()
    )


def _label(environment: Environment, is_unique: bool) -> str:
    if not environment.hostname:
        return environment.fingerprint
    return environment.hostname if is_unique else f"{environment.hostname} {environment.fingerprint[:_SHOWN_DIGITS]}"


def _find_ceilings(sources: Sequence[MeasuredRun], fingerprint: str) -> Ceilings | None:
    """Join what the runs of one machine know; of two figures for one device the earlier run's stays."""
    found = [source.ceilings[fingerprint] for source in sources if fingerprint in source.ceilings]
    if not found:
        return None
    devices = {(one.device, one.precision): one for ceilings in reversed(found) for one in ceilings.devices}
    return found[0].with_devices(devices.values())


def match_machine(name: str, machines: Sequence[Machine], option: str) -> Machine:
    """Return the machine that a user means by its label, its host's name, or its fingerprint's beginning.

    Raises:
        ConfigError: where no machine or more than one is meant.
    """
    exact = [one for one in machines if name in (one.label, one.fingerprint)]
    near = [one for one in machines if name == one.environment.hostname or (name and one.fingerprint.startswith(name))]
    found = exact or near
    if len(found) == 1:
        return found[0]
    labels = [one.label for one in machines]
    known = ", ".join(f"{one.label} ({one.fingerprint})" for one in machines)
    raise ConfigError(f"{option}: expected one of {known}; received {name!r}{suggest(name, labels)}")


def set_prices(machines: Sequence[Machine], prices: Sequence[str]) -> tuple[Machine, ...]:
    """Return the machines with their prices, each written `machine=USD/hour`, such as `node7=0.53`.

    Raises:
        ConfigError: for another form, a price that is no number from 0 up, or a machine that no run is from.
    """
    usd_per_hour: dict[str, float] = {}
    for text in prices:
        name, equals, number = text.rpartition("=")
        if not equals:
            raise ConfigError(f"--price: expected machine=USD/hour, such as node7=0.53; received {text!r}")
        usd_per_hour[match_machine(name.strip(), machines, "--price").fingerprint] = _price(number, text)
    return tuple(replace(machine, usd_per_hour=usd_per_hour.get(machine.fingerprint)) for machine in machines)


def _price(number: str, text: str) -> float:
    try:
        price = float(number)
    except ValueError:
        price = math.nan
    if not (math.isfinite(price) and price >= 0):
        raise ConfigError(f"--price: expected dollars per hour from 0 up, such as node7=0.53; received {text!r}")
    return price
