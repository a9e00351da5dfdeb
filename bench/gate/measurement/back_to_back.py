"""Which cases of a check run back to back: all where that is asked, else those of which no two workers fit."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.gate.request import CheckRequest
from bench.host.sensors.gpu_room import GpuRoom
from bench.plan.case import Case
from bench.run.session.planning import Plan
from bench.run.session.turn_groups import Rooms, needed_memory


@dataclass(frozen=True)
class BackToBack:
    """Cases whose sides run one after the other, and why; None where there are none."""

    cases: frozenset[Case]
    why: str | None


def find_back_to_back(
    asked: CheckRequest,
    plan: Plan,
    free_bytes: int | None,
    gpu_room: Callable[[int], GpuRoom] = lambda _: GpuRoom(),
) -> BackToBack:
    """Return the cases whose pairs cannot take turns; with a stored baseline there are no pairs.

    Args:
        asked: whether turns were asked for.
        plan: what is trained.
        free_bytes: main memory that workers may take; None where the system does not say, and then turns are tried.
        gpu_room: likewise of a GPU, by its index among the visible ones.
    """
    if asked.baseline is not None:
        return BackToBack(frozenset(), None)
    if asked.alone:
        return BackToBack(frozenset(plan.data), "all cases, as --alone asks")
    limit = plan.suite.memory_limit_bytes
    rooms = Rooms(free_bytes, gpu_room)
    alone_since: dict[str, list[Case]] = {}
    for case, info in plan.data.items():
        needed = needed_memory(case, info, limit)
        if obstacle := rooms.find_obstacle(case, needed + needed, needed, "each of two workers"):
            alone_since.setdefault(obstacle, []).append(case)
    why = [f"{_name_models(cases)}, since {obstacle}" for obstacle, cases in alone_since.items()]
    return BackToBack(frozenset(itertools.chain(*alone_since.values())), "; ".join(why) or None)


def _name_models(cases: Sequence[Case]) -> str:
    return ", ".join(dict.fromkeys(case.model for case in cases))
