"""The gate's proof: verdicts, what was found in worse code, and the machine, from each trial's journal."""

from __future__ import annotations

import json
import math
import re
import statistics
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from scipy import stats

from tests.recompute.checking import Columns, Recomputed
from tests.recompute.journals import Json, Trial, read_trial
from tests.recompute.markdown import Table
from tests.recompute.tables import machine_tables
from tests.recompute.values import trial_values
from tests.recompute.values.gate_turns import Coins, Look, Turn, choose_look, compare_turns, make_looks
from tests.recompute.values.interval import Interval, geometric_mean, paired, sign_flip_p
from tests.recompute.wording import binary, cell, count, fraction, rate, seconds, signed

_EXITS = {0: "pass", 3: "fail"}
_ALPHA, _CONFIRM_ALPHA = 0.05, 0.01
_FEWEST_EQUAL = 6
_BATCH = 32
_TRIMMED = 0.2


@dataclass(frozen=True)
class Side:
    """One side of a pair: its journal, and the stage and side that its folder has."""

    stage: str
    side: str
    trial: Trial

    @property
    def model(self) -> str:
        return str(self.trial.case["model"])

    @property
    def epoch(self) -> Json:
        """The one epoch that suite `ci` has."""
        (epoch,) = self.trial.epochs
        return epoch

    @cached_property
    def turns(self) -> list[Turn]:
        """What it has of turns, none where it had the machine to itself."""
        told = self.epoch.get("turns")
        columns = (told[name] for name in ("numbers", "seconds", "examples")) if told else ((), (), ())
        return [Turn(*one) for one in zip(*columns, strict=True)]

    @property
    def typical_step(self) -> float:
        """A batch's seconds by the trimmed mean of the turns' costs, on a logarithmic scale."""
        return _BATCH * math.exp(float(stats.trim_mean([math.log(turn.cost) for turn in self.turns], _TRIMMED)))


@dataclass(frozen=True)
class Measure:
    """One measure of a check: what it is of a trial, and by how much it may become worse (a share, or accuracy)."""

    name: str
    value: Callable[[Side], float]
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


def _of_trial(value: Callable[[Trial], float]) -> Callable[[Side], float]:
    return lambda side: value(side.trial)


_STEADY = Measure("examples/s, steady", _of_trial(trial_values.steady_throughput), "slower", 0.02, rate, is_rate=True)
_ALONE = (
    _STEADY,
    Measure(
        "undisturbed step", lambda side: side.epoch["step_s"]["p05"], "slower in its undisturbed steps", 0.02, seconds
    ),
)
_IN_TURNS = (
    replace(_STEADY, tolerated=0.01),
    Measure("typical step", lambda side: side.typical_step, "slower in its typical step", 0.01, seconds),
)
_OTHERS = (
    Measure("first step", _of_trial(trial_values.first_step), "slower to start", 0.10, seconds),
    Measure("peak memory", _of_trial(trial_values.peak_memory), "larger", 0.05, binary),
    Measure(
        "final validation accuracy", lambda side: side.epoch["val_accuracy"], "less accurate", 0.02, fraction,
        is_accuracy=True,
    ),
)  # fmt: skip


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
class FoundInTurns:
    """One measure of one network by the turns that both sides had, at the look that fails it if any does.

    Where none fails it, `last` is what is known of it.
    """

    model: str
    measure: Measure
    look: Look
    last: Look
    base: list[float]
    head: list[float]

    @property
    def share(self) -> Interval:
        """Return the worsening as people read it."""
        return self.look.pairs.interval.mapped(math.expm1)


Key = tuple[str, str]
Finding = Found | FoundInTurns


@dataclass(frozen=True)
class Scenario:
    """One check: its line in results.jsonl and both sides of its pairs."""

    result: Json
    sides: list[Side]

    @property
    def name(self) -> str:
        return str(self.result["scenario"])

    @property
    def kind(self) -> str:
        return re.sub(r"-round\d+$", "", self.name)

    @property
    def environment(self) -> Json:
        return self.sides[0].trial.start["environment"]

    @cached_property
    def models(self) -> list[str]:
        """The networks in the order of the suite, all of which the first stage trained."""
        return list(dict.fromkeys(one.model for one in self.sides if one.stage == "screen"))

    @cached_property
    def is_in_turns(self) -> bool:
        return all(one.turns for one in self.sides)

    def found(self, stage: str) -> dict[Key, Found]:
        """Return every measure of every network of one stage that turns do not tell."""
        here = [one for one in self.sides if one.stage == stage]
        measures = _OTHERS if self.is_in_turns else (*_ALONE, *_OTHERS)
        every = [_pairs(here, model, measure) for model in self.models for measure in measures]
        return {(one.model, one.measure.name): one for one in every}

    @cached_property
    def looks(self) -> dict[Key, FoundInTurns]:
        """Return every measure of every network that turns tell."""
        if not self.is_in_turns:
            return {}
        return {(model, measure.name): self._look(model, measure) for model in self.models for measure in _IN_TURNS}

    def _look(self, model: str, measure: Measure) -> FoundInTurns:
        pairs = _by_seed(self.sides, model)
        looks = make_looks(self.coins(model, measure), self.num_pairs("screen"), measure.margin)
        look = choose_look(looks)
        looked = pairs[: len(look.pairs.gaps)]
        base, head = ([measure.value(pair[side]) for pair in looked] for side in ("base", "head"))
        return FoundInTurns(model, measure, look, looks[-1], base, head)

    def coins(self, model: str, measure: Measure, stage: str | None = None) -> Coins:
        """Return a measure's pairs, of one stage or of both."""
        pairs = _by_seed([one for one in self.sides if stage in (None, one.stage)], model)
        costs = [compare_turns(pair["base"].turns, pair["head"].turns) for pair in pairs]
        signs = [1.0 if pair["head"].trial.start["in_turns"]["slot"] else -1.0 for pair in pairs]
        is_typical = not measure.is_rate
        logs = [math.log(one.typical if is_typical else one.of_sums) for one in costs]
        return Coins([sign * log for sign, log in zip(signs, logs, strict=True)], signs, is_typical)

    @cached_property
    def regressions(self) -> list[Finding]:
        """Return what fails: Holm's p over all measures at most 0.01, and the interval beyond the margin."""
        screen, fresh = self.found("screen"), self.found("confirm")
        flagged = [key for key, one in screen.items() if one.is_worse and one.p_value <= _ALPHA]
        both = {key: screen[key].joined(fresh[key]) for key in flagged if fresh[key].base and fresh[key].is_worse}
        p_values = {key: one.p_value for key, one in both.items()}
        p_values |= {key: one.look.p_value for key, one in self.looks.items()}
        adjusted = _holm(list(p_values.values()), len(screen) + len(self.looks))
        sure = {key for key, p_value in zip(p_values, adjusted, strict=True) if p_value <= _CONFIRM_ALPHA}
        beyond = [key for key, one in both.items() if (one.effect.low or -math.inf) > one.measure.margin]
        beyond += [key for key, one in self.looks.items() if one.look.is_beyond]
        order = [(model, measure.name) for model in self.models for measure in (*_IN_TURNS, *_ALONE, *_OTHERS)]
        of = {**both, **self.looks}
        return [of[key] for key in dict.fromkeys(order) if key in beyond and key in sure]

    @cached_property
    def is_open(self) -> bool:
        """Return whether something is neither fine nor worse for sure."""
        failed = {(one.model, one.measure.name) for one in self.regressions}
        screen, fresh = self.found("screen"), self.found("confirm")
        for key, one in screen.items():
            is_flagged = one.is_worse and one.p_value <= _ALPHA
            if key in failed or (is_flagged and fresh[key].base and not fresh[key].is_worse):
                continue
            # Of enough equal pairs their mean is its own bound: the next one is hardly another.
            is_bounded = one.effect.high is not None or len(one.base) < _FEWEST_EQUAL
            high = one.effect.high if is_bounded else one.effect.value
            if is_flagged or (one.measure.is_accuracy and (high is None or high >= one.measure.margin)):
                return True
        return any(one.last.pairs.effect > one.last.margin for key, one in self.looks.items() if key not in failed)

    @property
    def verdict(self) -> str:
        named = [f"{one.model} is {_amount(one)} {one.measure.worse}" for one in self.regressions]
        if named:
            return f"regression: {'; '.join(named)}"
        return (
            "no regression was confirmed, but the check is inconclusive" if self.is_open else "no regression was found"
        )

    def num_pairs(self, stage: str) -> int:
        return len({one.trial.seed for one in self.sides if one.stage == stage})

    def slower(self, model: str) -> float:
        """Return what an example costs the head beyond what it costs the base, a share, in the pairs that decide."""
        if self.is_in_turns:
            one = self.looks[model, _STEADY.name]
            return one.share.value if one in self.regressions else math.expm1(one.last.pairs.effect)
        screen, fresh = (self.found(stage)[model, _STEADY.name] for stage in ("screen", "confirm"))
        is_flagged = screen.is_worse and screen.p_value <= _ALPHA
        if not is_flagged or not fresh.base:
            return screen.share.value
        return (screen.joined(fresh) if fresh.is_worse else fresh).share.value

    def spread(self, model: str) -> float:
        """Return by how much the ratio of stage 1's pairs scatters, a share."""
        if self.is_in_turns:
            return math.expm1(self.coins(model, _IN_TURNS[0], "screen").spread)
        worsening = self.found("screen")[model, _STEADY.name].worsening
        return math.expm1(float(np.std(worsening, ddof=1)))


def _by_seed(sides: Sequence[Side], model: str) -> list[Mapping[str, Side]]:
    """Return the pairs of a network in the order of their seeds."""
    pairs: defaultdict[int, dict[str, Side]] = defaultdict(dict)
    for one in sides:
        if one.model == model:
            pairs[one.trial.seed][one.side] = one
    return [pairs[seed] for seed in sorted(pairs)]


def _amount(found: Finding) -> str:
    value = found.share.value
    return fraction(value) if found.measure.is_accuracy else f"{100 * value:.1f} %"


def _pairs(sides: Sequence[Side], model: str, measure: Measure) -> Found:
    pairs = _by_seed(sides, model)
    return Found(model, measure, *([measure.value(pair[side]) for pair in pairs] for side in ("base", "head")))


def _holm(p_values: list[float], num_tests: int) -> list[float]:
    """Return Holm's adjusted p-values among so many tests, of which the others have p = 1."""
    adjusted, largest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (num_tests - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def read_proof(folder: Path) -> list[Scenario]:
    """Return the checks of the archive beside a proof's page."""
    with tarfile.open(folder / "proof.tar.xz") as archive:
        files = {one.name: archive.extractfile(one) for one in archive.getmembers() if one.isfile()}
        texts = {name: file.read().decode() for name, file in sorted(files.items()) if file}
    results = map(json.loads, texts["results.jsonl"].splitlines())
    return [Scenario(result, list(_read_sides(texts, f"checks/{result['check_id']}/"))) for result in results]


def _read_sides(texts: Mapping[str, str], check: str) -> Iterator[Side]:
    """Yield the sides of a check; the networks in the order in which they were asked for."""
    trials = []
    for name, text in texts.items():
        if name.startswith(check) and name.endswith(".jsonl"):
            stage, side = name.removeprefix(check).split("/")[0].split("-")
            trials.append(Side(stage, side, read_trial(text.splitlines(), name)))
    yield from sorted(trials, key=lambda one: one.trial.start["index"])


def recompute(proof: Sequence[Scenario], table: Table) -> Recomputed:
    """Return what one table should hold.

    Raises:
        KeyError: for a table that no definition is known of.
    """
    return {"checks": _kinds, "scenario": _verdicts, "check": _findings, "what": _machine}[table.header[0]](
        proof, table
    )


def _kinds(proof: Sequence[Scenario], table: Table) -> Recomputed:
    kinds = dict.fromkeys((one.kind, one.environment["fingerprint"]) for one in proof)
    checks = {kind: [one for one in proof if (one.kind, one.environment["fingerprint"]) == kind] for kind in kinds}
    columns: Columns = {
        "checks": lambda kind: kind[0],
        "machine": lambda kind: checks[kind][0].environment["cpu_model"],
        "must": lambda kind: _EXITS[checks[kind][0].result["expected"]],
        "failed": lambda kind: f"{sum(one.result['exit'] == 3 for one in checks[kind])} of {len(checks[kind])}",
        "networks caught": lambda kind: (
            f"{sum(len({found.model for found in one.regressions}) for one in checks[kind])} of "
            f"{sum(len(one.models) for one in checks[kind])}"
        ),
        "time, median": lambda kind: seconds(statistics.median(one.result["seconds"] for one in checks[kind])),
        "longest": lambda kind: seconds(max(one.result["seconds"] for one in checks[kind])),
    }
    for title in table.header[len(columns) :]:
        told, model = re.split(r"(?<=^slower:) |(?<=^spread of) ", title)
        value, form = {"slower:": (Scenario.slower, "+.1%"), "spread of": (Scenario.spread, ".1%")}[told]
        columns[title] = partial(_median, checks, partial(value, model=model), form)
    return Recomputed(list(kinds), columns)


Kind = tuple[str, str]


def _median(checks: Mapping[Kind, list[Scenario]], value: Callable[[Scenario], float], form: str, kind: Kind) -> str:
    return format(statistics.median(map(value, checks[kind])), form)


def _verdicts(proof: Sequence[Scenario], _: Table) -> Recomputed:
    columns: Columns = {
        "scenario": lambda one: one.name,
        "pairs of each case": lambda one: count(one.num_pairs("screen")),
        "fresh pairs of a flagged one": lambda one: (
            count(one.num_pairs("confirm")) if one.num_pairs("confirm") else "none"
        ),
        "must": lambda one: _EXITS[one.result["expected"]],
        "did": lambda one: _EXITS[one.result["exit"]],
        "verdict": lambda one: one.verdict,
        "time": lambda one: seconds(one.result["seconds"]),
    }
    return Recomputed(proof, columns)


def _findings(proof: Sequence[Scenario], _: Table) -> Recomputed:
    """Return every regression of every check."""
    rows = [(one.name, found) for one in proof for found in one.regressions]
    return Recomputed(rows, _FINDING_COLUMNS)


_FINDING_COLUMNS: Columns = {
    "check": lambda row: row[0],
    "case": lambda row: row[1].model,
    "measure": lambda row: row[1].measure.name,
    "base": lambda row: _mean(row[1], "base"),
    "head": lambda row: _mean(row[1], "head"),
    "head is worse by": lambda row: _worse(row[1]),
    "pairs": lambda row: count(len(row[1].base)),
    "verdict": lambda _: "regression",
    "because": lambda row: _because(row[1]),
}


def _because(found: Finding) -> str:
    return (
        f"sure after {len(found.base)} pairs" if isinstance(found, FoundInTurns) else "confirmed with fresh processes"
    )


def _mean(found: Finding, side: str) -> str:
    return found.measure.form(found.measure.mean(getattr(found, side)))


def _worse(found: Finding) -> str:
    if found.measure.is_accuracy:
        return cell(found.share, signed)
    return cell(found.share, lambda share: f"{100 * share:+.1f} %".replace("-", "−"))


def _machine(proof: Sequence[Scenario], table: Table) -> Recomputed:
    """Return the machine of the checks that the heading names, of all where it names none."""
    first = re.match(r"The machine of (\S+)", table.title)
    one = next(one for one in proof if first is None or one.name == first[1])
    return machine_tables.describe(one.sides[0].trial.start["environment"], without=("commit",))
