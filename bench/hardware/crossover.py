"""Where one curve overtakes another: the batch size from which a GPU pays, or an LSTM costs less than a CNN."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Crossing:
    """Where two curves meet, between two measured places: `a` leads up to it where `a_leads_before`, else after it."""

    x: float
    before: int
    after: int
    a_leads_before: bool


def find_crossings(ratios: Mapping[int, float]) -> tuple[Crossing, ...]:
    """Return where the larger of two curves changes, in the order of x, by their ratio a / b.

    Between two measured places both curves are taken as straight on logarithmic axes, as throughputs against batch size
    nearly are. Where the curves are equal at a place that lies between a lead of each, that place is the crossing;
    curves that only touch do not cross.

    Args:
        ratios: a / b, above 0, by x above 0.
    """
    leads = [(x, math.log(ratios[x])) for x in sorted(ratios)]
    decided = [(x, lead) for x, lead in leads if lead]
    return tuple(
        Crossing(_meet(leads, before, after), before[0], after[0], before[1] > 0)
        for before, after in itertools.pairwise(decided)
        if (before[1] > 0) != (after[1] > 0)
    )


def _meet(leads: list[tuple[int, float]], before: tuple[int, float], after: tuple[int, float]) -> float:
    """Return where the lead is 0 between two places, on a logarithmic axis."""
    equal = [x for x, lead in leads if before[0] < x < after[0] and not lead]
    if equal:
        return float(equal[0])
    share = before[1] / (before[1] - after[1])
    return before[0] * math.exp(share * math.log(after[0] / before[0]))
