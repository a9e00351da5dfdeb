"""One measure of two cases: the effect over pairs, who is ahead, and whether that can be told."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from tests.recompute.values.interval import Interval, paired, sign_flip_p
from tests.recompute.values.planning import more_pairs
from tests.recompute.wording import (
    NONE,
    OVER,
    cell,
    plural,
    points,
    ratio,
    word_more,
    yes_no,
)

_FEWEST_EQUAL = 6  # pairs of one difference, from which the sign-flip test can be below 0.05
_FEWEST_FOR_SHARE = 10  # values a side, from which P(a > b) is told
_BETWEEN, _BEFORE = "no; between two validations", "no; one ended before the other came there"


@dataclass(frozen=True)
class Side:
    """One case's value over all its trials, and each trial's by what makes pairs: its seed, or its place in time.

    Of a target: from when on each that missed may have come, and each that hit, which values are upper bounds, and what
    the median is larger than. `in_turns` are the seeds that were measured in turns; None where that means nothing.
    """

    label: str
    value: float | None
    by_key: dict[int, float]
    missed: dict[int, float] = field(default_factory=dict)
    since: dict[int, float] = field(default_factory=dict)
    bounds: frozenset[int] = frozenset()
    beyond: float = 0.0
    is_bound: bool = False
    in_turns: frozenset[int] | None = None

    @property
    def latest(self) -> dict[int, float]:
        return self.by_key | dict.fromkeys(self.missed, math.inf)

    @property
    def at_earliest(self) -> Side:
        hits = {key: self.since.get(key, value) for key, value in self.by_key.items()}
        return replace(self, by_key=hits, value=self.beyond if self.since and self.value is not None else self.value)

    @property
    def earliest(self) -> dict[int, float]:
        return self.at_earliest.by_key | self.missed


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
        """Why it is not decided who came first: what is seen must hold, too, with the side behind at its earliest."""
        if self.leader is None and None in (self.a.value, self.b.value):
            return _BEFORE if (self.a.value is None) != (self.b.value is None) else None
        worst = self._at_worst
        holds = worst and worst.leader == self.leader and (worst.seems_decided or not self.seems_decided)
        return None if holds else _BETWEEN

    @cached_property
    def _at_worst(self) -> Contrast | None:
        """The same with the side behind at its earliest; none where that is no time at all."""
        is_a = self.leader == self.b.label
        behind = self.a if is_a else self.b
        if behind.bounds:
            return None
        return replace(self, a=behind.at_earliest) if is_a else replace(self, b=behind.at_earliest)

    @property
    def is_decided(self) -> bool:
        return self.seems_decided and self.untold is None

    @cached_property
    def seems_decided(self) -> bool:
        if self.effect is None or not self.is_whole:
            return False
        if self.effect.low is None:
            return len(self.pairs) >= _FEWEST_EQUAL and sign_flip_p(self.differences) <= 0.05
        return self.effect.excludes(1.0 if self.is_ratio else 0.0)

    @cached_property
    def leader(self) -> str | None:
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
        worst = self._at_worst
        return self.leader if self.leader and worst and worst.leader == self.leader else NONE

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
        if not self.is_whole:
            return "no; not every trial gets there"
        worst = self._at_worst
        more = more_pairs(worst.differences) if worst and not self.is_decided else None
        return f"no; {word_more(more)}" if more else yes_no(self.is_decided)

    @property
    def in_turns(self) -> str:
        """Return on how many pairs the effect was measured in turns."""
        if self.a.in_turns is None or not self.pairs:
            return NONE
        found, pairs = len(self.a.in_turns & self.a.by_key.keys() & self.b.by_key.keys()), len(self.pairs)
        return f"{found} of {pairs}" if 0 < found < pairs else yes_no(bool(found))

    def side(self, side: Side) -> str:
        if side.value is None:
            return OVER
        return f"{'≤ ' if side.is_bound else ''}{self.form(side.value)}"

    @property
    def effect_cell(self) -> str:
        """Return the effect; where one side has upper bounds, the bound that holds wherever the other came."""
        if not self.is_whole or (self.a.bounds and self.b.bounds):
            return NONE
        form = ratio if self.is_ratio else points
        if self.a.bounds:
            return f"≤ {cell(replace(self, b=self.b.at_earliest).effect, form)}"
        if self.b.bounds:
            return f"≥ {cell(replace(self, a=self.a.at_earliest).effect, form)}"
        return cell(self.effect, form)

    @property
    def share(self) -> Interval | None:
        """P(a > b), where there are enough trials a side and the order of each two of them is known."""
        if min(len(self.a.latest), len(self.b.latest)) < _FEWEST_FOR_SHARE:
            return None
        raise NotImplementedError("expected fewer than ten trials a side: add P(a > b) with Newcombe's interval here")


def _is_sooner(one: Side, other: Side) -> bool:
    return one.value is not None and other.value is None and one.value <= other.beyond
