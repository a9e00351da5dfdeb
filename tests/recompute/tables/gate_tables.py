"""The gate's proof: verdicts, what was found in worse code, and the machine, from each trial's row in trials.csv."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Json, read_lines
from tests.recompute.markdown import Table
from tests.recompute.tables import machine_tables
from tests.recompute.values.interval import Interval, geometric_mean, paired, sign_flip_p
from tests.recompute.wording import binary, cell, count, fraction, rate, seconds, signed

_EXITS = {0: "pass", 3: "fail"}
_ALPHA, _CONFIRM_ALPHA = 0.05, 0.01


@dataclass(frozen=True)
class Measure:
    """One measure of a check: what it is of a trial, and by how much it may become worse (a share, or accuracy)."""

    name: str
    value: Callable[[Json], float]
    worse: str
    tolerated: float
    form: Callable[[float], str]
    is_accuracy: bool = False
    is_rate: bool = False

    @property
    def margin(self) -> float:
        return self.tolerated if self.is_accuracy else math.log1p(self.tolerated)

    def on_scale(self, value: float) -> float:
        """Return a value where larger is worse and a difference tells."""
        return -value if self.is_accuracy else -math.log(value) if self.is_rate else math.log(value)

    def mean(self, values: Sequence[float]) -> float:
        return math.fsum(values) / len(values) if self.is_accuracy else geometric_mean(values)


def _steady(trial: Json) -> float:
    examples = float(trial["num_examples"]) - float(trial["first_step_examples"])
    return examples / (float(trial["train_s"]) - float(trial["first_step_s"]) - float(trial["iterator_s"]))


def _column(name: str) -> Callable[[Json], float]:
    return lambda trial: float(trial[name])


_MEASURES = (
    Measure("examples/s", _steady, "slower", 0.02, rate, is_rate=True),
    Measure("undisturbed step", _column("step_p05_s"), "slower in its undisturbed steps", 0.02, seconds),
    Measure("first step", _column("first_step_s"), "slower to start", 0.10, seconds),
    Measure("peak memory", _column("peak_rss_bytes"), "larger", 0.05, binary),
    Measure("final validation accuracy", _column("val_accuracy"), "less accurate", 0.02, fraction, is_accuracy=True),
)


@dataclass(frozen=True)
class Found:
    """One measure of one network over the pairs that decide: base and head by seed, and by how much head is worse."""

    model: str
    measure: Measure
    base: list[float]
    head: list[float]

    @cached_property
    def worsening(self) -> list[float]:
        of = self.measure.on_scale
        return [of(head) - of(base) for base, head in zip(self.base, self.head, strict=True)]

    @cached_property
    def effect(self) -> Interval:
        found = paired(self.worsening)
        if found is None:
            raise ValueError(f"{self.model}, {self.measure.name}: expected pairs, received none")
        return found

    @property
    def is_worse(self) -> bool:
        return self.effect.value > self.measure.margin

    @property
    def p_value(self) -> float:
        return sign_flip_p(self.worsening, is_one_sided=True)

    @property
    def share(self) -> Interval:
        """Return the worsening as people read it."""
        return self.effect if self.measure.is_accuracy else self.effect.mapped(math.expm1)

    def joined(self, later: Found) -> Found:
        return Found(self.model, self.measure, self.base + later.base, self.head + later.head)


@dataclass(frozen=True)
class Scenario:
    """One check: its line in results.jsonl and its trials."""

    result: Json
    trials: list[Json]

    def found(self, stage: str) -> dict[tuple[str, str], Found]:
        """Return every measure of every network of one stage."""
        here = [trial for trial in self.trials if trial["stage"] == stage]
        models = dict.fromkeys(trial["model"] for trial in here)
        every = [_pairs(here, model, measure) for model in models for measure in _MEASURES]
        return {(one.model, one.measure.name): one for one in every}

    @cached_property
    def regressions(self) -> list[Found]:
        """Return what stage 1 flags and both stages confirm: Holm's p at most 0.01, the interval beyond the margin."""
        screen, fresh = self.found("screen"), self.found("confirm")
        flagged = [key for key, one in screen.items() if one.is_worse and one.p_value <= _ALPHA]
        both = [screen[key].joined(fresh[key]) for key in flagged if key in fresh and fresh[key].is_worse]
        adjusted = _holm([one.p_value for one in both], len(screen))
        return [
            one
            for one, p_value in zip(both, adjusted, strict=True)
            if p_value <= _CONFIRM_ALPHA and (one.effect.low or -math.inf) > one.measure.margin
        ]

    @property
    def verdict(self) -> str:
        named = [f"{one.model} is {_amount(one)} {one.measure.worse}" for one in self.regressions]
        return f"regression: {'; '.join(named)}" if named else "no regression was found"

    def num_pairs(self, stage: str) -> int:
        return len({trial["seed"] for trial in self.trials if trial["stage"] == stage})


def _amount(found: Found) -> str:
    value = found.share.value
    return fraction(value) if found.measure.is_accuracy else f"{100 * value:.1f} %"


def _pairs(trials: list[Json], model: str, measure: Measure) -> Found:
    sides = [
        {int(one["seed"]): measure.value(one) for one in trials if (one["model"], one["side"]) == (model, side)}
        for side in ("base", "head")
    ]
    shared = sorted(sides[0].keys() & sides[1].keys())
    return Found(model, measure, *([side[seed] for seed in shared] for side in sides))


def _holm(p_values: list[float], num_tests: int) -> list[float]:
    """Return Holm's adjusted p-values among so many tests, of which the others have p = 1."""
    adjusted, largest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (num_tests - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


@dataclass(frozen=True)
class Proof:
    scenarios: list[Scenario]
    environment: Json


def read_proof(folder: Path, environment: Json) -> Proof:
    """Return the proof of a folder; `environment` is a published run's on the same machine."""
    with (folder / "trials.csv").open(encoding="utf-8", newline="") as file:
        trials = list(csv.DictReader(file))
    results = read_lines(folder / "results.jsonl")
    found = [Scenario(one, [trial for trial in trials if trial["scenario"] == one["scenario"]]) for one in results]
    return Proof(found, environment)


def recompute(proof: Proof, table: Table) -> Recomputed:
    """Return what one table should hold.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    return {"scenario": _verdicts, "case": _findings, "what": _machine}[table.header[0]](proof, table)


def _verdicts(proof: Proof, _: Table) -> Recomputed:
    columns: Columns = {
        "scenario": lambda one: one.result["scenario"],
        "pairs of each case": lambda one: count(one.num_pairs("screen")),
        "fresh pairs of a flagged one": lambda one: (
            count(one.num_pairs("confirm")) if one.num_pairs("confirm") else "none"
        ),
        "must": lambda one: _EXITS[one.result["expected"]],
        "did": lambda one: _EXITS[one.result["exit"]],
        "verdict": lambda one: one.verdict,
        "time": lambda one: seconds(one.result["seconds"]),
    }
    return Recomputed(proof.scenarios, columns)


def _findings(proof: Proof, table: Table) -> Recomputed:
    """Return what was found in the scenario that the heading names."""
    scenario = next(one for one in proof.scenarios if one.result["scenario"] == table.title)
    columns: Columns = {
        "case": lambda one: one.model,
        "measure": lambda one: one.measure.name,
        "base": partial(_mean, side="base"),
        "head": partial(_mean, side="head"),
        "head is worse by": _worse,
        "pairs": lambda one: count(len(one.base)),
        "verdict": lambda _: "regression",
        "because": lambda _: "confirmed with fresh processes",
    }
    return Recomputed(scenario.regressions, columns)


def _mean(found: Found, side: str) -> str:
    return found.measure.form(found.measure.mean(getattr(found, side)))


def _worse(found: Found) -> str:
    if found.measure.is_accuracy:
        return cell(found.share, signed)
    return cell(found.share, lambda share: f"{100 * share:+.1f} %".replace("-", "−"))


def _machine(proof: Proof, _: Table) -> Recomputed:
    return machine_tables.describe(proof.environment, without=("commit",))
