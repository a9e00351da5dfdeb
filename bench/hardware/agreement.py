"""Whether the same seeds learn the same on different hardware: they should, up to the order of additions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Rounding is amplified by training, so curves drift apart like those of two seeds do; a hundredth is always allowed.
MIN_TOLERANCE = 0.01
_STANDARD_ERRORS = 4.0


@dataclass(frozen=True)
class Agreement:
    """Two curves of one seed over so many epochs: their difference and its tolerance at the epoch that tells most."""

    num_epochs: int
    epoch: int
    difference: float
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether no epoch differs by more than its tolerance."""
        return abs(self.difference) <= self.tolerance


def compare_curves(a: Sequence[float | None], b: Sequence[float | None], num_validated: int) -> Agreement | None:
    """Return how far two curves of validation accuracy differ, at the epoch where that is most telling.

    The tolerance at an epoch is four standard errors of the difference of two shares of `num_validated` examples,
    √(2 p (1 − p) / n) with p their mean, and at least a hundredth. Epochs that one of the curves lacks do not count.

    Returns:
        a − b at the epoch where it is largest for its tolerance; None where no epoch can be compared.
    """
    both = [
        (epoch, x - y, tolerance((x + y) / 2, num_validated))
        for epoch, (x, y) in enumerate(zip(a, b, strict=False), start=1)
        if x is not None and y is not None
    ]
    if not both:
        return None
    epoch, difference, allowed = max(both, key=lambda found: abs(found[1]) / found[2])
    return Agreement(len(both), epoch, difference, allowed)


def tolerance(share: float, num_validated: int) -> float:
    """Return how far two accuracies around `share` may lie apart."""
    standard_error = math.sqrt(max(2 * share * (1 - share), 0.0) / num_validated)
    return max(MIN_TOLERANCE, _STANDARD_ERRORS * standard_error)
