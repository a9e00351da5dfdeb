"""What pairs in turns say of side b, where a coin gave each side its slot: the effect of the side, not of the slot.

A gap is the logarithm of the cost in slot 1 over that in slot 0. Whatever slot 0 gains by being started first is in
every gap alike, and side b's effect in those with b in slot 1 forwards, in the others backwards. Of two like sides the
gaps know nothing of the coins, so that every pattern of coins is as likely as the one that was drawn: Fisher, The
Design of Experiments (1935), section 21. That holds whatever the gaps are: with drift, heavy tails, or in clusters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bench.analysis.statistics.bootstrap import MAX_EXACT_SIGNS, sum_sign_patterns
from bench.analysis.statistics.interval import CONFIDENCE, Floats, Interval

# Of the quartiles' distance, on each side of their middle: so far a gap counts where it is limited.
LIMIT = 0.5
_ROUNDING = 1e-12
_NUM_HALVINGS = 24
_MAX_DOUBLINGS = 30


@dataclass(frozen=True)
class SlotPairs:
    """Pairs in turns, in the order in which they ran.

    Attributes:
        gaps: ln of the cost in slot 1 over that in slot 0.
        signs: 1 where side b was in slot 1, −1 where it was in slot 0.
        is_limited: whether a gap counts no further than `LIMIT` says, so that a process that is slow for all its life
            moves the effect by little; else the effect is that of the mean.
    """

    gaps: Floats
    signs: Floats
    is_limited: bool

    def __len__(self) -> int:
        return len(self.gaps)

    def first(self, num_pairs: int) -> SlotPairs:
        """Return the first so many pairs."""
        return replace(self, gaps=self.gaps[:num_pairs], signs=self.signs[:num_pairs])

    def p_value(self, effect: float = 0.0) -> float:
        """Return the one-sided p-value that b's effect is larger than this one, by every pattern of coins.

        Exact up to 16 pairs. Above, 65,536 drawn patterns with the observed one: Phipson and Smyth, Permutation
        P-values Should Never Be Zero, SAGMB 9 (2010).
        """
        scores = self._scores(effect)
        sums, observed = sum_sign_patterns(scores), float(self.signs @ scores)
        as_far = int(np.count_nonzero(sums >= observed - _ROUNDING * np.abs(scores).sum()))
        return as_far / len(sums) if len(self) <= MAX_EXACT_SIGNS else (as_far + 1) / (len(sums) + 1)

    def effect(self) -> float | None:
        """Return the effect at which nothing is left for the coins to explain; None where all coins fell alike.

        Without limits it is half the distance between the mean gaps of either coin. With them it is Hodges' and
        Lehmann's estimate from the limited test: Estimates of Location Based on Rank Tests, Annals of Mathematical
        Statistics 34 (1963).
        """
        if abs(float(self.signs.sum())) == len(self):
            return None
        if not self.is_limited:
            forwards = self.signs > 0
            return float(self.gaps[forwards].mean() - self.gaps[~forwards].mean()) / 2
        reach = float(np.ptp(self.gaps)) + _ROUNDING
        return _last_true(lambda effect: float(self.signs @ self._scores(effect)) > 0, -reach, reach)

    def interval(self) -> Interval | None:
        """Return the effect with every one that neither of the two one-sided tests rejects at 2.5 %.

        Without bounds below six pairs, of which no pattern is so rare. None of no pair, or where all coins fell alike.
        """
        effect = self.effect()
        if effect is None:
            return None
        low, mirrored = _low(self, effect), _low(replace(self, gaps=-self.gaps), -effect)
        if low is None or mirrored is None:
            return Interval(effect, None, None, len(self), "none")
        return Interval(effect, low, -mirrored, len(self), "sign-flip")

    def is_beyond(self, margin: float) -> bool:
        """Whether the interval's lower bound lies above a margin, without the cost of finding it."""
        return self.p_value(margin) <= (1 - CONFIDENCE) / 2

    def residual_deviation(self) -> float | None:
        """Return the standard deviation of the gaps without slot and side; None below three pairs."""
        effect = self.effect()
        if effect is None or len(self) < 3:  # noqa: PLR2004 - slot and side take one each
            return None
        left = self.gaps - effect * self.signs
        return float(np.sqrt(np.sum((left - left.mean()) ** 2) / (len(self) - 2)))

    def _scores(self, effect: float) -> Floats:
        """Return the gaps without an effect and without the slots' own gap, limited where that is asked."""
        left = self.gaps - effect * self.signs
        if self.is_limited:
            low, high = np.quantile(left, [0.25, 0.75])
            middle, reach = (low + high) / 2, LIMIT * (high - low)
            left = np.clip(left, middle - reach, middle + reach)
        return np.asarray(left - left.mean(), np.float64)


def signs_of(slots: list[int]) -> Floats:
    """Return the coins of pairs from side b's slots."""
    return np.asarray([1.0 if slot else -1.0 for slot in slots], np.float64)


def _low(pairs: SlotPairs, effect: float) -> float | None:
    """Return the largest effect below this one that the test for a larger one rejects; None where it rejects none."""
    step = float(np.ptp(pairs.gaps)) + _ROUNDING
    for doubling in range(_MAX_DOUBLINGS):
        if pairs.is_beyond(start := effect - step * 2**doubling):
            return _last_true(pairs.is_beyond, start, effect)
    return None


def _last_true(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where a condition that holds at `low` ceases to hold, to within a ten-millionth of the way."""
    for _ in range(_NUM_HALVINGS):
        middle = (low + high) / 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
