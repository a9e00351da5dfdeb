"""What pairs in turns say of the head, from each turn's seconds; docs/turns.md and docs/statistics.md define it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

from tests.recompute.values.interval import Interval, signs

_TRIMMED = 0.2
_LIMIT = 0.5  # of the quartiles' distance, beyond their middle
_TAIL = 0.025
_ROUNDING = 1e-12
_NUM_LOOKS, _LOOK_STEP = 4, 4
_HALVINGS = 40
_MOST_COUNTED = 16


@dataclass(frozen=True)
class Turn:
    """One turn of one side; numbers count over both sides of a pair."""

    number: int
    seconds: float
    examples: int

    @property
    def cost(self) -> float:
        return self.seconds / self.examples


@dataclass(frozen=True)
class Costs:
    """By what factor an example costs more on the head in one pair: by the turns' sums, and by a typical turn."""

    of_sums: float
    typical: float


def compare_turns(base: Sequence[Turn], head: Sequence[Turn]) -> Costs:
    """Return the head's costs over the base's, in turns of which one directly follows the other, each turn once."""
    turns = sorted([(one.number, "base", one) for one in base] + [(one.number, "head", one) for one in head],
                   key=lambda turn: turn[0])  # fmt: skip
    pairs, place = [], 0
    while place + 1 < len(turns):
        (number, side, one), (following, other_side, other) = turns[place], turns[place + 1]
        if side != other_side and following == number + 1:
            pairs.append((one, other) if side == "base" else (other, one))
            place += 1
        place += 1
    logs = [math.log(b.cost) - math.log(a.cost) for a, b in pairs]
    sums = [sum(one.seconds for one in side) / sum(one.examples for one in side) for side in zip(*pairs, strict=True)]
    return Costs(sums[1] / sums[0], math.exp(float(stats.trim_mean(logs, _TRIMMED))))


@dataclass(frozen=True)
class Coins:
    """Pairs in their order: ln of the cost in slot 1 over that in slot 0, and 1 where the head had slot 1, else −1."""

    gaps: list[float]
    signs: list[float]
    is_limited: bool

    def first(self, number: int) -> Coins:
        return Coins(self.gaps[:number], self.signs[:number], self.is_limited)

    def scores(self, effect: float) -> np.ndarray:
        """Return what is left without an effect and without what the slots have in common."""
        left = np.asarray(self.gaps) - effect * np.asarray(self.signs)
        if self.is_limited:
            low, high = np.quantile(left, [0.25, 0.75])
            left = np.clip(left, (low + high) / 2 - _LIMIT * (high - low), (low + high) / 2 + _LIMIT * (high - low))
        return left - left.mean()

    def p_value(self, effect: float = 0.0) -> float:
        """Return how many patterns of coins say as much of a larger effect as those that fell."""
        scores = self.scores(effect)
        sums = signs(len(scores)) @ scores
        as_far = int(np.count_nonzero(sums >= np.dot(self.signs, scores) - _ROUNDING * np.abs(scores).sum()))
        return as_far / len(sums) if len(scores) <= _MOST_COUNTED else (as_far + 1) / (len(sums) + 1)

    @cached_property
    def effect(self) -> float:
        if not self.is_limited:
            of = {
                sign: [gap for gap, one in zip(self.gaps, self.signs, strict=True) if one == sign] for sign in (1, -1)
            }
            return float(np.mean(of[1]) - np.mean(of[-1])) / 2
        reach = max(self.gaps) - min(self.gaps)
        return _edge(lambda effect: float(np.dot(self.signs, self.scores(effect))) > 0, -reach, reach)

    @cached_property
    def interval(self) -> Interval:
        """Return the effect with all that neither one-sided test rejects at 2.5 %."""
        effect, low = self.effect, self._low()
        high = -Coins([-gap for gap in self.gaps], self.signs, self.is_limited)._low()
        return Interval(effect, low, high, len(self.gaps), "sign-flip")

    def _low(self) -> float:
        reach = 8 * (max(self.gaps) - min(self.gaps))
        return _edge(lambda effect: self.p_value(effect) <= _TAIL, self.effect - reach, self.effect)

    @property
    def spread(self) -> float:
        """Return the deviation of the pairs without what slot and side have in common."""
        left = np.asarray(self.gaps) - self.effect * np.asarray(self.signs)
        return float(np.sqrt(((left - left.mean()) ** 2).sum() / (len(left) - 2)))

    def is_beyond(self, margin: float) -> bool:
        return self.effect > margin and self.p_value(margin) <= _TAIL


@dataclass(frozen=True)
class Look:
    """The look that counts, of up to four."""

    pairs: Coins
    margin: float

    @property
    def p_value(self) -> float:
        return min(1.0, _NUM_LOOKS * self.pairs.p_value())

    @property
    def is_beyond(self) -> bool:
        return self.pairs.is_beyond(self.margin)


def make_looks(pairs: Coins, num_first: int, margin: float) -> list[Look]:
    """Return the looks while pairs are added."""
    num_pairs = len(pairs.gaps)
    sizes = [size for size in (num_first + _LOOK_STEP * look for look in range(_NUM_LOOKS)) if size <= num_pairs]
    if not sizes or (sizes[-1] != num_pairs and len(sizes) < _NUM_LOOKS):
        sizes.append(num_pairs)
    return [Look(pairs.first(size), margin) for size in sizes]


def choose_look(looks: Sequence[Look]) -> Look:
    """Return of the looks beyond the margin the one with the smallest p, else the last."""
    return min((look for look in looks if look.is_beyond), key=lambda look: look.p_value, default=looks[-1])


def _edge(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a condition that holds at `low` ends."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
