"""Successive halving with a made-up machine: which trials are run, exactly, and who is left."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from bench.plan.case import Case
from bench.plan.tuning import Search
from bench.tune.halving import Measured, Rung, next_rung

STOCK = Case(model="lstm", epochs=1)
Known = dict[tuple[str, int], Measured]


def candidate(number: int) -> Case:
    return STOCK.model_copy(update={"intra_op_threads": number})


def make_search(num_candidates: int, budget_s: float = 1e6, **changes: int) -> Search:
    candidates = tuple(candidate(number) for number in range(1, num_candidates + 1))
    return Search(stock=STOCK, candidates=candidates, budget_s=budget_s, **changes)


def run(
    search: Search, rate_of: Callable[[Case, int], float | None], total_s: float = 10.0
) -> tuple[list[Rung], Known]:
    """Run a search to its end on a machine of these throughputs; each trial takes `total_s`."""
    known: Known = {}
    rungs = []
    while rung := next_rung(search, known):
        rungs.append(rung)
        known |= {(case.case_id, seed): Measured(rate_of(case, seed), total_s) for case, seed in rung.trials}
    return rungs, known


def by_number(case: Case, _seed: int = 0) -> float:
    """The more threads the faster; stock is slower than all."""
    return 100.0 + (case.intra_op_threads or 0)


def counts(rung: Rung) -> Mapping[Case, int]:
    cases = [case for case, _ in rung.trials]
    return {case: cases.count(case) for case in dict.fromkeys(cases)}


def test_stock_goes_first_then_a_third_stays_and_processes_double() -> None:
    rungs, _ = run(make_search(27), by_number)
    assert [counts(rung) for rung in rungs] == [
        {STOCK: 1},
        dict.fromkeys(map(candidate, range(1, 28)), 1),
        dict.fromkeys(map(candidate, range(19, 28)), 1),
        dict.fromkeys(map(candidate, range(25, 28)), 2),
        {STOCK: 12, candidate(27): 12},
    ]


def test_every_trial_is_a_fresh_process_and_the_pairs_share_no_seed_with_the_search() -> None:
    rungs, _ = run(make_search(9), by_number)
    trials = [trial for rung in rungs for trial in rung.trials]
    assert len(set(trials)) == len(trials)
    assert {seed for _, seed in rungs[-1].trials}.isdisjoint(seed for rung in rungs[:-1] for _, seed in rung.trials)


def test_pairs_stand_back_to_back_in_an_order_that_varies_and_repeats() -> None:
    pairs = run(make_search(3), by_number)[0][-1].trials
    sides = [(pairs[place][0], pairs[place + 1][0]) for place in range(0, len(pairs), 2)]
    assert all(set(side) == {STOCK, candidate(3)} for side in sides)
    assert len(set(sides)) == 2
    assert pairs == run(make_search(3), by_number)[0][-1].trials


def test_all_rounds_count_not_the_last_alone() -> None:
    """Of 9, three go on; in the second round the best so far has a slow process, and stays the best over both."""

    def throughput(case: Case, seed: int) -> float:
        threads = case.intra_op_threads or 0
        return {9: 400.0, 8: 120.0, 7: 119.0}.get(threads, 50.0) * (0.5 if (threads, seed) == (9, 2) else 1.0)

    rungs, _ = run(make_search(9), throughput)
    assert counts(rungs[-1]) == {STOCK: 12, candidate(9): 12}


def test_a_candidate_that_fails_is_out_and_the_search_goes_on() -> None:
    rungs, _ = run(make_search(9), lambda case, _: None if case.intra_op_threads == 9 else by_number(case))
    assert candidate(8) in counts(rungs[-1])
    assert candidate(9) not in counts(rungs[2])


def test_where_all_candidates_fail_there_are_no_pairs() -> None:
    rungs, _ = run(make_search(9), lambda case, _: 100.0 if case == STOCK else None)
    assert len(rungs) == 2


def test_where_stock_fails_nothing_is_searched() -> None:
    assert len(run(make_search(9), lambda *_: None)[0]) == 1


def test_a_single_candidate_meets_stock_at_once() -> None:
    rungs, _ = run(make_search(1), by_number)
    assert [counts(rung) for rung in rungs] == [{STOCK: 1}, {STOCK: 12, candidate(1): 12}]


def test_nothing_to_try_is_the_pilot_alone() -> None:
    assert len(run(make_search(0), by_number)[0]) == 1


@pytest.mark.parametrize("budget_s", [10.0, 150.0, 200.0, 300.0, 400.0, 600.0, 900.0])
def test_a_search_stays_within_its_budget_down_to_the_least_it_needs(budget_s: float) -> None:
    rungs, known = run(make_search(27, budget_s), by_number)
    spent_s = math.fsum(measured.total_s for measured in known.values())
    least_s = 10.0 * (1 + 2 * 5)
    assert spent_s <= max(budget_s, least_s)
    assert len(rungs[-1].trials) >= 2 * 5


def test_the_budget_takes_the_first_candidates() -> None:
    tried = counts(run(make_search(27, 200.0), by_number)[0][1])
    assert set(tried) == set(map(candidate, range(1, len(tried) + 1)))
    assert len(tried) == 6  # 6 + 2 · 1 trials, with the pilot and five pairs 19: one more candidate would make 21


def test_slow_trials_leave_fewer_for_the_next_rung() -> None:
    def measure(budget_s: float) -> int:
        search, known = make_search(27, budget_s), {}
        known[STOCK.case_id, 0] = Measured(100.0, 1.0)
        first = next_rung(search, known)
        assert first
        known |= {(case.case_id, seed): Measured(by_number(case), 20.0) for case, seed in first.trials}
        second = next_rung(search, known)
        assert second
        return len(counts(second))

    assert measure(10_000.0) == 9
    assert measure(27 * 20.0 + 1 + 10 + 4 * 20.0 + 5) == 4


def test_an_interrupted_search_goes_on_with_the_same_rung() -> None:
    search = make_search(9)
    rungs, known = run(search, by_number)
    halfway = {place: known[place] for place in list(known)[:5]}
    assert next_rung(search, halfway) == rungs[1]
    assert next_rung(search, known) is None


def test_the_number_of_pairs_is_fixed_before_the_first_of_them() -> None:
    """Neither what pairs say nor what they cost changes how many there are."""
    search = make_search(3, 200.0)
    rungs, known = run(search, by_number)
    pairs = rungs[-1].trials
    surprising = {place: Measured(1e9, 5000.0) if place[1] == pairs[0][1] else one for place, one in known.items()}
    del surprising[pairs[-1][0].case_id, pairs[-1][1]]
    assert next_rung(search, surprising) == rungs[-1]


def test_searches_of_one_run_share_no_trial() -> None:
    first, second = (run(make_search(9, first_seed=start), by_number)[1] for start in (0, 1_000_000))
    assert first.keys().isdisjoint(second)
