"""The order of a run's trials: seed by seed, so that drift meets every case alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.plan.case import Case, Trial


def interleave(cases: Sequence[Case], seeds: Iterable[int]) -> tuple[Trial, ...]:
    """Order trials seed by seed, all cases of one seed before the next, so that drift meets every case alike.

    Each seed begins one case later than the one before: no case is always the first after a cold start.
    """
    order = ((case, seed) for turn, seed in enumerate(seeds) for case in _rotate(cases, turn))
    return tuple(Trial(case=case, seed=seed, index=index) for index, (case, seed) in enumerate(order))


def _rotate(cases: Sequence[Case], turn: int) -> list[Case]:
    shift = turn % len(cases)
    return [*cases[shift:], *cases[:shift]]
