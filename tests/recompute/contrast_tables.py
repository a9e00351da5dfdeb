"""Two cases against each other, measure by measure, on the seeds that they share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tests.recompute import trial_values as of_trial
from tests.recompute.checking import Columns, Recomputed
from tests.recompute.interval import Interval, geometric_mean, paired, sign_flip_p
from tests.recompute.journals import Case, Run, Trial
from tests.recompute.labels import name_cases
from tests.recompute.markdown import Table
from tests.recompute.planning import more_pairs
from tests.recompute.target_tables import targets_of
from tests.recompute.wording import (
    NONE,
    OVER,
    cell,
    count,
    epochs,
    fraction,
    percent,
    plural,
    rate,
    ratio,
    signed,
    three_digits,
    word_more,
    yes_no,
)

_FEWEST_EQUAL = 6  # pairs of one difference, from which the sign-flip test can be below 0.05
_FEWEST_FOR_SHARE = 10  # values a side, from which P(a > b) is told
_WITHIN, _BEFORE = "no; within a first epoch", "no; one budget ends before"


@dataclass(frozen=True)
class Side:
    """One case's value over all its trials, and each trial's by what makes pairs: its seed, or its place in time.

    Of a target: from when on each that missed may have come, which values are upper bounds, and what a median that too
    few reached is larger than.
    """

    label: str
    value: float | None
    by_key: dict[int, float]
    missed: dict[int, float] = field(default_factory=dict)
    bounds: frozenset[int] = frozenset()
    beyond: float = 0.0

    @property
    def latest(self) -> dict[int, float]:
        return self.by_key | dict.fromkeys(self.missed, math.inf)

    @property
    def earliest(self) -> dict[int, float]:
        return {key: 0.0 if key in self.bounds else value for key, value in self.by_key.items()} | self.missed


@dataclass(frozen=True)
class Contrast:
    """One measure of two cases; `more_is_better` decides who is ahead."""

    name: str
    a: Side
    b: Side
    is_ratio: bool
    more_is_better: bool
    form: Callable[[float], str]
    of_pairs: str = "seed"

    @cached_property
    def pairs(self) -> list[tuple[float, float]]:
        shared = sorted(self.a.by_key.keys() & self.b.by_key.keys())
        return [(self.a.by_key[key], self.b.by_key[key]) for key in shared]

    @cached_property
    def differences(self) -> list[float]:
        """Return each pair's difference, of logarithms where the effect is a ratio."""
        return [math.log(x) - math.log(y) if self.is_ratio else x - y for x, y in self.pairs]

    @cached_property
    def effect(self) -> Interval | None:
        found = paired(self.differences)
        return found.mapped(math.exp) if found and self.is_ratio else found

    @property
    def is_whole(self) -> bool:
        """Whether no trial missed: of seeds that only one side has, a ratio would speak for a part."""
        return not (self.a.missed or self.b.missed)

    @cached_property
    def untold(self) -> str | None:
        """Why nobody can tell who came first: a first epoch's length may count against its own side alone."""
        behind = {self.a.label: self.b, self.b.label: self.a}.get(self._leader or "")
        if (self.a.bounds and self.b.bounds) or (behind and behind.bounds):
            return _WITHIN
        one_came = not (self.is_whole and self.pairs) and (self.a.value is None) != (self.b.value is None)
        return _BEFORE if one_came and self._leader is None else None

    @cached_property
    def is_decided(self) -> bool:
        if self.effect is None or not self.is_whole or self.untold:
            return False
        if self.effect.low is None:
            return len(self.pairs) >= _FEWEST_EQUAL and sign_flip_p(self.differences) <= 0.05
        return self.effect.excludes(1.0 if self.is_ratio else 0.0)

    @cached_property
    def _leader(self) -> str | None:
        """Who is better: by the pairs where all have one, else by each side's value, or who is known to be sooner."""
        if self.is_whole and self.pairs:
            lead = math.fsum(self.differences)
        elif self.a.value is not None and self.b.value is not None:
            lead = self.a.value - self.b.value
        else:
            sooner = [one.label for one, other in ((self.a, self.b), (self.b, self.a)) if _is_sooner(one, other)]
            return sooner[0] if sooner else None
        if not lead:
            return None
        return self.a.label if (lead > 0) == self.more_is_better else self.b.label

    @property
    def ahead(self) -> str:
        return NONE if self.untold or self._leader is None else self._leader

    @property
    def better_on(self) -> str:
        """Return on how many pairs the one is known to be better that is so more often."""
        keys = self.a.latest.keys() & self.b.latest.keys()
        larger = sum(self.a.earliest[key] > self.b.latest[key] for key in keys)
        smaller = sum(self.b.earliest[key] > self.a.latest[key] for key in keys)
        of_a, of_b = (larger, smaller) if self.more_is_better else (smaller, larger)
        if not keys or (self.untold and not of_a + of_b):
            return NONE
        of_all = f"of {plural(len(keys), self.of_pairs)}"
        if of_a == of_b:
            return f"each on {of_a} {of_all}"
        return f"{self.a.label if of_a > of_b else self.b.label} on {max(of_a, of_b)} {of_all}"

    @property
    def decided(self) -> str:
        if self.untold:
            return self.untold
        more = more_pairs(self.differences) if self.is_whole and not self.is_decided else None
        return f"no; {word_more(more)}" if more else yes_no(self.is_decided)

    def side(self, side: Side) -> str:
        if side.value is None:
            return OVER
        return f"{'≤ ' if side.bounds else ''}{self.form(side.value)}"

    @property
    def effect_cell(self) -> str:
        """Return the effect; of a value that is an upper bound it is a bound, and of two it is none."""
        if self.a.bounds and self.b.bounds:
            return NONE
        text = cell(self.effect, ratio if self.is_ratio else signed)
        if self.effect is None or not (self.a.bounds or self.b.bounds):
            return text
        return f"{'≤' if self.a.bounds else '≥'} {text}"

    @property
    def share(self) -> Interval | None:
        """P(a > b), where there are enough trials a side and the order of each two of them is known."""
        if min(len(self.a.latest), len(self.b.latest)) < _FEWEST_FOR_SHARE:
            return None
        raise NotImplementedError("expected fewer than ten trials a side: add P(a > b) with Newcombe's interval here")


def _is_sooner(one: Side, other: Side) -> bool:
    return one.value is not None and other.value is None and one.value <= other.beyond


def contrast_table(run: Run, table: Table) -> Recomputed:
    """Return the comparison of the two cases in the heading."""
    cases = {label: case for case, label in name_cases(run.cases).items()}
    sides = {label: cases[label] for label in table.header[1:3]}
    share = frozenset({"P({} > {})".format(*sides)})
    return Recomputed(contrasts(run, sides, targets_of(run)), contrast_columns(table), share)


def contrast_columns(table: Table) -> Columns:
    """Return the columns of a comparison whose heading names its two sides."""
    a, b = table.header[1:3]
    return {
        table.header[0]: lambda row: row.name,
        a: lambda row: row.side(row.a),
        b: lambda row: row.side(row.b),
        "effect": lambda row: row.effect_cell,
        "pairs": lambda row: count(len(row.pairs)),
        "better on": lambda row: row.better_on,
        f"P({a} > {b})": lambda row: cell(row.share, lambda share: f"{share:.2f}"),
        "ahead": lambda row: row.ahead,
        "decided": lambda row: row.decided,
    }


def contrasts(run: Run, sides: Mapping[str, Case], targets: Sequence[float]) -> list[Contrast]:
    """Return every measure of two cases by their labels; accuracies by difference, the rest by ratio."""
    budgets = [case["epochs"] for case in sides.values()]
    at_end = f"after {plural(min(budgets), 'epoch')}, the shorter budget"
    if len(set(budgets)) == 1:
        at_end = "at the end of the budget"
    first, last = (_accuracies(run, sides, epoch) for epoch in (1, min(budgets)))
    return [
        Contrast("validation accuracy after one epoch", *first, False, True, fraction),
        Contrast(f"validation accuracy {at_end}", *last, False, True, fraction),
        *(
            Contrast(name, *_speeds(run, sides, speed), True, more_is_better, form, "pair")
            for name, speed, more_is_better, form in _SPEEDS
        ),
        *(contrast for target in targets for contrast in _of_target(run, sides, target)),
    ]


def _seconds(value: float) -> str:
    return f"{three_digits(value)} s"


_SPEEDS = (
    ("training examples per second, as `fit` costs", of_trial.fit_throughput, True, rate),
    ("training examples per second, steady", of_trial.steady_throughput, True, rate),
    ("training time per epoch, as `fit` costs", of_trial.over_epochs(of_trial.fit_s), False, _seconds),
    ("training time per epoch, steady", of_trial.over_epochs(of_trial.steady_s), False, _seconds),
)


def _accuracies(run: Run, sides: Mapping[str, Case], epoch: int) -> list[Side]:
    """Return both sides' accuracy after an epoch, by seed."""
    found = []
    for label, case in sides.items():
        values = {trial.seed: of_trial.accuracy_after(trial, epoch) for trial in run.of(case)}
        known = {seed: value for seed, value in values.items() if value is not None}
        found.append(Side(label, math.fsum(known.values()) / len(known), known))
    return found


def _speeds(run: Run, sides: Mapping[str, Case], speed: Callable[[Trial], float]) -> list[Side]:
    """Return both sides' speeds by their place in time: a machine drifts, and a seed makes nothing faster."""
    found = []
    for label, case in sides.items():
        values = [speed(trial) for trial in sorted(run.of(case), key=lambda trial: trial.start["started_at"])]
        found.append(Side(label, geometric_mean(values), dict(enumerate(values))))
    return found


def _of_target(run: Run, sides: Mapping[str, Case], target: float) -> list[Contrast]:
    known = {label: of_trial.to_target(run.of(case), target) for label, case in sides.items()}
    times = [_times(label, found) for label, found in known.items()]
    numbers = [_numbers(label, found) for label, found in known.items()]
    return [
        Contrast(f"training time to {percent(target)}", *times, True, False, _seconds),
        Contrast(f"epochs to {percent(target)}", *numbers, True, False, epochs),
    ]


def _times(label: str, found: of_trial.Target) -> Side:
    return Side(
        label,
        found.median_s,
        {one.seed: one.seconds for one in found.hits},
        {one.seed: math.nextafter(one.seconds, math.inf) for one in found.arrivals if not one.is_hit},
        frozenset(one.seed for one in found.hits if one.is_bound),
        found.beyond(lambda one: one.seconds),
    )


def _numbers(label: str, found: of_trial.Target) -> Side:
    return Side(
        label,
        found.median_epochs,
        {one.seed: float(one.epochs) for one in found.hits},
        {one.seed: one.epochs + 1.0 for one in found.arrivals if not one.is_hit},
        beyond=found.beyond(lambda one: one.epochs),
    )
