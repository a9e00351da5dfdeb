"""The gate's test of pairs in turns: looked at several times while pairs are added. Arrays in, values out.

The first look is at all pairs of stage 1, and `LOOK_STEP` pairs come before each further one. A look fails a measure
where the mean of its pairs lies beyond the margin, the whole 95 % interval does, and Holm's p over all measures of the
check is at most 0.01, of which each look has its share: p counts `NUM_LOOKS` times (Bonferroni; bounds that spare an
early look, as O'Brien and Fleming's, ask for p-values that 2⁻ⁿ cannot reach with so few pairs). Pairs are added while
the mean lies beyond the margin; to stop before can only take failures away. `tools/turns_power.py` simulates it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from bench.analysis.statistics.interval import CONFIDENCE, Interval
from bench.analysis.statistics.paired import smallest_n_for_sign_flip
from bench.analysis.statistics.slot_pairs import SlotPairs
from bench.gate.judgement.two_stages import CONFIRM_ALPHA, MIN_SCREEN_PAIRS, Test

_USUAL_TESTS = 10  # two networks with five measures each
_POWER = 0.9
NUM_LOOKS = 4
LOOK_STEP = 4


@dataclass(frozen=True)
class Look:
    """What some pairs say against a margin."""

    pairs: SlotPairs
    margin: float

    @cached_property
    def is_worse(self) -> bool:
        """Whether the mean lies beyond the margin; not where all coins fell alike."""
        effect = self.pairs.effect()
        return effect is not None and effect > self.margin

    @cached_property
    def is_beyond(self) -> bool:
        """Whether the whole 95 % interval lies beyond the margin."""
        return self.is_worse and self.pairs.is_beyond(self.margin)

    @cached_property
    def p_value(self) -> float | None:
        """The p-value for "worse", which already counts for every look; None of no pair."""
        return min(1.0, NUM_LOOKS * self.pairs.p_value()) if len(self.pairs) else None

    def test(self) -> Test:
        """Return it with the effect's 95 % interval; with a plain mean and no bounds where all coins fell alike."""
        effect = self.pairs.interval()
        if effect is None and len(self.pairs):
            mean = float(np.mean(self.pairs.gaps * self.pairs.signs))
            effect = Interval(mean, None, None, len(self.pairs), "none")
        return Test(effect, self.p_value, self.margin, self.margin)


def look_sizes(num_first: int, num_pairs: int) -> list[int]:
    """Return after how many pairs is looked: as planned, and at what ran where time ended before the next look."""
    planned = [num_first + LOOK_STEP * number for number in range(NUM_LOOKS)]
    made = [size for size in planned if size <= num_pairs]
    return made if made and (made[-1] == num_pairs or len(made) == NUM_LOOKS) else [*made, num_pairs]


def last_look(num_first: int, num_fresh: int) -> int:
    """Return how many pairs the last look has, where so many may be added to the first look's."""
    return num_first + min(num_fresh, LOOK_STEP * (NUM_LOOKS - 1))


def make_looks(pairs: SlotPairs, num_first: int, margin: float) -> list[Look]:
    """Return the looks that are made while pairs are added."""
    return [Look(pairs.first(size), margin) for size in look_sizes(num_first, len(pairs))]


def choose_look(looks: Sequence[Look]) -> Look:
    """Return the look that speaks most for a failure: of those beyond the margin with the smallest p, else the last."""
    beyond = [look for look in looks if look.is_beyond]
    return min(beyond, key=lambda look: look.p_value or 0.0) if beyond else looks[-1]


def until_decided(pairs: SlotPairs, num_first: int, margin: float) -> SlotPairs:
    """Return the pairs that a check of this one measure had run: none is added once the mean is within the margin."""
    looks = make_looks(pairs, num_first, margin)
    return next((look for look in looks if not look.is_worse), looks[-1]).pairs


def visible_in_looks(pairs: SlotPairs, margin: float) -> float | None:
    """Return the true slowdown that the looks fail with a chance of 90 %, were the spread what it seems to be.

    At the last look, to which a check comes that is not sure before: the interval's bound must lie beyond the margin,
    and the p-value below the share that the strictest step of Holm's procedure among ten tests leaves it; nine of ten
    means lie at most t₀.₉₀ standard errors below the true one. None below five pairs.
    """
    spread = pairs.residual_deviation()
    if spread is None or len(pairs) < MIN_SCREEN_PAIRS:
        return None
    num_pairs = len(pairs) + LOOK_STEP * (NUM_LOOKS - 1)
    error, freedom = spread / math.sqrt(num_pairs), len(pairs) - 2
    bound, rare, nearly = (
        float(special.stdtrit(freedom, level)) * error
        for level in ((1 + CONFIDENCE) / 2, 1 - CONFIRM_ALPHA / NUM_LOOKS / _USUAL_TESTS, _POWER)
    )
    return max(margin + bound, rare) + nearly


def min_pairs_to_fail(num_tests: int) -> int:
    """Return the fewest pairs that can fail one of so many tests."""
    return smallest_n_for_sign_flip(CONFIRM_ALPHA / (NUM_LOOKS * max(num_tests, 1)), num_sides=1)
