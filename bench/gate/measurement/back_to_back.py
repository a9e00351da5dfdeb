"""Which cases of a check run back to back: all where that is asked, else those of which memory holds no two workers."""

from __future__ import annotations

from dataclasses import dataclass

from bench.gate.request import CheckRequest
from bench.plan.case import Case
from bench.run.session.planning import Plan
from bench.run.session.turn_groups import needed_bytes
from bench.units import format_bytes

_SIDES = 2


@dataclass(frozen=True)
class BackToBack:
    """Cases whose sides run one after the other, and why; None where there are none."""

    cases: frozenset[Case]
    why: str | None


def find_back_to_back(asked: CheckRequest, plan: Plan, free_bytes: int | None) -> BackToBack:
    """Return the cases whose pairs cannot take turns; with a stored baseline there are no pairs.

    Args:
        asked: whether turns were asked for.
        plan: what is trained.
        free_bytes: main memory that workers may take; None where the system does not say, and then turns are tried.
    """
    if asked.baseline is not None:
        return BackToBack(frozenset(), None)
    if asked.alone:
        return BackToBack(frozenset(plan.data), "all cases, as --alone asks")
    limit = plan.suite.memory_limit_bytes
    needed = {case: needed_bytes(info, limit) for case, info in plan.data.items()}
    large = [case for case in needed if free_bytes is not None and _SIDES * needed[case] > free_bytes]
    if not large or free_bytes is None:
        return BackToBack(frozenset(), None)
    names = ", ".join(dict.fromkeys(case.model for case in large))
    return BackToBack(
        frozenset(large),
        f"{names}, since {format_bytes(free_bytes)} of memory are free "
        f"and each of two workers may need {format_bytes(max(needed[case] for case in large))}",
    )
