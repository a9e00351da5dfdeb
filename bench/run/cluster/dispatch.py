"""Which trial a host takes next, and which trials hosts were lost under."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bench.plan.case import Trial


class Dispatch:
    """The trials that wait for a host.

    All cases of a seed go to one host wherever that leaves no host without work: pairs that are compared then run on
    one machine, one after the other. A trial that a host was lost under goes elsewhere where there is an elsewhere.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        """Begin with all trials waiting."""
        self._waiting = list(trials)
        self._host_of_seed: dict[int, str] = {}
        self._lost_on: dict[str, list[str]] = defaultdict(list)

    @property
    def waiting(self) -> tuple[Trial, ...]:
        """The trials that no host has."""
        return tuple(self._waiting)

    def take(self, host: str) -> Trial:
        """Return the trial that an idle host runs next, and count it as taken; IndexError where none waits."""
        if not self._waiting:
            raise IndexError("no trial waits")
        trial = min(self._waiting, key=lambda trial: self._rank(trial, host))
        self._waiting.remove(trial)
        self._host_of_seed.setdefault(trial.seed, host)
        return trial

    def give_back(self, trial: Trial, host: str) -> None:
        """Take a trial back from a host that was lost; its seed is free for another host."""
        self._waiting.append(trial)
        self._lost_on[trial.trial_id].append(host)
        self._host_of_seed.pop(trial.seed, None)

    def num_lost(self, trial: Trial) -> int:
        """Return how often a host was lost under a trial."""
        return len(self._lost_on[trial.trial_id])

    def _rank(self, trial: Trial, host: str) -> tuple[bool, int, int]:
        """Return what orders the trials for a host: the least first."""
        owner = self._host_of_seed.get(trial.seed)
        kinship = 0 if owner == host else 1 if owner is None else 2
        return host in self._lost_on[trial.trial_id], kinship, trial.index
