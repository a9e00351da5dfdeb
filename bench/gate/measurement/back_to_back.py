"""Which cases of a check run back to back: all where that is asked, else those of which memory holds no two workers."""

from __future__ import annotations

from dataclasses import dataclass

from bench.gate.request import CheckRequest
from bench.plan.case import Case
from bench.run.session.planning import Plan
from bench.run.session.turn_groups import free_memory, needed_memory, word_memory


@dataclass(frozen=True)
class BackToBack:
    """Cases whose sides run one after the other, and why; None where there are none."""

    cases: frozenset[Case]
    why: str | None


def find_back_to_back(
    asked: CheckRequest, plan: Plan, free_bytes: int | None, free_gpu_bytes: int | None = None
) -> BackToBack:
    """Return the cases whose pairs cannot take turns; with a stored baseline there are no pairs.

    Args:
        asked: whether turns were asked for.
        plan: what is trained.
        free_bytes: main memory that workers may take; None where the system does not say, and then turns are tried.
        free_gpu_bytes: likewise of a GPU's memory.
    """
    if asked.baseline is not None:
        return BackToBack(frozenset(), None)
    if asked.alone:
        return BackToBack(frozenset(plan.data), "all cases, as --alone asks")
    limit = plan.suite.memory_limit_bytes
    needed = {case: needed_memory(case, info, limit) for case, info in plan.data.items()}
    free = free_memory(free_bytes, free_gpu_bytes)
    large = [case for case in needed if not (needed[case] + needed[case]).fits(free)]
    if not large:
        return BackToBack(frozenset(), None)
    names = ", ".join(dict.fromkeys(case.model for case in large))
    largest = max((needed[case] for case in large), key=lambda one: (one.main_bytes, one.gpu_bytes))
    return BackToBack(frozenset(large), f"{names}, since {word_memory(largest, free, 'each of two workers')}")
