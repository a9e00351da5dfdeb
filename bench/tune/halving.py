"""Successive halving over fresh processes: which trials of a search come next, by what was measured so far.

Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, AISTATS 2016. A later
rung spends more processes, not more steps: two processes differ in speed where the steps of one do not.

Everything follows from what was measured, so a search that was interrupted goes on from its journals alone.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.plan.case import Case
from bench.plan.tuning import Search

FACTOR = 3  # of the survivors, one in so many goes on

TrialKey = tuple[str, int]  # case_id, seed


@dataclass(frozen=True)
class Measured:
    """One trial: examples per second as `fit` costs, None where it did not end ok, and the seconds that it took."""

    throughput: float | None
    total_s: float
    first_step_s: float | None = None


Known = Mapping[TrialKey, Measured]


@dataclass(frozen=True)
class Rung:
    """Trials that are all run before anything is decided: each a case and a seed."""

    trials: tuple[tuple[Case, int], ...]

    def is_known(self, known: Known) -> bool:
        """Tell whether every one of its trials was measured."""
        return all((case.case_id, seed) in known for case, seed in self.trials)


def next_rung(search: Search, known: Known) -> Rung | None:
    """Return the trials to run next, those already known among them; None where the search is over."""
    last = replay(search, known).rungs[-1]
    return None if last.is_known(known) else last


@dataclass(frozen=True)
class Replay:
    """The rungs up to the first that is not wholly known; `finalist` meets stock in the last one."""

    rungs: tuple[Rung, ...]
    finalist: Case | None = None


def replay(search: Search, known: Known) -> Replay:
    """Go through the search as far as it is known: a pilot of stock, halving, and the pairs of stock and the best."""
    rungs = [Rung(((search.stock, search.first_seed),))]
    pilot = known.get((search.stock.case_id, search.first_seed))
    if pilot is None or pilot.throughput is None:
        return Replay(tuple(rungs))
    survivors, seed = search.candidates[: _num_affordable(search, pilot.total_s)], search.first_seed + 1
    for number in itertools.count():
        if len(survivors) <= 1:
            break
        rounds = _num_rounds(number)
        rungs.append(_halving_rung(search, survivors, range(seed, seed + rounds)))
        if not rungs[-1].is_known(known):
            return Replay(tuple(rungs))
        seed += rounds
        left_s = search.budget_s - _spent_s(rungs, known) - 2 * search.min_pairs * pilot.total_s
        survivors = _keep(survivors, range(search.first_seed + 1, seed), known, left_s / _num_rounds(number + 1))
    if not survivors:
        return Replay(tuple(rungs))
    num_pairs = _num_pairs(search, survivors[0], pilot, rungs, known)
    return Replay((*rungs, _pairs_rung(search, survivors[0], range(seed, seed + num_pairs))), survivors[0])


def _num_rounds(number: int) -> int:
    """Return the fresh processes of each survivor in a rung, 1, 1, 2, 4: all rungs up to one double each time."""
    return 1 << max(number - 1, 0)


def _num_affordable(search: Search, pace_s: float) -> int:
    """Return with how many candidates the search ends within its budget, if each trial takes as long as the pilot.

    Never fewer than one: a budget too small for it is overrun.
    """
    affordable = search.budget_s / pace_s - 1 - 2 * search.min_pairs if pace_s > 0 else math.inf
    counts = range(len(search.candidates), 1, -1)
    return next((count for count in counts if _num_halving_trials(count) <= affordable), 1)


def _num_halving_trials(num_candidates: int) -> int:
    trials, number = 0, 0
    while num_candidates > 1:
        trials += num_candidates * _num_rounds(number)
        num_candidates, number = math.ceil(num_candidates / FACTOR), number + 1
    return trials


def _halving_rung(search: Search, cases: Sequence[Case], seeds: range) -> Rung:
    """Return every case once a round, each round in an order of its own, so that drift meets all alike."""
    return Rung(tuple((case, seed) for seed in seeds for case in _shuffle(search, cases, seed)))


def _pairs_rung(search: Search, best: Case, seeds: range) -> Rung:
    return _halving_rung(search, (search.stock, best), seeds)


def _shuffle(search: Search, cases: Sequence[Case], seed: int) -> list[Case]:
    """Return the cases in an order that only the search and the round decide."""
    generator = random.Random(f"{search.stock.case_id}:{seed}")  # noqa: S311 - an order, no secret
    return generator.sample(cases, len(cases))


def _keep(survivors: Sequence[Case], seeds: range, known: Known, left_s: float) -> tuple[Case, ...]:
    """Return the fastest third over all rounds so far, or fewer where their next round would not fit into `left_s`.

    A case that failed once is out.
    """
    scores = {case: _mean_log_throughput(case, seeds, known) for case in survivors}
    ranked = sorted((case for case in survivors if scores[case] is not None), key=lambda case: -(scores[case] or 0.0))
    kept = ranked[: math.ceil(len(survivors) / FACTOR)]
    costs = itertools.accumulate(known[case.case_id, seeds[-1]].total_s for case in kept)
    num_affordable = sum(cost <= left_s for cost in costs)
    return tuple(kept[: max(num_affordable, 1)])


def _mean_log_throughput(case: Case, seeds: range, known: Known) -> float | None:
    values = [known[case.case_id, seed].throughput for seed in seeds]
    return math.fsum(math.log(value) for value in values if value) / len(values) if all(values) else None


def _num_pairs(search: Search, best: Case, pilot: Measured, rungs: Sequence[Rung], known: Known) -> int:
    """Return how many pairs the rest of the budget pays for; chosen before the first, whatever they will say."""
    latest = [known[case.case_id, seed].total_s for rung in rungs for case, seed in rung.trials if case == best]
    pair_s = pilot.total_s + (latest[-1] if latest else pilot.total_s)
    left_s = search.budget_s - _spent_s(rungs, known)
    affordable = int(left_s / pair_s) if pair_s > 0 else search.max_pairs
    return min(max(affordable, search.min_pairs), search.max_pairs)


def _spent_s(rungs: Sequence[Rung], known: Known) -> float:
    return math.fsum(known[case.case_id, seed].total_s for rung in rungs for case, seed in rung.trials)
