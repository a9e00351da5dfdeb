"""Reads published runs: `run.json`, each trial's journal, and the ceilings beside them, as plain JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# What settings were called for when they were not written down, and which rate an optimizer has by itself.
_UNWRITTEN = {
    "decay": 1e-5, "input": "arrays", "validation_split": None, "axes": "channels-last", "max_length": None,
    "vocabulary": None, "training": "bench", "validate_every": None,
}  # fmt: skip
OWN_RATES = {"adam": 1e-3, "sgd": 1e-2}


class Case(dict):
    """One combination of settings without the seed; two with the same settings and budget are equal."""

    def __init__(self, values: Json) -> None:
        super().__init__(_UNWRITTEN | values)

    def __hash__(self) -> int:
        return hash(json.dumps(self, sort_keys=True))

    @property
    def first_rate(self) -> float:
        return self["learning_rate"] if self["learning_rate"] is not None else OWN_RATES[self["optimizer"]]


@dataclass(frozen=True)
class Trial:
    """One journal's events."""

    start: Json
    built: Json | None
    epochs: tuple[Json, ...]
    end: Json | None

    @property
    def case(self) -> Case:
        return Case(self.start["case"])

    @property
    def seed(self) -> int:
        return int(self.start["seed"])

    @property
    def status(self) -> str:
        return str(self.end["status"]) if self.end else "running"

    @property
    def is_crash(self) -> bool:
        return self.status not in {"ok", "diverged", "running"}


def pair_by_seed(a: Sequence[Trial], b: Sequence[Trial]) -> dict[int, tuple[Trial, Trial]]:
    """Return two sides' trials of the seeds that both have."""
    others = {trial.seed: trial for trial in b}
    return {trial.seed: (trial, others[trial.seed]) for trial in a if trial.seed in others}


@dataclass(frozen=True)
class Run:
    """A run's folder."""

    folder: Path
    record: Json
    trials: tuple[Trial, ...]

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The planned cases in the order of the suite."""
        return tuple(dict.fromkeys(Case(trial["case"]) for trial in self.record["suite"]["trials"]))

    @cached_property
    def environment(self) -> Json:
        return dict(self.record["environment"])

    def of(self, case: Case) -> tuple[Trial, ...]:
        """Return a case's trials, in the order in which they ran."""
        return self._by_case.get(case, ())

    def seeds(self, case: Case) -> list[int]:
        """Return the seeds that were planned for a case."""
        return [trial["seed"] for trial in self.record["suite"]["trials"] if Case(trial["case"]) == case]

    @cached_property
    def attempts(self) -> dict[str, Trial]:
        """The journals of earlier attempts at trials, by their file's name."""
        return {path.stem: _read_trial(path) for path in sorted(self.folder.glob("trials/attempts/*.jsonl"))}

    @cached_property
    def ceilings(self) -> list[Json]:
        """Each device's ceilings, of the machine that the run was on."""
        found = json.loads((self.folder / "ceilings.json").read_text(encoding="utf-8"))
        return list(found["machines"][self.environment["fingerprint"]]["devices"])

    @cached_property
    def _by_case(self) -> dict[Case, tuple[Trial, ...]]:
        found: dict[Case, list[Trial]] = {}
        for trial in self.trials:
            found.setdefault(trial.case, []).append(trial)
        return {case: tuple(trials) for case, trials in found.items()}


def read_run(folder: Path) -> Run:
    """Return a run with its trials in the order of their index."""
    trials = [_read_trial(path) for path in sorted(folder.glob("trials/*.jsonl"))]
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return Run(folder, record, tuple(sorted(trials, key=lambda trial: trial.start["index"])))


def _read_trial(path: Path) -> Trial:
    return read_trial(path.read_text(encoding="utf-8").splitlines(), str(path))


def read_trial(lines: Iterable[str], name: str) -> Trial:
    """Return the trial of a journal's lines.

    Raises:
        ValueError: for one that does not say what was trained.
    """
    events: dict[str, list[Json]] = {}
    for event in map(json.loads, lines):
        events.setdefault(event["event"], []).append(event)
    one = {event: events.get(event, [None])[-1] for event in ("start", "built", "end")}
    if one["start"] is None:
        raise ValueError(f"{name}: expected a start event, received {sorted(events)}")
    return Trial(one["start"], one["built"], tuple(events.get("epoch", ())), one["end"])
